// Decides which right each route of the admin api needs, and which calls the audit keeps and under which name.
import type { AuditAction } from "../domain/audit-words.ts";
import { type Right, type Role, roleRights, roles } from "../domain/roles.ts";

/**
 * What an audited call is about. `profile`, `campaign` and `plan` stand in the path as {id}; `address` in the body as
 * `email`, kept as its keyed hash; `source` and `event` in the body by those names; `account`: all mail.
 */
export type SubjectKind = "profile" | "campaign" | "plan" | "address" | "source" | "event" | "account";

/** `audit`: the call changes something, or hands a person's data out: it is stored before it takes effect. */
export type ApiRoute = { right: Right; audit?: { action: AuditAction; subject?: SubjectKind } };

export type RouteKey = `${"GET" | "POST"} /api/${string}`;

/** Every route under /api; one that is not here is served by no function. */
export const apiRoutes = {
  "GET /api/summary": { right: "see" },
  "GET /api/segments": { right: "see" },
  "GET /api/segments/{id}/members": { right: "see-people" },
  "GET /api/campaigns": { right: "see" },
  "GET /api/events": { right: "see-people" },
  "GET /api/ledger": { right: "see" },
  "GET /api/account": { right: "see" },
  "GET /api/sends": { right: "see" },
  "GET /api/jobs": { right: "see" },
  "GET /api/jobs/{id}": { right: "see" },
  "GET /api/doctor": { right: "see" },

  "GET /api/profiles": { right: "see-people" },
  "GET /api/profiles/{id}": { right: "see-people" },
  "GET /api/profiles/{id}/timeline": { right: "see-people" },
  "GET /api/profiles/{id}/explain": { right: "see-people" },
  "GET /api/profiles/{id}/consents": { right: "see-people" },

  "GET /api/catalogue": { right: "see" },
  "GET /api/plans/{id}": { right: "see" },
  "POST /api/definitions": { right: "publish" },
  "POST /api/drafts": { right: "publish" },
  "POST /api/plans": { right: "publish" },
  "POST /api/plans/{id}/forecast": { right: "publish" },
  "POST /api/plans/{id}/apply": { right: "publish", audit: { action: "catalogue.publish", subject: "plan" } },
  "POST /api/campaigns/{id}/pause": { right: "publish", audit: { action: "campaign.pause", subject: "campaign" } },
  "POST /api/campaigns/{id}/resume": { right: "publish", audit: { action: "campaign.resume", subject: "campaign" } },

  "POST /api/account/pause": { right: "operate", audit: { action: "account.pause", subject: "account" } },
  "POST /api/account/resume": { right: "operate", audit: { action: "account.resume", subject: "account" } },
  "POST /api/events": { right: "operate", audit: { action: "event.trigger", subject: "event" } },
  "POST /api/imports": { right: "operate", audit: { action: "events.import", subject: "source" } },
  "POST /api/jobs/nightly/start": { right: "operate", audit: { action: "nightly.start" } },
  "POST /api/suppressions": { right: "suppress", audit: { action: "address.suppress", subject: "address" } },

  "GET /api/audit": { right: "privacy" },
  "GET /api/retention": { right: "privacy" },
  "GET /api/profiles/{id}/export": { right: "privacy", audit: { action: "person.export", subject: "profile" } },
  "POST /api/profiles/{id}/erase": { right: "privacy", audit: { action: "person.erase", subject: "profile" } },
  "POST /api/profiles/{id}/consents": { right: "privacy", audit: { action: "consent.change", subject: "profile" } },
  "POST /api/erasures": { right: "privacy", audit: { action: "person.erase", subject: "address" } },
  "POST /api/erasures/reapply": { right: "privacy", audit: { action: "erasures.reapply" } },
  "POST /api/jobs/retention/start": { right: "privacy", audit: { action: "retention.start" } },
} as const satisfies Record<RouteKey, ApiRoute>;

/** What is written of a route; `undefined` for one that is not in the table. `key`: "GET /api/profiles/{id}". */
export function apiRouteOf(key: string): ApiRoute | undefined {
  return (apiRoutes as Record<string, ApiRoute>)[key];
}

/** Which routes each role may call. */
export function routesByRole(): [role: Role, routes: RouteKey[]][] {
  const known = Object.entries(apiRoutes) as [RouteKey, ApiRoute][];
  return roles.map((role) => [
    role,
    known.flatMap(([key, { right }]) => (roleRights[role].includes(right) ? [key] : [])),
  ]);
}
