// Guarantees about the roles of people: IAM lets each call exactly its own routes, whatever ids stand in their paths.
import { beforeAll, describe, expect, test } from "vitest";
import { roleRights, roles } from "../../shared/domain/roles.ts";
import { apiRouteOf, apiRoutes } from "../../shared/pipeline/api-rights.ts";
import { type Assembly, listOf, resourcesOf, textOf } from "./template.ts";

let assembly: Assembly;

type Statement = { Effect: "Allow" | "Deny"; Action: string; Resource: unknown };

const IDS = ["u-00042", "anna@example.com", "export", "a:b"];
const requests = Object.keys(apiRoutes).flatMap((key) =>
  IDS.map((id) => ({ key, resource: key.replace(" ", "").replace(/\{\w+\}/g, id) })),
);

function personOf(role: string): Record<string, unknown> {
  const found = resourcesOf(assembly.app, "AWS::IAM::Role").find(([, one]) => one["RoleName"] === `relance-${role}`);
  expect(found, role).toBeDefined();
  return found?.[1] as Record<string, unknown>;
}

function statementsOf(person: Record<string, unknown>): Statement[] {
  const policies = person["Policies"] as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** What IAM answers: a star stands for any text, slashes included, and a denial wins. */
function allows(statements: Statement[], resource: string): boolean {
  const matches = (effect: string) =>
    statements
      .filter(({ Effect }) => Effect === effect)
      .flatMap(({ Resource }) => listOf(Resource).map(textOf))
      .some((arn) => {
        const pattern = arn.slice(arn.indexOf("/$default/") + "/$default/".length);
        const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
        return new RegExp(`^${parts.join(".*")}$`).test(resource);
      });
  return matches("Allow") && !matches("Deny");
}

/** The guarantees; `given` tells the assembly once it is there. */
export function peopleRolesSuite(given: () => Assembly): void {
  beforeAll(() => {
    assembly = given();
  });

  describe.each(roles)("%s", (role) => {
    test("may call its own routes and no other", () => {
      const statements = statementsOf(personOf(role));
      const found = requests.map(({ key, resource }) => [resource, key, allows(statements, resource)]);
      const wanted = requests.map(({ key, resource }) => {
        const right = apiRouteOf(key)?.right;
        return [resource, key, right !== undefined && roleRights[role].includes(right)];
      });
      expect(found).toEqual(wanted);
    });

    test("may do nothing but call this api, and only people of this account can take it", () => {
      const person = personOf(role);
      for (const { Action, Resource } of statementsOf(person)) {
        expect(Action).toBe("execute-api:Invoke");
        for (const arn of listOf(Resource).map(textOf))
          expect(arn).toMatch(
            /^arn:\$\{AWS::Partition\}:execute-api:\$\{AWS::Region\}:\$\{AWS::AccountId\}:\$\{Api\}\/\$default\/(?:GET|POST)\/api\//,
          );
      }
      const trust = person["AssumeRolePolicyDocument"] as { Statement: { Action: string; Principal: object }[] };
      expect(
        trust.Statement.map(({ Action, Principal }) => [Action, textOf((Principal as { AWS: unknown }).AWS)]),
      ).toEqual([["sts:AssumeRole", `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root`]]);
      expect(person["ManagedPolicyArns"]).toBeUndefined();
    });
  });
}
