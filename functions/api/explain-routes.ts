// Routes that answer why: for one person and a campaign, a segment, or all there is to say.
import { ASKED_INSTANTS, parseAskedInstant } from "../../shared/domain/asked-instant.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { type ExplainQuestion, explainView } from "../../shared/pipeline/views/explain.ts";
import { type HttpAnswer, type HttpRequest, type HttpRoute, json, problem, queryOf } from "../http-function.ts";
import { ofProfile } from "./of-profile.ts";

export function explainRoutes(ports: Ports): HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/api/profiles/{id}/explain",
      handler: ofProfile(ports, (id, request) => explain(ports, id, request)),
    },
  ];
}

async function explain(ports: Ports, profileId: string, request: HttpRequest): Promise<HttpAnswer> {
  const [campaign, segment, when] = ["campaign", "segment", "at"].map((name) => queryOf(request, name));
  if (campaign !== undefined && segment !== undefined)
    return problem(400, "two_subjects", "Ask about ?campaign= or ?segment=, not both at once.");
  const at = when === undefined ? undefined : parseAskedInstant(when, ports.clock.now());
  if (when !== undefined && at === undefined)
    return problem(400, "bad_at", `at must be ${ASKED_INSTANTS}, at most five years ahead; not "${when}".`);
  const question: ExplainQuestion = {
    ...(campaign !== undefined && { campaign }),
    ...(segment !== undefined && { segment }),
    ...(at !== undefined && { at }),
  };
  const view = await explainView(ports, profileId, question);
  return "problem" in view ? problem(404, view.problem.code, view.problem.message) : json(200, view);
}
