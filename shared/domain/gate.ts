// Decides whether a send may be made now: the one place that says yes, later, or no.
import type { Asked, Gate, GateFacts, GateResult } from "./gate-facts.ts";
import { addressGate } from "./gates/address.ts";
import { campaignGate } from "./gates/campaign.ts";
import { consentGate } from "./gates/consent.ts";
import { expiryGate } from "./gates/expiry.ts";
import { frequencyCapGate } from "./gates/frequency-cap.ts";
import { holdoutGate } from "./gates/holdout.ts";
import { suppressionGate } from "./gates/suppression.ts";
import type { Instant } from "./instant.ts";

/** In the one order of the whole product: still worth it → campaign → consent → suppression → caps → holdout. */
export const gates: Record<string, Gate> = {
  expiry: expiryGate,
  campaign: campaignGate,
  consent: consentGate,
  address: addressGate,
  suppression: suppressionGate,
  "frequency-cap": frequencyCapGate,
  holdout: holdoutGate,
};

/** Asks every gate in order; the first that does not pass decides. Pure. */
export function gate(send: Asked, facts: GateFacts, now: Instant): GateResult {
  for (const ask of Object.values(gates)) {
    const result = ask(send, facts, now);
    if (result !== undefined) return result;
  }
  return { kind: "claim" };
}
