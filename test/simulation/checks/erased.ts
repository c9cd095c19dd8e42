// Decides whether an erasure erases: nothing of the person comes back but by their own word, and in the end nothing is left but
// a tombstone and keyed hashes.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Item, Write } from "../../../shared/pipeline/ports.ts";
import { FORM } from "../catalogues.ts";
import type { ErasedSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { type AddressSaid, isClosedFor } from "./addresses.ts";
import { erasingOf } from "./erasings.ts";
import { pastOf, storedNow } from "./past.ts";

/** Since when the item in a profile's place is a tombstone. */
export const erasedAtOf = (item: Item): Instant | undefined => item["erasedAt"] as Instant | undefined;

/** Whether somebody who has or had the address is to be erased. */
export function isErasing(world: World, pk: string): boolean {
  const { begun } = erasingOf(world);
  if (begun.size === 0) return false;
  if (begun.has(pk)) return true;
  const whom = [...begun, ...world.observer.erased.keys()];
  return whom.some((profileId) => isOf(world, profileId, pk));
}

/** Whether somebody had the address, or a call gave it as theirs. */
export function isOf(world: World, profileId: string, pk: string): boolean {
  if (pastOf(world).had.get(profileId)?.has(pk)) return true;
  const emails = world.log.emailsOf.get(world.log.userBehind.get(profileId) ?? "") ?? [];
  return [...emails].some((email) => world.observer.pkOf(email) === pk);
}

const KEPT_AS_IT_IS = /^(SEND|EVENT|ENTRY|PROOF|STATE#PROFILE|STATE#CONSENT)/;

/** Asked for every transaction: what goes away belongs to somebody who is erased, and nothing is put where they were. */
export function checkForgotten(world: World, writes: readonly Write[]): void {
  if (world.observer.erased.size > 0) checkReturn(world, eventsIn(writes));
  for (const write of writes) {
    if ("delete" in write) checkDeleted(world, write.delete);
    if ("put" in write && write.put.pk.startsWith("PROFILE#")) checkPut(world, write.put);
    if ("put" in write && write.put.pk.startsWith("JOB#erasure#") && write.put["state"] === "done")
      erasingOf(world).over.add(write.put.pk.slice("JOB#erasure#".length));
  }
}

const eventsIn = (writes: readonly Write[]) =>
  writes.flatMap((write) => ("put" in write && write.put.sk.startsWith("EVENT#") ? [write.put] : []));

function checkDeleted(world: World, { pk, sk }: { pk: string; sk: string }): void {
  if (pk.startsWith("PROFILE#") && KEPT_AS_IT_IS.test(sk) && !world.observer.erased.has(pk.slice(8)))
    world.violation("erasure", `${sk} of ${pk} was deleted, and nobody erased it`);
}

function checkPut(world: World, item: Item): void {
  const { pk, sk } = item;
  const profileId = pk.slice(8);
  const { begun, over } = erasingOf(world);
  if (sk === "STATE#PROFILE") {
    if (erasedAtOf(item) !== undefined && !begun.has(profileId) && !isErasedByAddress(world, profileId))
      world.violation("erasure", `${profileId} was erased, and nobody asked for it`);
    if (erasedAtOf(item) === undefined && world.observer.erased.has(profileId))
      world.violation("erasure", `${profileId} was erased and is there again`);
    return;
  }
  if (over.has(profileId)) world.violation("erasure", `${sk} of ${profileId} is put after the erasure was over`);
}

const isErasedByAddress = (world: World, profileId: string) =>
  [...(pastOf(world).had.get(profileId) ?? [])].some((pk) => erasingOf(world).begun.has(pk));

/** A new profile of somebody who was erased begins with their own act, accepted later, and takes nothing from before. */
function checkReturn(world: World, events: readonly Item[]): void {
  const { first } = erasingOf(world);
  for (const item of events) {
    const profileId = item.pk.slice(8);
    if (world.observer.erased.has(profileId)) {
      world.violation("erasure", `the event ${item["id"]} is put at the erased ${profileId}`);
      continue;
    }
    const user = world.log.userOf.get(String(item["id"]));
    const before = formerOf(world, user, profileId);
    if (before === undefined) continue;
    if ((item["receivedAt"] as Instant) < before.erasedAt)
      world.violation("erasure", `the event ${item["id"]} was accepted before ${before.id} was erased, and applied`);
    if (first.has(profileId)) continue;
    first.add(profileId);
    if (!events.some((one) => one["source"] === FORM))
      world.violation("erasure", `${user} was erased and is there again by ${item["id"]} of ${item["source"]}`);
  }
}

/** Who somebody was before they were erased. */
function formerOf(world: World, user: string | undefined, profileId: string): ErasedSeen | undefined {
  if (user === undefined) return undefined;
  const { erased } = world.observer;
  let found: ErasedSeen | undefined;
  for (const one of erased.values()) if (one.id !== profileId && world.log.userBehind.get(one.id) === user) found = one;
  return found;
}

/**
 * Whether an event may be missing: somebody began to erase its person, or another one whose address it would give them, and it
 * is no act of their own after that.
 */
export function mayBeForgotten(world: World, eventId: string): boolean {
  const { userOf, emailIn, erasing, returned } = world.log;
  if (returned.has(eventId)) return false;
  const email = emailIn.get(eventId);
  if (email !== undefined && isErasing(world, world.observer.pkOf(email))) return true;
  return erasing.has(userOf.get(eventId) ?? "");
}

/**
 * What may still say the opaque id in the end. COPIES: that a look was asked for, by a second run of the job that was cut off as
 * the first one ended it; the next look of any erasure takes it away.
 */
const MAY_NAME = /^(IDENTITY#|JOB#erasure#|AUDIT|AUDITED|COPIES)/;

/** Everything is read: nothing tells of who was erased. */
export async function checkErased(world: World): Promise<void> {
  const { erased } = world.observer;
  if (erased.size === 0) return;
  const told = [...erased.values()].map((one) => ({ one, words: wordsOf(world, one) }));
  for (let after: string | undefined; ; ) {
    const page = await world.table.scan({ segment: 0, segments: 1, ...(after !== undefined && { after }) });
    for (const item of page.items) for (const { one, words } of told) checkItem(world, { item, one, words });
    if (page.next === undefined) break;
    after = page.next;
  }
  for (const message of world.rejected) {
    const text = JSON.stringify(message);
    for (const { one, words } of told)
      if (words.some((word) => text.includes(word)) && !isLater(message, one))
        world.violation("erasure", `a rejected message tells of the erased ${one.id}: ${text.slice(0, 200)}`);
  }
  for (const { one } of told) {
    checkShut(world, one);
    checkNoted(world, one);
  }
}

/** Beside the table it is known, too, so that a restored one forgets again: since when, and what was closed. */
function checkNoted(world: World, { id, erasedAt }: ErasedSeen): void {
  const noted = world.erasures.get(id);
  const stored = storedNow(world, `PROFILE#${id}`, "STATE#PROFILE");
  const isWhole = (name: "identities" | "addresses") =>
    ((stored?.[name] as string[] | undefined) ?? []).every((pk) => noted?.[name].includes(pk));
  if (noted?.erasedAt !== erasedAt || !isWhole("identities") || !isWhole("addresses"))
    world.violation("erasure", `what is noted of the erasure of ${id} is ${JSON.stringify(noted)}`);
}

/** By the clock of who erased, or of who accepted. */
const SKEW_MS = 65_000;

function isLater(message: object, { erasedAt }: ErasedSeen): boolean {
  const time = (message as { message?: { time?: string } }).message?.time;
  return time !== undefined && Date.parse(time) + SKEW_MS >= erasedAt;
}

/** Texts that are theirs alone. */
function wordsOf(world: World, { id }: ErasedSeen): string[] {
  const user = world.log.userBehind.get(id);
  const isBack = user !== undefined && world.log.profileOf.get(user) !== id;
  const others = [...world.log.emailsOf].flatMap(([other, emails]) => (other === user ? [] : [...emails]));
  const emails = [...(world.log.emailsOf.get(user ?? "") ?? [])].filter((email) => !isBack && !others.includes(email));
  return [...(user === undefined || isBack ? [] : [`"${user}"`, `:${user}"`]), ...emails];
}

function checkItem(world: World, { item, one, words }: { item: Item; one: ErasedSeen; words: string[] }): void {
  const { pk, sk } = item;
  if (pk === `PROFILE#${one.id}` && sk === "STATE#PROFILE") return;
  const text = JSON.stringify(item);
  const isNamed = text.includes(one.id) && !MAY_NAME.test(pk);
  if (isNamed) world.violation("erasure", `${pk} ${sk} names the erased ${one.id}`);
  const word = words.find((each) => text.includes(each));
  if (word !== undefined) world.violation("erasure", `${pk} ${sk} still says ${word} of the erased ${one.id}`);
}

/** Every address they had is closed, unless somebody who has it came back. */
function checkShut(world: World, { id, erasedAt }: ErasedSeen): void {
  for (const pk of pastOf(world).had.get(id) ?? []) {
    const said = storedNow(world, pk, "ADDRESS")?.["address"] as AddressSaid | undefined;
    const isShut = said !== undefined && isClosedFor(said, "erasure");
    if (!isShut && !world.log.lifted.has(pk))
      world.violation("erasure", `${pk} of ${id}, erased at ${erasedAt}, is open`);
  }
}
