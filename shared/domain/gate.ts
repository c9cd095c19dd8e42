// Decides whether a send may be made now: the one place that says yes, later, or no.
import type { Gate, GateFacts, GateResult } from "./gate-facts.ts";
import { addressGate } from "./gates/address.ts";
import { consentGate } from "./gates/consent.ts";
import { expiryGate } from "./gates/expiry.ts";
import { frequencyCapGate } from "./gates/frequency-cap.ts";
import { suppressionGate } from "./gates/suppression.ts";
import type { Instant } from "./instant.ts";
import type { Send } from "./send.ts";

/** In the one order of the whole product: still worth it → consent → suppression → caps. */
export const gates: Record<string, Gate> = {
  expiry: expiryGate,
  consent: consentGate,
  address: addressGate,
  suppression: suppressionGate,
  "frequency-cap": frequencyCapGate,
};

/** Asks every gate in order; the first that does not pass decides. Pure. */
export function gate(send: Send, facts: GateFacts, now: Instant): GateResult {
  for (const ask of Object.values(gates)) {
    const result = ask(send, facts, now);
    if (result !== undefined) return result;
  }
  return { kind: "claim" };
}
