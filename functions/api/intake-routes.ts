// Routes by which operators bring in what happened: single events, imports, and a fresh count.
import * as z from "zod";
import { type ImportedFact, importPage } from "../../shared/pipeline/import-page.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { type HttpRoute, json, jsonBody, problem } from "../http-function.ts";

const MAX_IMPORT = 500;
const importSchema = z.object({
  source: z.string().min(1).max(100),
  trigger: z.boolean().default(false),
  facts: z
    .array(z.object({ type: z.string() }).loose())
    .min(1)
    .max(MAX_IMPORT),
});

export function intakeRoutes(ports: Ports): HttpRoute[] {
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
        await startNightly(ports, ports.clock.now());
        return json(202, { started: "nightly" });
      },
    },
  ];
}
