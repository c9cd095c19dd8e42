// Decides whether the person agreed: marketing needs a granted consent, a service mail does not.
import type { Gate } from "../gate-facts.ts";

export const consentGate: Gate = (send, { consent }) => {
  if (send.purpose === "service") return undefined;
  if (consent === undefined) return { kind: "refuse", reason: "consent-unknown" };
  return consent.state === "granted" ? undefined : { kind: "refuse", reason: "consent-denied" };
};
