// Routes by which operators close an address for every mail.
import * as z from "zod";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { type HttpRequest, type HttpRoute, json, jsonBody, problem } from "../http-function.ts";

const bodySchema = z.strictObject({ email: z.string() });

/** The answer is the same for everybody: it does not tell whether an address is known. No text repeats the address. */
const CLOSED = { suppressed: true, reason: "operator" };

const NOT_AN_ADDRESS =
  "email is not an address mail can go to: it must be one name@domain, such as anna@example.com, without quotes, spaces or a display name.";

export function suppressionRoutes(ports: Ports): HttpRoute[] {
  const post = async (request: HttpRequest) => {
    const body = jsonBody(request);
    if ("answer" in body) return body.answer;
    const parsed = bodySchema.safeParse(body.value);
    if (!parsed.success) return problem(400, "bad_request", 'The body must be {"email": "anna@example.com"}.');
    const at = ports.clock.now();
    return (await suppress(ports, parsed.data.email, { reason: "operator", at }))
      ? json(200, CLOSED)
      : problem(400, "not_an_address", NOT_AN_ADDRESS);
  };
  return [{ method: "POST", path: "/api/suppressions", handler: post }];
}
