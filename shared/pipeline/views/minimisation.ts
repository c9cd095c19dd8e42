// Decides what is stored and serves no purpose: names seen on a sample of profiles and events that nothing published uses.
import { OWN_SOURCE } from "../../domain/deciding.ts";
import type { Drop } from "../../domain/drop.ts";
import { DAY_MS, iso } from "../../domain/instant.ts";
import { type UsedFacts, userOf } from "../../domain/used-facts.ts";
import { eventListPks, LIST_SHARDS, profileKey, profileListPks } from "../keys.ts";
import { itemsAt } from "../pages.ts";
import type { Key, Ports } from "../ports.ts";
import { type EventRecord, readEvent } from "../records/event-record.ts";
import { readProfile, type StoredProfile } from "../records/profile-record.ts";

/** What was looked at. */
export type Sample = { profiles: StoredProfile[]; events: EventRecord[] };

/** `seen`: in how many profiles, or events, of the sample. */
export type UnusedTrait = { name: string; seen: number };
export type UnusedProperty = UnusedTrait & { type: string };
/** `events`: types of which nothing asks for anything. */
export type Unused = { traits: UnusedTrait[]; properties: UnusedProperty[]; events: string[] };

const PROFILES = 500;
const EVENTS = 1_000;
const DAYS_BACK = 30;

/**
 * Some profiles, by chance, since their ids are; and the newest events of others of the last 30 days. Cost: about 1,500 read
 * units at most.
 */
export async function takeSample(ports: Pick<Ports, "table" | "clock">): Promise<Sample> {
  const profiles = await profileKeys(ports);
  const events = await eventKeys(ports);
  return {
    profiles: (await itemsAt(ports.table, profiles)).flatMap((item) => ("traits" in item ? [readProfile(item)] : [])),
    events: (await itemsAt(ports.table, events)).map(readEvent).filter(({ source }) => source !== OWN_SOURCE),
  };
}

async function profileKeys({ table }: Pick<Ports, "table">): Promise<Key[]> {
  const limit = Math.ceil(PROFILES / LIST_SHARDS);
  const pages = await Promise.all(profileListPks.map((pk) => table.queryIndex("list", { pk, limit })));
  return pages.flatMap(({ items }) => items).map(({ pk }) => profileKey(pk.slice("PROFILE#".length)));
}

async function eventKeys({ table, clock }: Pick<Ports, "table" | "clock">): Promise<Key[]> {
  const keys: Key[] = [];
  for (let day = 0; day < DAYS_BACK && keys.length < EVENTS; day++) {
    const limit = Math.ceil((EVENTS - keys.length) / LIST_SHARDS);
    const pks = eventListPks(iso(clock.now() - day * DAY_MS).slice(0, 10));
    const pages = await Promise.all(pks.map((pk) => table.queryIndex("list", { pk, limit, newestFirst: true })));
    keys.push(...pages.flatMap(({ items }) => items.map(({ pk, sk }) => ({ pk, sk }))));
  }
  return keys;
}

/** What of the sample nothing uses and the door lets in, the most frequent first. */
export function unusedIn({ profiles, events }: Sample, used: UsedFacts, drop: Drop): Unused {
  const traits = new Map<string, number>();
  const properties = new Map<string, Map<string, number>>();
  for (const profile of profiles) count(traits, Object.keys(profile.traits));
  for (const { type, properties: fields } of events) {
    const ofType = properties.get(type) ?? new Map<string, number>();
    properties.set(type, ofType);
    count(ofType, Object.keys(fields));
  }
  const droppedOf = (type: string) => (Object.hasOwn(drop.properties, type) ? (drop.properties[type] ?? []) : []);
  return {
    traits: named(traits, (name) => userOf(used.traits, name) === undefined && !drop.traits.includes(name)),
    properties: [...properties]
      .flatMap(([type, names]) =>
        named(
          names,
          (name) => userOf(used.properties.get(type), name) === undefined && !droppedOf(type).includes(name),
        ).map((one) => ({ type, ...one })),
      )
      .toSorted((a, b) => b.seen - a.seen),
    events: [...properties.keys()].filter((type) => !used.events.has(type)).toSorted(),
  };
}

function count(counts: Map<string, number>, names: string[]): void {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
}

function named(counts: Map<string, number>, isUnused: (name: string) => boolean): UnusedTrait[] {
  return [...counts]
    .flatMap(([name, seen]) => (isUnused(name) ? [{ name, seen }] : []))
    .toSorted((a, b) => b.seen - a.seen || (a.name < b.name ? -1 : 1));
}
