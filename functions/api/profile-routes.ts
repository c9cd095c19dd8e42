// Routes about one person: who it is, what is known, what happened, and why.
import { ASKED_INSTANTS, parseAskedInstant } from "../../shared/domain/asked-instant.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { type ExplainQuestion, explainView } from "../../shared/pipeline/views/explain.ts";
import { profileView, timelineView } from "../../shared/pipeline/views/timeline.ts";
import {
  foundOr404,
  type HttpAnswer,
  type HttpRequest,
  type HttpRoute,
  json,
  problem,
  queryOf,
} from "../http-function.ts";

const BY_ID =
  "The id is a user id, an anonymous id, or the opaque profile id; an e-mail address finds people without another id.";

export function profileRoutes(ports: Ports): HttpRoute[] {
  const profile =
    (answer: (profileId: string, request: HttpRequest) => Promise<HttpAnswer>) => async (request: HttpRequest) => {
      const asked = request.pathParameters?.["id"] ?? "";
      const id = await findProfile(ports, asked);
      return id === undefined
        ? problem(404, "not_found", `There is no profile "${asked}". ${BY_ID}`)
        : answer(id, request);
    };
  return [
    { method: "GET", path: "/api/profiles", handler: (request) => listProfiles(ports, request) },
    {
      method: "GET",
      path: "/api/profiles/{id}",
      handler: profile(async (id) => foundOr404(await profileView(ports, id), "profile")),
    },
    {
      method: "GET",
      path: "/api/profiles/{id}/timeline",
      handler: profile(async (id) => foundOr404(await timelineView(ports, id), "profile")),
    },
    {
      method: "GET",
      path: "/api/profiles/{id}/explain",
      handler: profile((id, request) => explain(ports, id, request)),
    },
  ];
}

/** Who has this id, as a list of one or none: ids with a slash cannot stand in a path, the opaque id can. */
async function listProfiles(ports: Ports, request: HttpRequest): Promise<HttpAnswer> {
  const asked = queryOf(request, "id");
  if (asked === undefined || asked === "")
    return problem(400, "missing", `Say who: /api/profiles?id=u-00042. ${BY_ID}`);
  const id = await findProfile(ports, asked);
  return json(200, { items: id === undefined ? [] : [{ id }] });
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
