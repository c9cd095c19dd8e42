// Routes of the stop switch: pause and resume one campaign's mail, or the whole account's.
import * as z from "zod";
import { campaignsEver } from "../../shared/pipeline/catalogue-store.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import {
  type Paused,
  pauseAccount,
  pauseCampaign,
  type Resumed,
  resumeAccount,
  resumeCampaign,
  type Told,
} from "../../shared/pipeline/stop-switch.ts";
import { heldView, switchView } from "../../shared/pipeline/views/stops.ts";
import type { AdminRequest, AdminRoute } from "../admin-function.ts";
import { type HttpAnswer, json, jsonBody, problem } from "../http-function.ts";
import { notKnown } from "../not-known.ts";

/** A reason is read in lists: its line breaks become spaces. */
const reasonSchema = z
  .string()
  .transform((text) => text.trim().replace(/\s+/gu, " "))
  .pipe(z.string().min(1).max(500));
const bodySchema = z.strictObject({ reason: reasonSchema.optional() });

type Turn = (told: Told, campaign: string) => Promise<Paused | Resumed | undefined>;

export function stopRoutes(ports: Ports): AdminRoute[] {
  const route = (path: string, turn: Turn): AdminRoute => ({
    method: "POST",
    path,
    handler: (request) => answer(ports, request, turn),
  });
  return [
    route("/api/campaigns/{id}/pause", (told, campaign) => pauseCampaign(ports, campaign, told)),
    route("/api/campaigns/{id}/resume", (told, campaign) => resumeCampaign(ports, campaign, told)),
    route("/api/account/pause", (told) => pauseAccount(ports, told)),
    route("/api/account/resume", (told) => resumeAccount(ports, told)),
  ];
}

async function answer(ports: Ports, request: AdminRequest, turn: Turn): Promise<HttpAnswer> {
  const body = (request.body ?? "") === "" ? { value: {} } : jsonBody(request);
  if ("answer" in body) return body.answer;
  const parsed = bodySchema.safeParse(body.value);
  if (!parsed.success)
    return problem(400, "bad_request", 'The body must be {"reason": "why, in at most 500 letters"}, or empty.');
  const { reason } = parsed.data;
  const campaign = request.pathParameters?.["id"];
  // At once, not one after the other: a pause answers within 5 seconds, and a resume lets go what is to be counted. The switch
  // is what matters: where the count fails, the answer goes without.
  const [turned, held] = await Promise.all([
    turn({ by: "operator", ...whoOf(request), ...(reason !== undefined && { reason }) }, campaign ?? ""),
    heldView(ports, campaign).catch(() => undefined),
  ]);
  return turned === undefined
    ? noCampaign(ports, campaign ?? "")
    : json(200, await switchView(ports, { campaign, turned, held }));
}

/** Whoever sits at the local mode's machine has no name. */
function whoOf({ principal }: AdminRequest): { who?: string } {
  return principal.role === undefined ? {} : { who: principal.name };
}

async function noCampaign(ports: Ports, asked: string): Promise<HttpAnswer> {
  const ever = await campaignsEver(ports);
  return problem(404, "no_such_campaign", notKnown(`No campaign "${asked}" was ever published.`, asked, ever));
}
