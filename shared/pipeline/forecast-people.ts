// Decides what leaves of a person for a forecast: opaque ids, and what the gates will ask, without anything personal.
import type { Address } from "../domain/address.ts";
import type { Lived } from "../domain/forecast-life.ts";
import type { Closing, Person } from "../domain/forecast-tally.ts";
import type { Instant } from "../domain/instant.ts";
import { addressKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import type { RecordedLife } from "./recorded-life.ts";
import { loadAddressAt } from "./records/address-record.ts";

type KnownAddress = Omit<Address, "version" | "waiting">;

/** The addresses met so far: `keyOf` reads one when it is first asked for; only those with something to say are `known`. */
export type Addresses = { keyOf(email: string): Promise<string>; known(): Record<string, KnownAddress> };

/** Claims from `from` on belong to the window: they come about anew. */
export function addressesOf(ports: Pick<Ports, "table" | "secrets">, from: Instant): Addresses {
  const keys = new Map<string, string>();
  const known: Record<string, KnownAddress> = {};
  return {
    keyOf: async (email) => {
      const met = keys.get(email);
      if (met !== undefined) return met;
      const key = addressKey(await ports.secrets.get("identity"), email);
      keys.set(email, key.pk);
      const { suppressions, optOuts, claims } = (await loadAddressAt(ports, key)).address;
      const earlier = claims.filter(({ at }) => at < from);
      const says = Object.keys(suppressions).length + Object.keys(optOuts).length + earlier.length;
      if (says > 0) known[key.pk] = { suppressions, optOuts, claims: earlier };
      return key.pk;
    },
    known: () => known,
  };
}

/** When events closed addresses: those the profile had and took, whenever it had said no by then (see `optOutWrites`). */
export async function closingsOf({ phases }: Lived, addresses: Addresses): Promise<Closing[]> {
  const closings: Closing[] = [];
  for (const [index, { at, email, consents }] of phases.entries()) {
    const denied = Object.values(consents).filter(({ state }) => state === "denied");
    if (denied.length === 0) continue;
    const saidAt = Math.min(...denied.map((consent) => consent.at));
    for (const one of new Set([phases[index - 1]?.email, email])) {
      if (one === undefined) continue;
      const address = await addresses.keyOf(one);
      closings.push(...denied.map(({ purpose }) => ({ address, purpose, saidAt, at })));
    }
  }
  return closings;
}

/** One person with intended sends; of what was before them, only how it stood. */
export async function personOf({ life, said }: RecordedLife, lived: Lived, addresses: Addresses): Promise<Person> {
  const phases: Person["phases"] = [];
  const firstAt = Math.min(...lived.sends.map(({ intendedAt }) => intendedAt));
  const start = Math.max(
    0,
    lived.phases.findLastIndex(({ at }) => at <= firstAt),
  );
  for (const { email, consents, emailTrait: _personal, ...seen } of lived.phases.slice(start)) {
    const states = Object.entries(consents).map(([purpose, { state }]) => [purpose, state] as const);
    const address = email === undefined ? undefined : await addresses.keyOf(email);
    phases.push({ ...seen, ...(address !== undefined && { address }), consents: Object.fromEntries(states) });
  }
  return {
    profile: life.profileId,
    phases,
    ...(said.length > 0 && { said: said.map(({ at, purpose, state }) => ({ at, purpose, state })) }),
    sends: lived.sends.map(({ id, campaign, step, arm, expiresAt, intendedAt }) => ({
      id,
      campaign,
      step,
      arm,
      expiresAt,
      at: intendedAt,
    })),
  };
}
