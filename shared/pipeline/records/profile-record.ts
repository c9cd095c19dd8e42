// Decides how a profile is written into its item: short, because every event rewrites it.

import type { Json, JsonObject } from "../../domain/json.ts";
import type { Activity, Profile } from "../../domain/profile.ts";
import type { Trait } from "../../domain/trait.ts";
import { profileKey, profileList, SCHEMA } from "../keys.ts";
import type { Item } from "../ports.ts";
import { readCounter, type WrittenCounter, writeCounter } from "./counter-record.ts";

/** Hard bound of a profile's item; an event that would make it larger is rejected. */
export const MAX_PROFILE_BYTES = 32 * 1024;

/** What is kept in the profile's own item; consents, runs and the wake-up are items of their own. */
export type StoredProfile = Omit<Profile, "consents" | "runs" | "wakeAt">;

/** The item of a profile at its next version. Stamps of traits that were set together are written once. */
export function profileItem(profile: Profile): Item {
  const stamps: string[] = [];
  const stampIndex = (trait: Trait) => {
    const stamp = `${trait.at}|${trait.by}`;
    const known = stamps.indexOf(stamp);
    return known === -1 ? stamps.push(stamp) - 1 : known;
  };
  const traits = mapValues(profile.traits, (trait): Json => [trait.value, stampIndex(trait)]);
  return {
    ...profileKey(profile.id),
    ...profileList(profile.id),
    schema: SCHEMA,
    version: profile.version + 1,
    createdAt: profile.createdAt,
    ...(profile.firstHeardAt !== undefined && { firstHeardAt: profile.firstHeardAt }),
    identities: profile.identities,
    traits,
    stamps,
    activity: mapValues(profile.activity, writeActivity),
    counters: mapValues(profile.counters, writeCounter),
    ...(profile.purchaseDays && {
      days: [profile.purchaseDays.count, profile.purchaseDays.first, ...profile.purchaseDays.days],
    }),
    ...(profile.churn && { churn: profile.churn }),
    ...(profile.birthday && { birthday: profile.birthday as JsonObject }),
    memberships: profile.memberships,
    entries: profile.entries,
    ...(profile.urgentSends && { urgent: profile.urgentSends.map(({ id, rank, at }) => [id, rank, at]) }),
    settledAt: profile.settledAt,
    foldedBy: profile.foldedBy,
  };
}

function writeActivity({ count, firstAt, lastAt, sums }: Activity): Json {
  return sums === undefined ? [count, firstAt, lastAt] : [count, firstAt, lastAt, sums];
}

/** Reads a profile's own item back. */
export function readProfile(item: Item): StoredProfile {
  const stored = item as unknown as WrittenProfile;
  const stamps = stored.stamps.map((stamp) => {
    const bar = stamp.indexOf("|");
    return { at: Number(stamp.slice(0, bar)), by: stamp.slice(bar + 1) };
  });
  return {
    id: item.pk.slice("PROFILE#".length),
    version: stored.version,
    createdAt: stored.createdAt,
    ...(stored.firstHeardAt !== undefined && { firstHeardAt: stored.firstHeardAt }),
    identities: stored.identities,
    traits: mapValues(stored.traits, ([value, index]) => ({ value, ...(stamps[index] as { at: number; by: string }) })),
    activity: mapValues(
      stored.activity,
      ([count, firstAt, lastAt, sums]): Activity => ({ count, firstAt, lastAt, ...(sums && { sums }) }),
    ),
    counters: mapValues(stored.counters, readCounter),
    ...(stored.days && {
      purchaseDays: { count: stored.days[0] as number, first: stored.days[1] as number, days: stored.days.slice(2) },
    }),
    ...(stored.churn && { churn: stored.churn }),
    ...(stored.birthday && { birthday: stored.birthday }),
    memberships: stored.memberships,
    entries: stored.entries,
    ...(stored.urgent && { urgentSends: stored.urgent.map(([id, rank, at]) => ({ id, rank, at })) }),
    settledAt: stored.settledAt,
    foldedBy: stored.foldedBy,
  };
}

type WrittenProfile = {
  version: number;
  createdAt: number;
  firstHeardAt?: number;
  identities: string[];
  traits: Record<string, [Json, number]>;
  stamps: string[];
  activity: Record<string, [number, number, number, Record<string, number>?]>;
  counters: Record<string, WrittenCounter>;
  days?: number[];
  churn?: NonNullable<Profile["churn"]>;
  birthday?: NonNullable<Profile["birthday"]>;
  memberships: Record<string, number>;
  entries: Record<string, number>;
  urgent?: [string, number, number][];
  settledAt: number;
  foldedBy: Profile["foldedBy"];
};

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
