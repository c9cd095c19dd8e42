// Routes of the lists: the summary, segments and their members, campaigns, events.
import type { Ports } from "../../shared/pipeline/ports.ts";
import { campaignsView, eventsView, membersView, segmentsView } from "../../shared/pipeline/views/lists.ts";
import { summaryView } from "../../shared/pipeline/views/summary.ts";
import { foundOr404, type HttpRoute, json, problem, queryOf } from "../http-function.ts";
import { limitOf, pageOf } from "../page-request.ts";

export function listRoutes(ports: Ports): HttpRoute[] {
  return [
    { method: "GET", path: "/api/summary", handler: async () => json(200, await summaryView(ports)) },
    { method: "GET", path: "/api/segments", handler: async () => json(200, await segmentsView(ports)) },
    {
      method: "GET",
      path: "/api/segments/{id}/members",
      handler: async (request) =>
        foundOr404(await membersView(ports, request.pathParameters?.["id"] ?? "", pageOf(request)), "segment"),
    },
    { method: "GET", path: "/api/campaigns", handler: async () => json(200, await campaignsView(ports)) },
    {
      method: "GET",
      path: "/api/events",
      handler: async (request) => {
        const after = queryOf(request, "next") ?? queryOf(request, "after");
        const view = await eventsView(ports, { limit: limitOf(request), ...(after !== undefined && { after }) });
        if (view !== undefined) return json(200, view);
        return problem(
          400,
          "bad_after",
          "after must be an instant such as 2026-03-01T10:00:00Z, or next of an earlier page.",
        );
      },
    },
  ];
}
