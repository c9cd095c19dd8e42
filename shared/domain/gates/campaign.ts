// Decides whether the campaign still speaks: a paused one waits, an archived one is done.
import type { Gate } from "../gate-facts.ts";
import { HOUR_MS } from "../instant.ts";

/** How long a send of a paused campaign waits before it asks again. */
const PAUSE_MS = HOUR_MS;

export const campaignGate: Gate = (send, { campaignStatus }, now) => {
  if (campaignStatus === "archived") return { kind: "refuse", reason: "archived" };
  if (campaignStatus === "live") return undefined;
  return { kind: "hold", until: Math.min(now + PAUSE_MS, send.expiresAt), reason: "paused" };
};
