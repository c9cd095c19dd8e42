// Decides what is counted per profile: one counter per (event type, property filter) that a published rule asks about.
import { addToBuckets, type Measure, measured, singleBucket } from "./day-buckets.ts";
import type { Event } from "./event.ts";
import { eventKey } from "./event-key.ts";
import type { Instant } from "./instant.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Counter } from "./profile.ts";
import { propertyAt } from "./property-at.ts";

/** `keep`: how many recent stamps. `matches`: the compiled property filter; absent when every event of the type counts. */
export type CounterSpec = {
  key: string;
  eventType: string;
  keep: number;
  matches?: (properties: JsonObject) => boolean;
  /** Property whose value is kept beside each stamp (`Counter.values`); events without it are not counted. */
  keyProperty?: string;
  /** Whether the first stamp of all is kept too. */
  first?: true;
  /** What is added up in buckets (`Counter.buckets`). */
  measure?: Measure;
};

/** Largest number of stamps a rule may ask for; one more is kept. */
export const MAX_THRESHOLD = 50;

/** Rises when counters are kept in another shape, so that every profile is counted anew. */
const SHAPE = 2;

/** The key of a counter: the event type, the filter in a stable notation when there is one, and what tells events apart. */
export function counterKey(eventType: string, filter: Json | undefined, keyProperty?: string): string {
  const filtered = filter === undefined ? eventType : `${eventType}?${JSON.stringify(filter)}`;
  return keyProperty === undefined ? filtered : `${filtered}@${keyProperty}`;
}

/** The key of a counter that measures a property. */
export function measureKey(counter: string, { property, currency, days }: Measure): string {
  return `${counter}#${property}${currency === undefined ? "" : ` ${currency}`}${days === undefined ? "" : " by day"}`;
}

/** Counts one event under every spec of its type, in place; arrival order does not matter. */
export function countEvent(
  counters: Record<string, Counter>,
  event: Pick<Event, "occurredAt" | "properties">,
  specs: readonly CounterSpec[],
): void {
  for (const spec of specs) {
    if (spec.matches !== undefined && !spec.matches(event.properties)) continue;
    const value = spec.keyProperty === undefined ? undefined : eventKey(event.properties, spec.keyProperty);
    if (spec.keyProperty !== undefined && value === undefined) continue;
    counters[spec.key] = counterAfter(counters[spec.key], event, { spec, value });
  }
}

function counterAfter(
  known: Counter | undefined,
  { occurredAt, properties }: Pick<Event, "occurredAt" | "properties">,
  { spec, value }: { spec: CounterSpec; value: string | undefined },
): Counter {
  const counter: Counter = {
    ...withStamp(known, { at: occurredAt, value }, spec.keep),
    count: (known?.count ?? 0) + 1,
  };
  if (spec.first) counter.firstAt = Math.min(known?.firstAt ?? occurredAt, occurredAt);
  if (spec.measure !== undefined) {
    const { property, currency, days } = spec.measure;
    const one = singleBucket(occurredAt, measured(propertyAt(properties, property), currency));
    counter.buckets = addToBuckets(known?.buckets, one, days);
  }
  return counter;
}

/** Newest first; of equal stamps by value, so that which of them is kept does not hang on the order of arrival. */
function withStamp(
  known: Counter | undefined,
  { at, value }: { at: Instant; value: string | undefined },
  keep: number,
): Pick<Counter, "recent" | "values"> {
  const { recent = [], values = [] } = known ?? {};
  const later = recent.findIndex(
    (stamp, index) => stamp < at || (value !== undefined && stamp === at && (values[index] as string) > value),
  );
  const position = later === -1 ? recent.length : later;
  const stamps = { recent: recent.toSpliced(position, 0, at).slice(0, keep) };
  return value === undefined ? stamps : { ...stamps, values: values.toSpliced(position, 0, value).slice(0, keep) };
}

/** One spec per key that keeps what any of them needs; sorted by key so that equal sets are written alike. */
export function mergeSpecs(specs: CounterSpec[]): CounterSpec[] {
  const byKey = new Map<string, CounterSpec>();
  for (const spec of specs) {
    const other = byKey.get(spec.key);
    byKey.set(spec.key, other === undefined ? spec : merged(other, spec));
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function merged(a: CounterSpec, b: CounterSpec): CounterSpec {
  const wider = (a.measure?.days ?? 0) < (b.measure?.days ?? 0) ? b.measure : a.measure;
  return {
    ...a,
    keep: Math.max(a.keep, b.keep),
    ...((a.first ?? b.first) && { first: true }),
    ...(wider !== undefined && { measure: wider }),
  };
}

/** Everything a spec keeps, in words that are equal only for equal specs: what the hash of a set of counters is made of. */
export function specText({ key, keep, first, measure }: CounterSpec): string {
  return JSON.stringify([SHAPE, key, keep, first ?? false, measure?.days ?? 0]);
}
