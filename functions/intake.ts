// Entry point: events over HTTP in the Segment protocol.
import * as z from "zod";
import { ingest } from "../shared/pipeline/ingest.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { type HttpAnswer, type HttpRequest, httpFunction, json, jsonBody, problem } from "./http-function.ts";
import { onAws } from "./on-aws.ts";

const MAX_ITEMS = 2_000;
const batchSchema = z.object({ batch: z.array(z.unknown()).min(1).max(MAX_ITEMS), sentAt: z.unknown().optional() });

export const create = (ports: Ports) => {
  const take =
    (items: (body: object) => { items: unknown[]; sentAt?: unknown } | undefined) =>
    async (request: HttpRequest): Promise<HttpAnswer> => {
      const source = await ports.secrets.sourceOf(writeKeyOf(request));
      if (source === undefined)
        return {
          ...problem(
            401,
            "unknown_write_key",
            "Send your write key as user name of Basic auth, with an empty password.",
          ),
          ...challenge,
        };
      const body = jsonBody(request);
      if ("answer" in body) return body.answer;
      const taken = typeof body.value === "object" && body.value !== null ? items(body.value) : undefined;
      if (taken === undefined)
        return problem(400, "not_a_batch", `The body must be {"batch": [...]} with 1 to ${MAX_ITEMS} items.`);
      const { accepted, rejected } = await ingest(ports, taken.items, { source, sentAt: taken.sentAt });
      return json(200, { success: rejected.length === 0, accepted, rejected });
    };
  const single = (type: string) => take((body) => ({ items: [{ ...body, type }] }));
  const batch = take((body) => {
    const parsed = batchSchema.safeParse(body);
    return parsed.success ? { items: parsed.data.batch, sentAt: parsed.data.sentAt } : undefined;
  });
  return httpFunction(ports.log, [
    { method: "POST", path: "/v1/batch", handler: batch },
    { method: "POST", path: "/v1/track", handler: single("track") },
    { method: "POST", path: "/v1/identify", handler: single("identify") },
  ]);
};
export const handler = onAws(create);

const challenge = {
  headers: { "content-type": "application/json; charset=utf-8", "www-authenticate": 'Basic realm="relance"' },
};

function writeKeyOf({ headers }: HttpRequest): string {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? "";
  return Buffer.from(encoded, "base64").toString("utf8").split(":")[0] ?? "";
}
