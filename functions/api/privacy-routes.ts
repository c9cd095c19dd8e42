// Routes of the data-protection officer: hand a person their data, erase somebody, and who was not heard of for long.
import * as z from "zod";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { findErasable } from "../../shared/pipeline/identity.ts";
import { startReapply } from "../../shared/pipeline/jobs/reapply.ts";
import { startRetention } from "../../shared/pipeline/jobs/retention.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { exportPerson } from "../../shared/pipeline/views/export.ts";
import { retentionView } from "../../shared/pipeline/views/retention.ts";
import type { AdminRequest, AdminRoute } from "../admin-function.ts";
import { bounded } from "../bounded-answer.ts";
import { foundOr404, type HttpAnswer, json, jsonBody, problem } from "../http-function.ts";
import { pageOf } from "../page-request.ts";
import { ofProfile, peopleNamed, severalPeople } from "./of-profile.ts";

const bodySchema = z.strictObject({ email: z.string() });

/** What to do about a person of whom more is known than one answer holds. */
const IN_PARTS =
  "Read it in parts: GET /api/profiles/{id}, its /consents and, a page at a time, its /timeline say the same.";

/** The answer is the same for everybody: it does not tell whether anybody has the address, or had it. */
const ERASED = { erased: true };

const NOT_AN_ADDRESS =
  "email is not an address mail can go to: it must be one name@domain, such as anna@example.com, without quotes, spaces or a display name.";

export function privacyRoutes(ports: Ports): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/api/profiles/{id}/export",
      handler: async (request) => {
        const exported = ofProfile(ports, async (id) => foundOr404(await exportPerson(ports, id), "profile"));
        return bounded(request, await exported(request), IN_PARTS);
      },
    },
    { method: "POST", path: "/api/profiles/{id}/erase", handler: (request) => eraseOne(ports, request) },
    { method: "POST", path: "/api/erasures", handler: (request) => eraseByAddress(ports, request) },
    {
      method: "POST",
      path: "/api/erasures/reapply",
      handler: async () => json(200, { jobId: await startReapply(ports) }),
    },
    {
      method: "GET",
      path: "/api/retention",
      handler: async (request) => json(200, await retentionView(ports, pageOf(request))),
    },
    {
      method: "POST",
      path: "/api/jobs/retention/start",
      handler: async () => json(200, { jobId: await startRetention(ports) }),
    },
  ];
}

/** Who was erased before is answered as before. */
async function eraseOne(ports: Ports, { pathParameters }: AdminRequest): Promise<HttpAnswer> {
  const asked = pathParameters?.["id"] ?? "";
  const people = await peopleNamed(ports, asked);
  if (people.length > 1) return severalPeople(people, asked);
  const id = await findErasable(ports, asked);
  return foundOr404(id === undefined ? undefined : await erasePerson(ports, id, { by: "operator" }), "profile");
}

async function eraseByAddress(ports: Ports, request: AdminRequest): Promise<HttpAnswer> {
  const body = jsonBody(request);
  if ("answer" in body) return body.answer;
  const parsed = bodySchema.safeParse(body.value);
  if (!parsed.success) return problem(400, "bad_request", 'The body must be {"email": "anna@example.com"}.');
  const erased = await eraseAddress(ports, parsed.data.email, { by: "operator" });
  return erased === undefined ? problem(400, "not_an_address", NOT_AN_ADDRESS) : json(200, ERASED);
}
