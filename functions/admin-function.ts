// Decides what every call of the admin api passes before it is served: the right its route needs, and the audit.
import { apiRouteOf } from "../shared/pipeline/api-rights.ts";
import { type AuditEnd, audited } from "../shared/pipeline/audit.ts";
import { Fault } from "../shared/pipeline/faults.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { auditSubject } from "./audit-subject.ts";
import { type HttpAnswer, type HttpRequest, type HttpRoute, httpFunction, problem } from "./http-function.ts";
import type { LambdaHandler } from "./on-aws.ts";
import { admit, type Principal, type RequestContext } from "./principal.ts";

/** A request whose caller is known and may do this. */
export type AdminRequest = HttpRequest & { principal: Principal };
export type AdminRoute = Omit<HttpRoute, "handler"> & { handler: (request: AdminRequest) => Promise<HttpAnswer> };

/** Nothing has longer ids, and the table refuses keys of over 2,048 bytes. */
const MAX_ID_BYTES = 1_000;

type GuardPorts = Pick<Ports, "table" | "secrets" | "clock" | "ids" | "log" | "name">;

/**
 * A handler for routes under /api. Who has not got a route's right is answered 403. An audited call is stored before it is
 * served; where that cannot be done nothing happens, and the answer is 503. Throws when a route is not in `apiRoutes`.
 */
export function adminFunction(ports: GuardPorts, routes: readonly AdminRoute[]): LambdaHandler {
  return httpFunction(
    ports.log,
    routes.map((route) => guarded(ports, route)),
  );
}

function guarded(ports: GuardPorts, { method, path, handler }: AdminRoute): HttpRoute {
  const known = apiRouteOf(`${method} ${path}`);
  if (known === undefined) {
    const message = `${method} ${path} has no right: write it into shared/pipeline/api-rights.ts.`;
    throw new Fault("no_right_stated", message, { retryable: false });
  }
  const serve = async (request: HttpRequest & { requestContext?: RequestContext }) => {
    const admitted = admit(ports.name, known.right, request.requestContext);
    if ("refused" in admitted) return admitted.refused;
    const ids = Object.values(request.pathParameters ?? {});
    if (ids.some((id = "") => Buffer.byteLength(id) > MAX_ID_BYTES))
      return problem(404, "not_found", "Nothing has an id as long as that.");
    const { principal } = admitted;
    const asked = { ...request, principal };
    if (known.audit === undefined) return handler(asked);
    const { action, subject: kind } = known.audit;
    const subject = kind && (await auditSubject(ports, kind, request));
    const act = {
      principal: principal.name,
      ...(principal.role !== undefined && { role: principal.role }),
      action,
      ...(subject !== undefined && { subject }),
      endOf,
    };
    return audited(ports, act, () => handler(asked));
  };
  return { method, path, handler: serve };
}

function endOf({ statusCode, body }: HttpAnswer): AuditEnd {
  if (statusCode < 400) return { outcome: "done" };
  const code = (JSON.parse(body) as { error?: { code?: string } }).error?.code;
  return { outcome: statusCode < 500 ? "refused" : "failed", ...(code !== undefined && { code }) };
}
