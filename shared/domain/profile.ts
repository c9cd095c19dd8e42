// Decides what is known of one person: the state that `decide` reads and returns.
import type { Consent } from "./consent.ts";
import type { Instant } from "./instant.ts";
import type { PurchaseDays } from "./purchase-days.ts";
import type { Run } from "./run.ts";
import type { Traits } from "./trait.ts";

/** Everything ever seen of one event type. `sums`: totals of the property `amount` in minor units, per currency. */
export type Activity = { count: number; firstAt: Instant; lastAt: Instant; sums?: Record<string, number> };

/** What a published rule counts, see counter.ts. `recent`: the most recent stamps, newest first. */
export type Counter = {
  count: number;
  recent: Instant[];
  /** Beside each stamp the value of the spec's `keyProperty`, as `eventKey` writes it. */
  values?: string[];
  /** The first stamp of all, where a rule asks for it. */
  firstAt?: Instant;
  /** What was measured, ascending: one bucket per UTC day that has events, or a single one of all time. */
  buckets?: Bucket[];
};

/** A property's values over some events: money in minor units; `sum` in whole units and `millionths` of one. */
export type Bucket = {
  /** When the latest of the events happened, the unreadable ones included. */
  lastAt: Instant;
  /** Events with a readable value. */
  readable: number;
  /** Events without one: missing, of another type, in another currency. */
  unreadable: number;
  sum: number;
  millionths: number;
  /** 0 where nothing is readable. */
  min: number;
  max: number;
};

/** When this profile becomes at risk, and what that was computed from (days, see churn.ts). */
export type Churn = { atRiskAt: Instant; lastAt: Instant; gapDays: number; shopGapDays: number; detected: boolean };

/** The next birthday to celebrate, and the last birthday year (of the profile's zone) that was reached. */
export type Birthday = { nextAt?: Instant; reachedYear?: number };

export type Profile = {
  /** Opaque. */
  id: string;
  /** Writes so far; 0 for a profile that is not stored yet. */
  version: number;
  createdAt: Instant;
  /** When Relance first heard of them, by its own clock, once; absent of whom it heard before it kept this. */
  firstHeardAt?: Instant;
  /** How sources name this person, as "kind:value". */
  identities: string[];
  traits: Traits;
  /** Per event type. */
  activity: Record<string, Activity>;
  /** Per counter key, see counter.ts. */
  counters: Record<string, Counter>;
  purchaseDays?: PurchaseDays;
  churn?: Churn;
  birthday?: Birthday;
  /** Per purpose. */
  consents: Record<string, Consent>;
  /** Segment id → when it was entered. */
  memberships: Record<string, Instant>;
  /** Campaign id → last entry. */
  entries: Record<string, Instant>;
  /** Live runs. */
  runs: Run[];
  /** Sends of the last minutes that others wait for (see urgent-sends.ts): rank of their priority, and when they were intended. */
  urgentSends?: { id: string; rank: number; at: Instant }[];
  /** Everything that time alone brings is settled up to here. */
  settledAt: Instant;
  /** The stored wake-up, a lower bound of the next change by time alone. */
  wakeAt?: Instant;
  /** What this state was decided under: hash of the set of counters, and sequence number of the catalogue. */
  foldedBy: { counters: string; seq: number };
};

/** A profile of which nothing is known yet. Time before `at` is settled: nothing of it fires. */
export function newProfile(id: string, at: Instant, foldedBy: Profile["foldedBy"]): Profile {
  return {
    id,
    version: 0,
    createdAt: at,
    identities: [],
    traits: {},
    activity: {},
    counters: {},
    consents: {},
    memberships: {},
    entries: {},
    runs: [],
    settledAt: at,
    foldedBy,
  };
}

/** A copy whose parts may be changed without touching the original (values inside traits are shared and never changed). */
export function draftOf(profile: Profile): Profile {
  return {
    ...profile,
    traits: { ...profile.traits },
    activity: { ...profile.activity },
    counters: { ...profile.counters },
    consents: { ...profile.consents },
    memberships: { ...profile.memberships },
    entries: { ...profile.entries },
    runs: [...profile.runs],
  };
}
