// Routes about what a person agreed to: what holds, its proofs, and what they told the company on other ways.
import * as z from "zod";
import { type Consent, consentPurposes } from "../../shared/domain/consent.ts";
import { proofTextSchema } from "../../shared/domain/trait-check.ts";
import { changeByCompany } from "../../shared/pipeline/company-consent.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { consentsView } from "../../shared/pipeline/views/consents.ts";
import type { AdminRequest, AdminRoute } from "../admin-function.ts";
import { foundOr404, type HttpAnswer, jsonBody, problem } from "../http-function.ts";
import { LOCAL } from "../principal.ts";
import { ofProfile } from "./of-profile.ts";

const bodySchema = z.strictObject({
  purpose: z.string(),
  state: z.enum(["granted", "denied"]),
  how: proofTextSchema.optional(),
  wording: proofTextSchema.optional(),
});

const BODY =
  'The body must be {"purpose": "marketing", "state": "denied", "how": "letter of 2 March"}: state is granted or denied; how and wording are one line of at most 200 characters each, and may be left out.';

export function consentRoutes(ports: Ports): AdminRoute[] {
  const path = "/api/profiles/{id}/consents";
  return [
    { method: "GET", path, handler: ofProfile(ports, (id) => show(ports, id)) },
    { method: "POST", path, handler: ofProfile<AdminRequest>(ports, (id, request) => change(ports, id, request)) },
  ];
}

async function show(ports: Ports, profileId: string): Promise<HttpAnswer> {
  return foundOr404(await consentsView(ports, profileId), "profile");
}

/**
 * What the company was told counts as a system's word: its no closes the address, its yes lifts no earlier no. The proof names
 * the role, since the person may read it; who it was stands in the audit.
 */
async function change(ports: Ports, profileId: string, request: AdminRequest): Promise<HttpAnswer> {
  const body = jsonBody(request);
  if ("answer" in body) return body.answer;
  const parsed = bodySchema.safeParse(body.value);
  if (!parsed.success) return problem(400, "bad_request", BODY);
  const { purpose, state, how, wording } = parsed.data;
  const before = await consentsView(ports, profileId);
  if (before !== undefined && !before.consents.some((known) => known.purpose === purpose)) {
    const message = `There is no purpose "${purpose}": it must be ${consentPurposes.join(" or ")}, or one that a source has named for this person.`;
    return problem(400, "unknown_purpose", message);
  }
  const said: Consent = {
    ...{ purpose, channel: "email", state, at: ports.clock.now(), by: `company/${request.principal.role ?? LOCAL}` },
    actor: "system",
    ...(how !== undefined && { how }),
    ...(wording !== undefined && { wording }),
  };
  const outcome = await changeByCompany(ports, profileId, said);
  const after = outcome && (await consentsView(ports, profileId));
  return foundOr404(after && { changed: outcome === "changed", ...after }, "profile");
}
