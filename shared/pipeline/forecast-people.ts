// Decides what leaves of a person for a forecast: opaque ids, and what the gates will ask, without anything personal.
import type { Address } from "../domain/address.ts";
import type { Consent } from "../domain/consent.ts";
import type { Lived } from "../domain/forecast-life.ts";
import type { Closing, Person } from "../domain/forecast-tally.ts";
import type { Instant } from "../domain/instant.ts";
import { addressKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import type { RecordedLife } from "./recorded-life.ts";
import { loadAddressAt } from "./records/address-record.ts";

type KnownAddress = Pick<Address, "suppressions" | "optOuts" | "pauses" | "softBounces" | "claims">;

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
      const { suppressions, optOuts, pauses, softBounces, claims } = (await loadAddressAt(ports, key)).address;
      const earlier = claims.filter(({ at }) => at < from);
      const says = [suppressions, optOuts, pauses].reduce((n, said) => n + Object.keys(said).length, earlier.length);
      if (says > 0) known[key.pk] = { suppressions, optOuts, pauses, softBounces, claims: earlier };
      return key.pk;
    },
    known: () => known,
  };
}

/** When words closed the addresses a person had and took, and opened the one they had (see `addressWrites`). */
export async function closingsOf({ phases }: Lived, addresses: Addresses): Promise<Closing[]> {
  const closings: Closing[] = [];
  for (const [index, { at, email, consents }] of phases.entries()) {
    const before = phases[index - 1];
    const note = async (one: string | undefined, words: Consent[]) => {
      if (one === undefined || words.length === 0) return;
      const address = await addresses.keyOf(one);
      for (const { purpose, at: saidAt, state } of words)
        closings.push({ address, purpose, saidAt, at, ...(state === "granted" && { opens: true }) });
    };
    const words = Object.values(consents);
    const heard = words.filter((word) => word !== before?.consents[word.purpose]);
    const denied = words.filter(({ state }) => state === "denied");
    const isNew = denied.some(({ purpose }) => before?.consents[purpose]?.state !== "denied");
    await note(
      email,
      heard.filter(({ state, actor }) => state === "denied" || actor === "person"),
    );
    if (isNew || before?.email !== email) for (const one of new Set([before?.email, email])) await note(one, denied);
  }
  return closings;
}

/** One person with intended sends; of what was before them, only how it stood. */
export async function personOf({ life }: RecordedLife, lived: Lived, addresses: Addresses): Promise<Person> {
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
