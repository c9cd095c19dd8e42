// Entry point: what marketers, operators and the command line ask and tell.
import * as z from "zod";
import { findProfile } from "../shared/pipeline/identity.ts";
import { type ImportedFact, importPage } from "../shared/pipeline/import-page.ts";
import { ingest } from "../shared/pipeline/ingest.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { explainView } from "../shared/pipeline/views/explain.ts";
import { campaignsView, eventsView, membersView, segmentsView, sendsView } from "../shared/pipeline/views/lists.ts";
import { summaryView } from "../shared/pipeline/views/summary.ts";
import { profileView, timelineView } from "../shared/pipeline/views/timeline.ts";
import { startNightlyNow } from "../shared/pipeline/work.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpRoute,
  httpFunction,
  json,
  jsonBody,
  problem,
} from "./http-function.ts";
import { onAws } from "./on-aws.ts";
import { limitOf, pageOf } from "./page-request.ts";

const MAX_IMPORT = 500;
const importSchema = z.object({
  source: z.string().min(1).max(100),
  trigger: z.boolean().default(false),
  facts: z
    .array(z.object({ type: z.string() }).loose())
    .min(1)
    .max(MAX_IMPORT),
});

export const create = (ports: Ports) => httpFunction(ports.log, [...reads(ports), ...writes(ports)]);
export const handler = onAws(create);

const found = (view: unknown, what: string): HttpAnswer =>
  view === undefined ? problem(404, "not_found", `There is no such ${what}.`) : json(200, view);

function reads(ports: Ports): HttpRoute[] {
  const profile =
    (view: (profileId: string, request: HttpRequest) => Promise<unknown>) => async (request: HttpRequest) => {
      const id = await findProfile(ports, request.pathParameters?.["id"] ?? "");
      return id === undefined
        ? problem(404, "not_found", "There is no such profile.")
        : found(await view(id, request), "profile or campaign");
    };
  const query = (request: HttpRequest, name: string) => request.queryStringParameters?.[name];
  return [
    { method: "GET", path: "/api/summary", handler: async () => json(200, await summaryView(ports)) },
    { method: "GET", path: "/api/profiles/{id}", handler: profile((id) => profileView(ports, id)) },
    { method: "GET", path: "/api/profiles/{id}/timeline", handler: profile((id) => timelineView(ports, id)) },
    {
      method: "GET",
      path: "/api/profiles/{id}/explain",
      handler: async (request) => {
        const campaign = query(request, "campaign");
        if (campaign === undefined) return problem(400, "missing", "Say which campaign: ?campaign=welcome");
        return profile((id) => explainView(ports, id, campaign))(request);
      },
    },
    { method: "GET", path: "/api/segments", handler: async () => json(200, await segmentsView(ports)) },
    {
      method: "GET",
      path: "/api/segments/{id}/members",
      handler: async (request) =>
        found(await membersView(ports, request.pathParameters?.["id"] ?? "", pageOf(request)), "segment"),
    },
    { method: "GET", path: "/api/campaigns", handler: async () => json(200, await campaignsView(ports)) },
    {
      method: "GET",
      path: "/api/sends",
      handler: async (request) => {
        const campaign = query(request, "campaign");
        const state = query(request, "state")?.toUpperCase();
        return json(
          200,
          await sendsView(
            ports,
            { ...(campaign !== undefined && { campaign }), ...(state !== undefined && { state }) },
            pageOf(request),
          ),
        );
      },
    },
    {
      method: "GET",
      path: "/api/events",
      handler: async (request) => {
        const after = query(request, "next") ?? query(request, "after");
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

function writes(ports: Ports): HttpRoute[] {
  return [
    {
      method: "POST",
      path: "/api/events",
      handler: async (request) => {
        const body = jsonBody(request);
        if ("answer" in body) return body.answer;
        const { accepted, rejected } = await ingest(ports, [body.value], { source: "operator" });
        return accepted === 1
          ? json(200, { accepted })
          : json(400, { error: { code: rejected[0]?.code, message: `${rejected[0]?.path} ${rejected[0]?.message}` } });
      },
    },
    {
      method: "POST",
      path: "/api/imports",
      handler: async (request) => {
        const body = jsonBody(request);
        if ("answer" in body) return body.answer;
        const parsed = importSchema.safeParse(body.value);
        if (!parsed.success)
          return problem(
            400,
            "not_an_import",
            `The body must be {source, facts: 1 to ${MAX_IMPORT} events}: ${z.prettifyError(parsed.error)}`,
          );
        const { source, trigger, facts } = parsed.data;
        return json(200, await importPage(ports, facts as ImportedFact[], { source: `import.${source}`, trigger }));
      },
    },
    {
      method: "POST",
      path: "/api/jobs/nightly/start",
      handler: async () => {
        await startNightlyNow(ports);
        return json(202, { started: "nightly" });
      },
    },
  ];
}
