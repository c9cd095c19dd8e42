// Decides what the checks know beside the model: what small items said lately, who reserved what, and what the provider and
// the actors did, whatever the product made of it.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { Json } from "../../../shared/domain/json.ts";
import type { Item, Write } from "../../../shared/pipeline/ports.ts";
import type { Claim, SendSeen } from "../model.ts";
import type { Working, World } from "../stage.ts";
import { noteSaid } from "./acts.ts";

type Key = { pk: string; sk: string };
type Stored = { item: Item | undefined; since: Instant };
export type Shadow = { sendId: string; address: string; purpose: string; at: Instant; trueAt: Instant };
/** Places under a ceiling that an invocation reserved and did not give back, by the ceiling's key. */
export type Reserved = Map<string, number>;

export type Past = {
  /** What was stored under a key, latest last; older words than `KEPT_MS` are forgotten. */
  stored: Map<string, Stored[]>;
  versions: Map<string, number>;
  /** What the provider answered to the calls for a send: definite refusals. */
  refusals: Map<string, { kind: string; at: Instant }[]>;
  /** "Bounce p1@x.example": what the provider told of an address, or was about to. */
  reported: Set<string>;
  /** "Delivery <send id>": what was taken in for good. */
  heard: Set<string>;
  /** "pause promo", "suppress <address key>", "erase <address key>": what somebody began to do. */
  begun: Set<string>;
  /** Table keys of addresses on the provider's own list. */
  listed: Set<string>;
  /** Every address (table key) that a profile ever had. */
  had: Map<string, Set<string>>;
  shadows: Shadow[];
  reserved: Map<Working, Reserved>;
  /** Sends that wait: nobody judges them before they are handed out. */
  waits: Set<string>;
  /** Who writes at this moment. */
  writer: Working | undefined;
  /** Claims by who made them. */
  claimedBy: Map<Working, SendSeen[]>;
  claimants: Map<Claim, Working>;
  /** True instants of first commits of events, and of the latest word about a send. */
  eventAt: Map<string, Instant>;
  saidAt: Map<string, Instant>;
};

const pasts = new WeakMap<World, Past>();

export function pastOf(world: World): Past {
  let past = pasts.get(world);
  if (past === undefined) {
    past = {
      ...{ stored: new Map(), versions: new Map(), refusals: new Map(), reported: new Set(), heard: new Set() },
      ...{ begun: new Set(), listed: new Set(), had: new Map(), shadows: [], reserved: new Map() },
      ...{
        waits: new Set(),
        writer: undefined,
        claimedBy: new Map(),
        claimants: new Map(),
        eventAt: new Map(),
        saidAt: new Map(),
      },
    };
    pasts.set(world, past);
  }
  return past;
}

const KEPT_MS = 60_000;
/** Facts that were true this long before a word was written may have been read before they changed. */
export const FRESH_MS = 6_000;

const isKept = ({ pk, sk }: { pk: string; sk: string }) =>
  pk === "STOP" ||
  pk.startsWith("CEILING#") ||
  pk.startsWith("ADDRESS#") ||
  sk === "STATE#PROFILE" ||
  sk.startsWith("STATE#CONSENT#");

/** Notes what a transaction says, before anything is checked. */
export function noteWrites(world: World, writes: readonly Write[]): void {
  const past = pastOf(world);
  past.writer = world.writers.get(writes[0] as object);
  for (const write of writes) {
    if ("put" in write) {
      const { put } = write;
      if (isKept(put)) store(past, put, { item: put, since: world.scheduler.now });
      if (put.sk.startsWith("EVENT#")) noteEvent(world, past, put);
      else if (put.sk === "STATE#PROFILE") noteAddress(world, past, put);
    } else if ("delete" in write && isKept(write.delete))
      store(past, write.delete, { item: undefined, since: world.scheduler.now });
  }
}

function store(past: Past, { pk, sk }: { pk: string; sk: string }, stored: Stored): void {
  const name = `${pk} ${sk}`;
  const known = past.stored.get(name);
  if (known === undefined) {
    past.stored.set(name, [stored]);
    return;
  }
  known.push(stored);
  const second = known[1] as Stored;
  if (second.since < stored.since - KEPT_MS) known.shift();
}

/** Everything that was stored under a key within the last moments. */
export function lately(world: World, { pk, sk }: Key, ms = FRESH_MS): (Item | undefined)[] {
  const stored = pastOf(world).stored.get(`${pk} ${sk}`) ?? [];
  const from = world.scheduler.now - ms;
  const found: (Item | undefined)[] = [];
  for (let index = stored.length - 1; index >= 0; index--) {
    const { item, since } = stored[index] as Stored;
    found.push(item);
    if (since < from) return found;
  }
  return [...found, undefined];
}

/** What is stored under a key now. */
export function storedNow(world: World, pk: string, sk: string): Item | undefined {
  return pastOf(world).stored.get(`${pk} ${sk}`)?.at(-1)?.item;
}

function noteEvent(world: World, past: Past, item: Item): void {
  const name = `${item.pk} ${item.sk}`;
  if (past.eventAt.has(name)) return;
  past.eventAt.set(name, world.scheduler.now);
  noteSaid(world, item);
}

export type Told = Record<string, [Json, ...unknown[]]>;

/** A trait's text; blanks are none. */
export function textOf(traits: Told | undefined, name: string): string | undefined {
  const value = traits?.[name]?.[0];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The mailbox somebody named, if it is one. */
export function mailboxOf(traits: Told | undefined): string | undefined {
  const email = textOf(traits, "email")?.trim().toLowerCase();
  return email?.includes("@") ? email : undefined;
}

function noteAddress(world: World, past: Past, item: Item): void {
  const email = mailboxOf(item["traits"] as unknown as Told);
  if (email === undefined) return;
  const profileId = item.pk.slice(8);
  const had = past.had.get(profileId) ?? new Set();
  past.had.set(profileId, had.add(world.observer.pkOf(email)));
}

/** Faults after which something may stay behind: a worker that ended in the middle, or a write of which nobody knows. */
const ROUGH = [
  "crash-before",
  "crash-after",
  "worker-timeout",
  "table-throttled",
  "table-answer-lost",
  "table-conflict",
];

/** A worker whose clock goes back while it waits takes an old reading of the switches for a fresh one. */
export function switchesFreshMs({ faults }: World): number {
  const { reached } = faults as unknown as { reached: Record<string, number> };
  return (reached["clock-back"] ?? 0) > 0 ? 45_000 : 2 * FRESH_MS;
}

/** Whether a worker may have left something half done. */
export function isRough({ faults }: World): boolean {
  const { reached } = faults as unknown as { reached: Record<string, number> };
  return ROUGH.some((name) => (reached[name] ?? 0) > 0);
}
