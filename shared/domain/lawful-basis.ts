// Decides on which lawful basis somebody may be written to, or watched opening a mail: per purpose and country.
import type { Address } from "./address.ts";
import type { Purpose } from "./campaign.ts";
import type { Consent } from "./consent.ts";
import type { Settings } from "./settings.ts";

export type Basis = "consent" | "legitimate-interest";

/** Absent: everything needs consent, everywhere. */
type Bases = { consent?: Pick<Settings["consent"], "basis"> };
type Word = Pick<Consent, "state">;

/** The basis of a purpose in a country; where nobody knows the country, the shop's default. Purposes nobody configured need consent. */
export function basisFor({ consent }: Bases, purpose: string, country: string | undefined): Basis {
  const bases = basesOf(consent, purpose);
  if (bases === undefined) return "consent";
  const { byCountry, default: elsewhere } = bases;
  return (country !== undefined && Object.hasOwn(byCountry, country) && byCountry[country]) || elsewhere;
}

/** Whether a country that becomes known may change the basis. */
export function isBasisOpen({ consent }: Bases, purpose: string, country: string | undefined): boolean {
  const bases = basesOf(consent, purpose);
  return country === undefined && Object.values(bases?.byCountry ?? {}).some((basis) => basis !== bases?.default);
}

function basesOf(consent: Bases["consent"], purpose: string) {
  return purpose === "marketing" || purpose === "open-tracking" ? consent?.basis[purpose] : undefined;
}

/** Whether the purpose is lawful by the person's word, or without one where the basis is the shop's own interest. */
export function isLawful(
  settings: Bases,
  { purpose, consent, country }: { purpose: string; consent: Word | undefined; country: string | undefined },
): boolean {
  if (consent !== undefined) return consent.state === "granted";
  return basisFor(settings, purpose, country) === "legitimate-interest";
}

/**
 * Whether it may be seen that a mail was opened: of marketing alone, where that is lawful, and nobody who reads at the address
 * said no to it.
 */
export function mayTrackOpens(
  settings: Bases,
  of: {
    purpose: Purpose;
    consents: Readonly<Record<string, Word>>;
    country: string | undefined;
    address: Pick<Address, "optOuts">;
  },
): boolean {
  const purpose = "open-tracking";
  if (of.purpose !== "marketing" || of.address.optOuts[purpose] !== undefined) return false;
  return isLawful(settings, { purpose, consent: of.consents[purpose], country: of.country });
}
