// Decides what the gates see of a person: the address, the word on consent, where they live, when they bought last.

import type { Purpose } from "./campaign.ts";
import { normalAddress } from "./email-address.ts";
import { PURCHASE_COMPLETED } from "./fold.ts";
import type { GateFacts } from "./gate-facts.ts";
import type { Profile } from "./profile.ts";
import type { Settings } from "./settings.ts";
import { countryOf, textTrait } from "./trait.ts";
import { zoneOf } from "./zone.ts";

/** The part of the gates' facts that a profile tells. */
export type PersonFacts = Pick<GateFacts, "email" | "consent" | "zone" | "country" | "lastPurchaseAt">;

/** What a profile tells about a mail of a purpose. */
export function personFacts(
  { traits, consents, activity }: Pick<Profile, "traits" | "consents" | "activity">,
  { timezone }: Pick<Settings, "timezone">,
  purpose: Purpose,
): PersonFacts {
  const email = normalAddress(textTrait(traits, "email") ?? "");
  const consent = consents[purpose];
  const country = countryOf(traits);
  const lastPurchaseAt = activity[PURCHASE_COMPLETED]?.lastAt;
  return {
    zone: zoneOf(traits, timezone),
    ...(email !== undefined && { email }),
    ...(consent !== undefined && { consent }),
    ...(country !== undefined && { country }),
    ...(lastPurchaseAt !== undefined && { lastPurchaseAt }),
  };
}
