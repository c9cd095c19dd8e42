// Decides whether a send may be made now: the one place that says yes, later, or no.
import type { Asked, Gate, GateFacts, GateResult } from "./gate-facts.ts";
import { addressGate } from "./gates/address.ts";
import { campaignGate } from "./gates/campaign.ts";
import { accountCeilingGate, campaignCeilingGate } from "./gates/ceilings.ts";
import { consentGate } from "./gates/consent.ts";
import { expiryGate } from "./gates/expiry.ts";
import { frequencyCapGate } from "./gates/frequency-cap.ts";
import { holdoutGate } from "./gates/holdout.ts";
import { personPauseGate } from "./gates/person-pause.ts";
import { priorityGate } from "./gates/priority.ts";
import { quietHoursGate } from "./gates/quiet-hours.ts";
import { stopGate } from "./gates/stop.ts";
import { suppressionGate } from "./gates/suppression.ts";
import type { Instant } from "./instant.ts";

/**
 * In the one order of the whole product: still worth it → campaign and switches → consent → address → suppression →
 * the person's own pause → quiet hours → priority → caps → ceilings → holdout.
 */
export const gates: Record<string, Gate> = {
  expiry: expiryGate,
  campaign: campaignGate,
  stop: stopGate,
  consent: consentGate,
  address: addressGate,
  suppression: suppressionGate,
  "person-pause": personPauseGate,
  "quiet-hours": quietHoursGate,
  priority: priorityGate,
  "frequency-cap": frequencyCapGate,
  "campaign-ceiling": campaignCeilingGate,
  "account-ceiling": accountCeilingGate,
  holdout: holdoutGate,
};

const inOrder = Object.values(gates);

/** Asks every gate in order; the first that does not pass decides. Pure. */
export function gate(send: Asked, facts: GateFacts, now: Instant): GateResult {
  for (const ask of inOrder) {
    const result = ask(send, facts, now);
    if (result !== undefined) return result;
  }
  return { kind: "claim" };
}
