// Routes of the jobs: which there are, and how far each is.
import type { Ports } from "../../shared/pipeline/ports.ts";
import { jobDetail, jobsView } from "../../shared/pipeline/views/jobs.ts";
import { foundOr404, type HttpRequest, type HttpRoute, json } from "../http-function.ts";
import { pageOf } from "../page-request.ts";

export function jobRoutes(ports: Ports): HttpRoute[] {
  return [
    { method: "GET", path: "/api/jobs", handler: async (request) => json(200, await jobsView(ports, pageOf(request))) },
    {
      method: "GET",
      path: "/api/jobs/{id}",
      handler: async (request) => foundOr404(await jobDetail(ports, jobIdIn(request)), "job"),
    },
  ];
}

/** Ids have a "#" in them, which a path carries as "%23". */
function jobIdIn({ pathParameters }: HttpRequest): string {
  return (pathParameters?.["id"] ?? "").replaceAll("%23", "#");
}
