// Decides which addresses a decision closes, in its own transaction: those of a person who says no.
import { withOptOut } from "../domain/address.ts";
import { normalAddress } from "../domain/email-address.ts";
import type { Profile } from "../domain/profile.ts";
import { textTrait } from "../domain/trait.ts";
import { consentKey } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";
import { addressWrite, loadAddress } from "./records/address-record.ts";
import type { State } from "./records/state.ts";

const PURPOSES = ["marketing", "service"];

/**
 * A denial closes the address the profile had, and the one it has now, so that a claim under way fails on its version. A new
 * address of somebody who said no is closed as well.
 */
export async function addressWrites(ports: Ports, state: State, after: Profile): Promise<Write[]> {
  const before = state.profile;
  const denied = Object.values(after.consents).filter(({ state }) => state === "denied");
  const isNew = denied.some(({ purpose }) => before.consents[purpose]?.state !== "denied");
  const [then, now] = [before, after].map(({ traits }) => normalAddress(textTrait(traits, "email") ?? ""));
  const writes = then === now || now === undefined ? [] : consentChecks(state, after);
  if (denied.length === 0 || (!isNew && then === now)) return writes;
  for (const email of new Set([then, now])) {
    if (email === undefined) continue;
    const record = await loadAddress(ports, email);
    let { address } = record;
    for (const { purpose, at } of denied) address = withOptOut(address, purpose, at);
    if (address !== record.address) writes.push(addressWrite(record, address));
  }
  return writes;
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
