// Decides which IAM roles the people of a company assume: one for each role of the admin api, with exactly its routes.
import { type Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import { apiRoutes, type RouteKey, routesByRole } from "../shared/pipeline/api-rights.ts";
import { pascal } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";

/** Builds `<name>-viewer` and the others. Whom of the account they are for, the account's own policies or identity center say. */
export function buildRoles(stack: Stack, name: string, apiId: string): void {
  const arnOf = (key: RouteKey) =>
    `arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:${apiId}/$default/${resourceOf(key)}`;
  const statement = (effect: iam.Effect, keys: readonly RouteKey[]) =>
    new iam.PolicyStatement({ effect, actions: ["execute-api:Invoke"], resources: keys.map(arnOf) });
  for (const [role, keys] of routesByRole()) {
    const denied = caughtBy(keys);
    const statements = [
      statement(iam.Effect.ALLOW, keys),
      ...(denied.length > 0 ? [statement(iam.Effect.DENY, denied)] : []),
    ];
    const built = new iam.Role(stack, `${pascal(role)}Person`, {
      // The functions read the role from this name.
      roleName: `${name}-${role}`,
      description: `Relance: people who are ${role} at the admin api.`,
      assumedBy: new iam.AccountRootPrincipal(),
      inlinePolicies: { routes: new iam.PolicyDocument({ statements }) },
    });
    pinLogicalId(built);
    acknowledge(built, [...keys, ...denied]);
  }
}

/** A route as the resource of an IAM statement: without the blank, and with a star for each id. */
const resourceOf = (key: RouteKey) => key.replace(" ", "").replace(/\{\w+\}/g, "*");

/** Routes that are not a role's, but that a star in one of its own would let through: IAM's stars go across slashes. */
function caughtBy(own: readonly RouteKey[]): RouteKey[] {
  const patterns = own.map((key) => new RegExp(`^${resourceOf(key).replaceAll("*", ".*")}$`));
  const others = (Object.keys(apiRoutes) as RouteKey[]).filter((key) => !own.includes(key));
  return others.filter((key) => patterns.some((pattern) => pattern.test(resourceOf(key))));
}

function acknowledge(built: iam.Role, keys: readonly RouteKey[]): void {
  const api = "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>";
  for (const resource of keys.map(resourceOf).filter((one) => one.includes("*"))) {
    Validations.of(built).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${api}/$default/${resource}]`,
      reason: "A star stands for the id in a route's path; routes of others that it would let through are denied.",
    });
  }
}
