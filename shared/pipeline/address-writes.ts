// Decides what a decision means for addresses, in its own transaction: a no closes them, a person's yes opens them again.
import { type Address, withOptIn, withOptOut } from "../domain/address.ts";
import type { Consent } from "../domain/consent.ts";
import type { Effect } from "../domain/effect.ts";
import { normalAddress } from "../domain/email-address.ts";
import type { Profile } from "../domain/profile.ts";
import { textTrait } from "../domain/trait.ts";
import { FORMER } from "./erasure/holders.ts";
import { addressKey, consentKey, holderKey, SCHEMA } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";
import { type AddressRecord, addressWrite, loadAddress } from "./records/address-record.ts";
import type { State } from "./records/state.ts";

const PURPOSES = ["marketing", "open-tracking", "service"];

/**
 * What a decision came to: the profile after it, and every word on consent that was heard on the way. `addresses`: as they were
 * read before, where they were.
 */
type Decision = { after: Profile; effects: Effect[]; addresses: ReadonlyMap<string, AddressRecord> };

type Heard = Extract<Effect, { kind: "consent-changed" }>;

/**
 * A denial closes the address the profile had, and the one it has now, so that a claim under way fails on its version. A new
 * address of somebody who said no is closed as well. A yes of the person opens the address they had when they said it, as far
 * as somebody had said no there before. Who has the address is noted beside it.
 */
export async function addressWrites(ports: Ports, state: State, decision: Decision): Promise<Write[]> {
  const { after, effects, addresses } = decision;
  const [then, now] = [state.profile, after].map(({ traits }) => normalAddress(textTrait(traits, "email") ?? ""));
  const heard = effects.filter((effect) => effect.kind === "consent-changed");
  const isMoved = then !== now;
  if (heard.length === 0 && !isMoved) return [];
  const writes: Write[] = isMoved ? await holderWrites(ports, after.id, { then, now }) : [];
  if (isMoved && now !== undefined) writes.push(...consentChecks(state, after));
  const denied = Object.values(after.consents).filter((consent) => consent.state === "denied");
  const isClosing = isMoved || denied.some(({ purpose }) => state.profile.consents[purpose]?.state !== "denied");
  for (const email of new Set([then, now, ...heard.map((one) => one.email)])) {
    if (email === undefined) continue;
    const record = addresses.get(email) ?? (await loadAddress(ports, email));
    const isOwn = email === then || email === now;
    const changed = closed(afterWords(record.address, email, heard), isClosing && isOwn ? denied : []);
    if (changed !== record.address) writes.push(addressWrite(record, changed));
  }
  return writes;
}

/** What was said while the profile had the address, in the order in which it was heard. */
function afterWords(address: Address, email: string, heard: Heard[]): Address {
  const said = heard.flatMap((one) => (one.email === email ? [one.after] : []));
  return said.reduce((known, one) => {
    if (one.state === "denied") return closed(known, [one]);
    return one.actor === "person" ? withOptIn(known, one.purpose, one.at) : known;
  }, address);
}

const closed = (address: Address, denied: Consent[]): Address =>
  denied.reduce((known, { purpose, at }) => withOptOut(known, purpose, at), address);

/** Beside the address stands who has it, or had it before: an erasure finds them by it. */
async function holderWrites(
  { secrets }: Ports,
  profileId: string,
  { then, now }: { then: string | undefined; now: string | undefined },
): Promise<Write[]> {
  const secret = await secrets.get("identity");
  const key = (email: string) => holderKey(addressKey(secret, email).pk, profileId);
  return [
    ...(then === undefined ? [] : [{ put: { ...key(then), schema: SCHEMA, ...FORMER } }]),
    ...(now === undefined ? [] : [{ put: { ...key(now), schema: SCHEMA } }]),
  ];
}

/**
 * Somebody whose address changes may say no at that moment: what was read of their consents must still hold, or the new address
 * would stay open. A person nobody knew before has no link to say no with.
 */
function consentChecks({ profile, versions }: State, after: Profile): Write[] {
  if (versions.size === 0) return [];
  return PURPOSES.flatMap((purpose): Write[] => {
    if (after.consents[purpose] !== profile.consents[purpose]) return [];
    const key = consentKey(after.id, purpose);
    const version = versions.get(key.sk);
    return [{ check: key, if: version === undefined ? { absent: true } : { version } }];
  });
}
