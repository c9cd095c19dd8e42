// Routes about one person: who it is, what is known, and what happened.
import { iso } from "../../shared/domain/instant.ts";
import { formerHoldersOf } from "../../shared/pipeline/erasure/holders.ts";
import { findErased } from "../../shared/pipeline/identity.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
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
import { BY_ID, ofProfile, peopleNamed, personsOf } from "./of-profile.ts";

export function profileRoutes(ports: Ports): HttpRoute[] {
  return [
    { method: "GET", path: "/api/profiles", handler: (request) => listProfiles(ports, request) },
    {
      method: "GET",
      path: "/api/profiles/{id}",
      handler: ofProfile(ports, async (id) => foundOr404(await profileView(ports, id), "profile")),
    },
    {
      method: "GET",
      path: "/api/profiles/{id}/timeline",
      handler: ofProfile(ports, async (id) => foundOr404(await timelineView(ports, id), "profile")),
    },
  ];
}

/** As many as are shown of who had an address before. */
const MOST_FORMER = 20;

/**
 * Who has this id, as a list: ids with a slash cannot stand in a path, the opaque id can. Several have the same address at most;
 * `former`: who had it before. `erased`: nobody lives under the id, and somebody did.
 */
async function listProfiles(ports: Ports, request: HttpRequest): Promise<HttpAnswer> {
  const asked = queryOf(request, "id");
  if (asked === undefined || asked === "")
    return problem(400, "missing", `Say who: /api/profiles?id=u-00042. ${BY_ID}`);
  const items = await peopleNamed(ports, asked);
  const former = await personsOf(ports, (await formerHoldersOf(ports, asked)).slice(0, MOST_FORMER));
  const others = former.filter(({ id }) => !items.some((item) => item.id === id));
  const erased = items.length === 0 ? await findErased(ports, asked) : undefined;
  return json(200, {
    items,
    ...(others.length > 0 && { former: others }),
    ...(erased !== undefined && { erased: { id: erased.profileId, erasedAt: iso(erased.erasedAt) } }),
  });
}
