// Decides which addresses a decision changes, in its own transaction: a person who says no closes them, an urgent send is told.
import { type WaitingSend, withOptOut, withWaiting } from "../domain/address.ts";
import { PRIORITY_RANK } from "../domain/campaign.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import type { Effect } from "../domain/effect.ts";
import { normalAddress } from "../domain/email-address.ts";
import type { Profile } from "../domain/profile.ts";
import { textTrait } from "../domain/trait.ts";
import type { Ports, Write } from "./ports.ts";
import { addressWrite, loadAddress } from "./records/address-record.ts";

/** `intended`: sends that are there already. */
type Decided = {
  catalogue: Pick<Catalogue, "campaigns">;
  before: Profile;
  after: Profile;
  effects: Effect[];
  intended: ReadonlySet<string>;
};

/**
 * What a decision changes about addresses, in the same transaction, so that a claim under way fails on their version. A denial
 * closes the address the profile had, and the one it has now; a new address of somebody who said no is closed as well. Sends
 * that go before others are told to the address the profile has now.
 */
export async function addressWrites(ports: Ports, decided: Decided): Promise<Write[]> {
  const { before, after } = decided;
  const denied = Object.values(after.consents).filter(({ state }) => state === "denied");
  const isNew = denied.some(({ purpose }) => before.consents[purpose]?.state !== "denied");
  const [then, now] = [before, after].map(({ traits }) => normalAddress(textTrait(traits, "email") ?? ""));
  const closes = denied.length > 0 && (isNew || then !== now);
  const first = goingFirst(decided);
  const writes: Write[] = [];
  for (const email of new Set([...(closes ? [then] : []), ...(closes || first.length > 0 ? [now] : [])])) {
    if (email === undefined) continue;
    const record = await loadAddress(ports, email);
    let { address } = record;
    if (closes) for (const { purpose, at } of denied) address = withOptOut(address, purpose, at);
    if (email === now && first.length > 0) address = withWaiting(address, first, ports.clock.now());
    if (address !== record.address) writes.push(addressWrite(record, address));
  }
  return writes;
}

/** Intended sends that are more urgent than those of some campaign: only they need to be known before they are claimed. */
function goingFirst({ catalogue, effects, intended }: Decided): WaitingSend[] {
  const sends = effects.flatMap((effect) => (effect.kind === "send-intended" ? [effect.send] : []));
  if (sends.length === 0) return [];
  const ranks = [...catalogue.campaigns.values()].flatMap(({ status, priority }) =>
    status === "archived" ? [] : [PRIORITY_RANK[priority]],
  );
  const last = Math.max(0, ...ranks);
  return sends
    .filter(({ id, arm, priority }) => arm === "treated" && PRIORITY_RANK[priority] < last && !intended.has(id))
    .map(({ id, priority, intendedAt }) => ({ sendId: id, priority, dueAt: intendedAt }));
}
