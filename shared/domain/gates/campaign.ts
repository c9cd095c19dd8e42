// Decides whether the campaign still speaks: a paused one waits until it is live again, an archived one is done.
import type { Gate } from "../gate-facts.ts";

export const campaignGate: Gate = (_send, { campaignStatus }) => {
  if (campaignStatus === "archived") return { kind: "refuse", reason: "archived" };
  return campaignStatus === "paused" ? { kind: "hold", reason: "paused" } : undefined;
};
