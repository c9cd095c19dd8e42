// Decides whether marketing is lawful: the person agreed, or it rests on the shop's own interest, or they are a customer of late.
import type { Gate, GateFacts } from "../gate-facts.ts";
import { type Instant, parseDuration } from "../instant.ts";
import { isLawful } from "../lawful-basis.ts";

export const consentGate: Gate = (send, facts, now) => {
  if (send.purpose === "service") return undefined;
  const { consent } = facts;
  if (consent?.state === "granted") return undefined;
  if (consent !== undefined) return { kind: "refuse", reason: "consent-denied" };
  if (isLawful(facts.settings, { purpose: send.purpose, consent, country: facts.country })) return undefined;
  return isExistingCustomer(facts, now) ? undefined : { kind: "refuse", reason: "consent-unknown" };
};

/** Whether the shop writes to customers without a word on consent, and the person is one. */
export function isExistingCustomer(
  { settings, country, lastPurchaseAt }: Pick<GateFacts, "settings" | "country" | "lastPurchaseAt">,
  now: Instant,
): boolean {
  const allowed = settings.existingCustomers;
  if (allowed === undefined || lastPurchaseAt === undefined) return false;
  const { within, countries } = allowed;
  if (now - lastPurchaseAt >= (parseDuration(within) ?? 0)) return false;
  return countries === undefined || (country !== undefined && countries.includes(country));
}
