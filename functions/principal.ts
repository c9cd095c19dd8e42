// Decides who asks the admin api: a role of this deployment, by the credentials that API Gateway has checked, and what it may do.
import { isRole, type Right, type Role, roleRights, roles, rolesWith } from "../shared/domain/roles.ts";
import { type HttpAnswer, problem } from "./http-function.ts";

/** `name`: "relance-operator/anna", the role and the session under it. Without `role`: whoever sits at the local mode's machine. */
export type Principal = { name: string; role?: Role };

/**
 * What stands beside a request. `iam` is API Gateway's, after it has checked the signature; `local` comes from the local host
 * alone: nothing in a request can make API Gateway write it.
 */
export type RequestContext = {
  /** The account of the API. */
  accountId?: string;
  authorizer?: { iam?: { userArn?: string }; local?: { role?: string } };
};

/** Somebody without a name of their own, at the machine the local mode runs on. */
export const LOCAL = "local";

/**
 * Who asks; `undefined` for credentials that are no role of this deployment. The name of an assumed role counts in the API's
 * own account only: a role of the same name elsewhere is somebody else's.
 */
function principalOf(deployment: string, context: RequestContext | undefined): Principal | undefined {
  const { iam, local } = context?.authorizer ?? {};
  if (local !== undefined) return localPrincipal(local.role);
  const [, account, session] = /^arn:[\w-]+:sts::(\d+):assumed-role\/(.+)$/.exec(iam?.userArn ?? "") ?? [];
  if (session === undefined || account !== context?.accountId) return undefined;
  const assumed = session.slice(0, session.indexOf("/"));
  const role = roles.find((one) => assumed === roleName(deployment, one));
  return role === undefined ? undefined : { name: session, role };
}

function localPrincipal(role: string | undefined): Principal | undefined {
  if (role === undefined) return { name: LOCAL };
  return isRole(role) ? { name: `${LOCAL}/${role}`, role } : undefined;
}

const NO_LOCAL_ROLE = `The header x-relance-role must be one of ${roles.join(", ")}; without it you have every right.`;

/** Of the IAM role that stands for a role of a deployment. */
const roleName = (deployment: string, role: Role) => `${deployment}-${role}`;

/** Lets in who has the right; others are told which role it takes. */
export function admit(
  deployment: string,
  right: Right,
  context: RequestContext | undefined,
): { principal: Principal } | { refused: HttpAnswer } {
  const principal = principalOf(deployment, context);
  const has = (role: Role | undefined) => role === undefined || roleRights[role].includes(right);
  if (principal !== undefined && has(principal.role)) return { principal };
  const isLocal = context?.authorizer?.local !== undefined;
  if (isLocal && principal === undefined) return { refused: problem(403, "no_such_role", NO_LOCAL_ROLE) };
  const needed = rolesWith(right).map((role) => (isLocal ? role : roleName(deployment, role)));
  const who = principal === undefined ? "the credentials are no role of Relance" : `you are ${principal.role}`;
  return { refused: problem(403, "role_needed", `This needs the role ${needed.join(" or ")}; ${who}.`) };
}
