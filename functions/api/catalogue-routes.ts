// Routes of the catalogue: drafts, plans with their forecast, publishing, and what was published.
import * as z from "zod";
import type { Definition } from "../../shared/domain/definition.ts";
import { activePublication, catalogueHistory } from "../../shared/pipeline/catalogue-store.ts";
import { storeDefinitions } from "../../shared/pipeline/definition-store.ts";
import { definitionsSchema, draftSchema, storeDraft } from "../../shared/pipeline/drafts.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import { forecastPage } from "../../shared/pipeline/forecast-page.ts";
import { LIST_SHARDS } from "../../shared/pipeline/keys.ts";
import { applyPlan, loadPlan, makePlan, type Plan, planView } from "../../shared/pipeline/plans.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { publicationView } from "../../shared/pipeline/views/publications.ts";
import type { AdminRequest, AdminRoute } from "../admin-function.ts";
import { type HttpAnswer, type HttpRequest, json, jsonBody, problem } from "../http-function.ts";

const planSchema = z.strictObject({ draft: z.string().min(8) });
const MAX_DAYS = 365;
const forecastSchema = z.strictObject({
  days: z.int().min(0).max(MAX_DAYS).default(30),
  until: z.int().min(0).optional(),
  cursor: z
    .strictObject({
      part: z
        .int()
        .min(0)
        .max(LIST_SHARDS - 1),
      after: z.string().optional(),
    })
    .optional(),
});
const applySchema = z.strictObject({
  allowDestructive: z.boolean().default(false),
  allowEveryone: z.boolean().default(false),
  by: z.string().max(200).optional(),
  note: z.string().max(2_000).optional(),
});

export function catalogueRoutes(ports: Ports): AdminRoute[] {
  const ofPlan =
    (work: (plan: Plan, request: AdminRequest) => Promise<HttpAnswer>) => async (request: AdminRequest) => {
      const plan = await loadPlan(ports, request.pathParameters?.["id"] ?? "");
      return plan === undefined
        ? problem(404, "no_such_plan", "There is no such plan; make one with POST /api/plans.")
        : work(plan, request);
    };
  return [
    {
      method: "GET",
      path: "/api/catalogue",
      handler: async () => json(200, publicationView(await activePublication(ports), await catalogueHistory(ports))),
    },
    {
      method: "POST",
      path: "/api/definitions",
      handler: withBody(definitionsSchema, async ({ definitions }) =>
        json(200, { stored: await storeDefinitions(ports, definitions as Definition[]) }),
      ),
    },
    {
      method: "POST",
      path: "/api/drafts",
      handler: withBody(draftSchema, async ({ definitions }) => {
        const result = await storeDraft(ports, definitions as (string | Definition)[]);
        if ("revision" in result) return json(200, result);
        const message = `The definitions have problems: ${result.problems.map(({ place, path, message: why }) => `${place}: ${path} ${why}`).join("; ")}`;
        return json(400, { error: { code: "broken_definitions", message, problems: result.problems } });
      }),
    },
    {
      method: "POST",
      path: "/api/plans",
      handler: withBody(planSchema, async ({ draft }) => {
        const plan = await makePlan(ports, draft);
        return plan === undefined
          ? problem(404, "no_such_draft", "There is no such revision; store a draft with POST /api/drafts.")
          : json(200, await planView(ports, plan));
      }),
    },
    {
      method: "GET",
      path: "/api/plans/{id}",
      handler: ofPlan(async (plan) => json(200, await planView(ports, plan))),
    },
    {
      method: "POST",
      path: "/api/plans/{id}/forecast",
      handler: ofPlan((plan, request) =>
        withBody(forecastSchema, async (asked) =>
          (asked.until ?? 0) > ports.clock.now()
            ? problem(
                400,
                "not_recorded_yet",
                "until must not be in the future: a forecast lives recorded events again.",
              )
            : json(200, await forecastPage(ports, plan, asked as Parameters<typeof forecastPage>[2])),
        )(request),
      ),
    },
    {
      method: "POST",
      path: "/api/plans/{id}/apply",
      handler: ofPlan((plan, request) =>
        withBody(applySchema, async (asked) => {
          try {
            const told = { ...asked, ...publisherOf(request.principal) };
            return json(200, await applyPlan(ports, plan, told as Parameters<typeof applyPlan>[2]));
          } catch (error) {
            if (error instanceof Fault && !error.retryable) return problem(409, error.code, error.message);
            throw error;
          }
        })(request),
      ),
    },
  ];
}

/** Who has a role is who publishes, whatever the body says; at the local mode's machine the command line says who sits there. */
function publisherOf({ name, role }: AdminRequest["principal"]): { by?: string } {
  return role === undefined ? {} : { by: name };
}

/** A handler of a body that fits the schema; otherwise says what does not fit. */
function withBody<T>(schema: z.ZodType<T>, work: (body: T) => Promise<HttpAnswer>) {
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const body = jsonBody(request);
    if ("answer" in body) return body.answer;
    try {
      const parsed = schema.safeParse(body.value);
      return parsed.success ? work(parsed.data) : problem(400, "bad_request", z.prettifyError(parsed.error));
    } catch (error) {
      // Schemas look into every level: thousands of them are no definition.
      if (error instanceof RangeError) return problem(400, "too_deep", "The body is nested too deep.");
      throw error;
    }
  };
}
