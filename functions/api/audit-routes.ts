// Routes of the audit: who did what, and how it ended.
import { ASKED_INSTANTS, parseAskedInstant } from "../../shared/domain/asked-instant.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { auditView } from "../../shared/pipeline/views/audit.ts";
import { type HttpAnswer, type HttpRequest, type HttpRoute, json, problem, queryOf } from "../http-function.ts";
import { pageOf } from "../page-request.ts";

const DEFAULT_SPAN_MS = 30 * DAY_MS;

export function auditRoutes(ports: Ports): HttpRoute[] {
  return [{ method: "GET", path: "/api/audit", handler: (request) => listActs(ports, request) }];
}

/** `?since=` and `?until=`: the last 30 days where neither is given. */
async function listActs(ports: Ports, request: HttpRequest): Promise<HttpAnswer> {
  const now = ports.clock.now();
  const asked = (name: string) => {
    const text = queryOf(request, name);
    return text === undefined ? undefined : { name, at: parseAskedInstant(text, now) };
  };
  const [from, to] = [asked("since"), asked("until")];
  const wrong = [from, to].find((one) => one !== undefined && one.at === undefined);
  if (wrong !== undefined) return problem(400, "bad_span", `${wrong.name} must be ${ASKED_INSTANTS}.`);
  const until = to?.at ?? now;
  const since = from?.at ?? until - DEFAULT_SPAN_MS;
  try {
    return json(200, await auditView(ports, { since, until }, pageOf(request)));
  } catch (error) {
    if (error instanceof Fault && error.code === "bad_span") return problem(400, error.code, error.message);
    throw error;
  }
}
