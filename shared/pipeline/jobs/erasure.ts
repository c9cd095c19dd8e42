// Decides how everything of an erased person goes away: a page of its partition at a time, then what lies elsewhere; and
// once more a little later, for what was under way.
import { type Address, withoutClaim, withoutWaiting } from "../../domain/address.ts";
import { normalAddress } from "../../domain/email-address.ts";
import { MINUTE_MS } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import { closeErased } from "../erasure/close-erased.ts";
import { claimAddresses } from "../erasure/erase.ts";
import { lookFor, wantLook } from "../erasure/look-through-copies.ts";
import { reopenReturned } from "../erasure/reopen-returned.ts";
import { inParallel } from "../in-parallel.ts";
import { insist } from "../insist.ts";
import { addressKey, addressKeyOf, holderKey, memberKey, profilePk, seenKey } from "../keys.ts";
import type { Erasure, Item, Key, Ports } from "../ports.ts";
import { changeAddress } from "../records/address-record.ts";
import { readEvent } from "../records/event-record.ts";
import { readSend } from "../records/send-record.ts";
import { readState } from "../records/state.ts";
import { type Tombstone, tombstoneWrite } from "../records/tombstone.ts";
import type { ErasureParams } from "./erasure-params.ts";
import type { Job, PageResult } from "./job-record.ts";

/** Items of the profile in one page; each is deleted with at most one other. */
const PAGE = 50;
const PARALLEL = 10;
/** Longer than a claim, a batch or a lease lives: by then whoever knew the person has written, or will not. */
const UNDER_WAY_MS = 15 * MINUTE_MS;
/** Until it asks again whether another erasure's look through the copies is over, which may have been for this one too. */
const TURN_MS = MINUTE_MS;

/**
 * One page. It reads what is still there, so wherever an earlier one was cut off, this one goes on; done twice it comes to
 * the same. `done` counts what was deleted.
 */
export async function erasurePage(ports: Ports, { params, cursor, ...job }: Job): Promise<PageResult> {
  const { profileId, segments, round, done: before = 0, isAsked } = params as ErasureParams;
  const counts = cursor === undefined ? { done: before } : job.counts;
  const tombstone = await readState(ports, profileId);
  // Nobody was erased here: the table is older than the job's pointer.
  if (tombstone === undefined || "profile" in tombstone) return { next: "drop" };
  if (isAsked) return copiesPage(ports, { tombstone, round, counts });
  if (cursor === undefined) await ports.erasures.note(erasureIn(tombstone));
  const { items } = await ports.table.query({ pk: profilePk(profileId), limit: PAGE + 1 });
  const left = items.filter(({ sk }) => sk !== "STATE#PROFILE").slice(0, PAGE);
  if (left.length > 0) {
    await erasePage(ports, tombstone, left);
    return { next: "page", cursor: round, counts: plus(counts, left.length) };
  }
  await deleteAll(ports, profileId, [
    ...segments.map((segment) => memberKey(segment, profileId)),
    ...tombstone.addresses.map((pk) => holderKey(pk, profileId)),
  ]);
  await reopenReturned(ports, tombstone);
  await ports.erasures.note(erasureIn(tombstone));
  await wantLook(ports, { profileId, until: job.createdAt }, job);
  return copiesPage(ports, { tombstone, round, counts });
}

type Copies = { tombstone: Tombstone; round: 1 | 2; counts: Job["counts"] };

/** Nothing of the person is left in the table; what lies outside goes when no other erasure looks there. */
async function copiesPage(ports: Ports, { tombstone, round, counts }: Copies): Promise<PageResult> {
  const { profileId, by } = tombstone;
  const forgotten = await lookFor(ports, profileId);
  const now = ports.clock.now();
  const counted = plus(counts, forgotten ?? 0);
  const params: ErasureParams = { profileId, segments: [], round, done: counted["done"] as number };
  if (forgotten === undefined)
    return { next: "turn", until: now + TURN_MS, counts: counted, params: { ...params, isAsked: true } };
  if (round === 1) return { next: "wait", until: now + UNDER_WAY_MS, counts: counted, params: { ...params, round: 2 } };
  // Of the thousands that a retention may bring none is asked for again.
  return by === "retention" ? { next: "drop" } : { next: "end", state: "done", counts: counted };
}

