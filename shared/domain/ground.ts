// Decides on what ground a mail was sent to somebody, once the gates have let it pass: what its foot may say.
import type { Purpose } from "./campaign.ts";
import type { GateFacts } from "./gate-facts.ts";
import { isExistingCustomer } from "./gates/consent.ts";
import type { Instant } from "./instant.ts";

/** `service`: about something the person did or asked for, no advertisement. */
export type Ground = "service" | "consent" | "existing-customer" | "legitimate-interest";

/** The grounds of mail that advertises. */
export const marketingGrounds = ["consent", "existing-customer", "legitimate-interest"] as const satisfies Ground[];

/** The strongest ground there is for a mail that may be sent. */
export function groundOf(
  purpose: Purpose,
  facts: Pick<GateFacts, "consent" | "settings" | "country" | "lastPurchaseAt">,
  now: Instant,
): Ground {
  if (purpose === "service") return "service";
  if (facts.consent?.state === "granted") return "consent";
  return isExistingCustomer(facts, now) ? "existing-customer" : "legitimate-interest";
}
