// Routes of the stop switch: pause and resume one campaign's mail, or the whole account's.
import * as z from "zod";
import { closest } from "../../shared/domain/closest.ts";
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
import { switchView } from "../../shared/pipeline/views/stops.ts";
import { type HttpAnswer, type HttpRequest, type HttpRoute, json, jsonBody, problem } from "../http-function.ts";

const bodySchema = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });

type Turn = (told: Told, campaign: string) => Promise<Paused | Resumed | undefined>;

export function stopRoutes(ports: Ports): HttpRoute[] {
  const route = (path: string, turn: Turn): HttpRoute => ({
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

async function answer(ports: Ports, request: HttpRequest, turn: Turn): Promise<HttpAnswer> {
  const body = (request.body ?? "") === "" ? { value: {} } : jsonBody(request);
  if ("answer" in body) return body.answer;
  const parsed = bodySchema.safeParse(body.value);
  if (!parsed.success)
    return problem(400, "bad_request", 'The body must be {"reason": "why, in at most 500 letters"}, or empty.');
  const { reason } = parsed.data;
  const campaign = request.pathParameters?.["id"];
  const turned = await turn({ by: "operator", ...(reason !== undefined && { reason }) }, campaign ?? "");
  return turned === undefined
    ? noCampaign(ports, campaign ?? "")
    : json(200, await switchView(ports, campaign, turned));
}

async function noCampaign(ports: Ports, asked: string): Promise<HttpAnswer> {
  const nearest = closest(asked, await campaignsEver(ports));
  const next = nearest === undefined ? "GET /api/campaigns lists those there are." : `Did you mean ${nearest}?`;
  return problem(404, "no_such_campaign", `No campaign "${asked}" was ever published. ${next}`);
}