const plus = (counts: Job["counts"], n: number): Job["counts"] => ({ ...counts, done: (counts["done"] ?? 0) + n });

const erasureIn = ({ version: _, ...erasure }: Tombstone): Erasure => erasure;

/** What items tell of where mail went is closed and remembered, as hashes, before they go. */
async function erasePage(ports: Ports, tombstone: Tombstone, items: Item[]): Promise<void> {
  const { profileId } = tombstone;
  const known = new Set(tombstone.addresses);
  const found = new Set((await addressesIn(ports, items)).filter((pk) => !known.has(pk)));
  // Closed once: somebody who comes back later must not be shut out by what is left to do here.
  for (const pk of found) await closeErased(ports, pk, tombstone);
  const addresses = [...known, ...found];
  if (found.size > 0) await rememberAddresses(ports, tombstone, { found: [...found], addresses });
  const sendIds = items.filter(({ sk }) => sk.startsWith("SEND#")).map((item) => readSend(item).send.id);
  if (sendIds.length > 0)
    for (const pk of addresses)
      await changeAddress(ports, addressKeyOf(pk), (address) => withoutSends(address, sendIds));
  // The marks of events before the events: nothing else knows them.
  const events = items.filter(({ sk }) => sk.startsWith("EVENT#")).map(readEvent);
  const marked = events.filter(({ declaredAt }) => declaredAt === undefined);
  await deleteAll(
    ports,
    profileId,
    marked.map(({ source, id }) => seenKey(source, id)),
  );
  await deleteAll(ports, profileId, items);
}

/** The tombstone says them, and what names the person by one of them leads to it. */
async function rememberAddresses(
  ports: Ports,
  tombstone: Tombstone,
  { found, addresses }: { found: string[]; addresses: string[] },
): Promise<void> {
  const { profileId } = tombstone;
  const claimed = await claimAddresses(ports, profileId, found);
  const identities = [...new Set([...tombstone.identities, ...claimed.identities])];
  await deleteAll(
    ports,
    profileId,
    found.map((pk) => holderKey(pk, profileId)),
  );
  // An item at a time: an event may have brought more addresses than one transaction takes.
  for (const claim of claimed.claims) await ports.table.write(claim);
  await ports.table.write(tombstoneWrite(tombstone, { identities, addresses }));
}

/** Partitions of the addresses that sends went to, or waited to go to, and of those that events brought. */
async function addressesIn(ports: Ports, items: Item[]): Promise<string[]> {
  const secret = await ports.secrets.get("identity");
  return items.flatMap((item): string[] => {
    if (item.sk.startsWith("SEND#")) {
      const { address, waitsAt } = readSend(item).ledger;
      return [address, waitsAt].flatMap((pk) => pk ?? []);
    }
    const said = item.sk.startsWith("EVENT#") ? (item["traits"] as JsonObject | undefined)?.["email"] : undefined;
    const email = typeof said === "string" ? normalAddress(said) : undefined;
    return email === undefined ? [] : [addressKey(secret, email).pk];
  });
}

/** The address without what it tells of these mails: claims, bounces, and that others wait for them. */
function withoutSends(address: Address, sendIds: string[]): Address {
  let changed = address;
  for (const id of sendIds) changed = withoutWaiting(withoutClaim(changed, id), id);
  const softBounces = changed.softBounces.filter(({ sendId }) => !sendIds.includes(sendId));
  return softBounces.length === changed.softBounces.length ? changed : { ...changed, softBounces };
}

async function deleteAll(ports: Ports, of: string, keys: readonly Key[]): Promise<void> {
  await inParallel(PARALLEL, [...keys], ({ pk, sk }) =>
    insist(ports, of, () => ports.table.write({ delete: { pk, sk } })),
  );
}
