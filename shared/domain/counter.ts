// Decides what is counted per profile: one counter per (event type, property filter) that a published rule asks about.
import type { Instant } from "./instant.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Counter } from "./profile.ts";

/** `keep`: how many recent stamps. `matches`: the compiled property filter; absent when every event of the type counts. */
export type CounterSpec = {
  key: string;
  eventType: string;
  keep: number;
  matches?: (properties: JsonObject) => boolean;
};

/** Largest number of stamps a rule may ask for; one more is kept. */
export const MAX_THRESHOLD = 50;

/** The key of a counter: the event type, and the filter in a stable notation when there is one. */
export function counterKey(eventType: string, filter: Json | undefined): string {
  return filter === undefined ? eventType : `${eventType}?${JSON.stringify(filter)}`;
}

/** The counter after one more event; arrival order does not matter. */
export function count(counter: Counter | undefined, at: Instant, keep: number): Counter {
  if (counter === undefined) return { count: 1, recent: [at] };
  const position = counter.recent.findIndex((stamp) => stamp < at);
  const recent = position === -1 ? [...counter.recent, at] : counter.recent.toSpliced(position, 0, at);
  return { count: counter.count + 1, recent: recent.slice(0, keep) };
}

/** One spec per key, keeping the larger number of stamps; sorted by key so that equal sets are written alike. */
export function mergeSpecs(specs: CounterSpec[]): CounterSpec[] {
  const byKey = new Map<string, CounterSpec>();
  for (const spec of specs) {
    const other = byKey.get(spec.key);
    if (other === undefined || other.keep < spec.keep) byKey.set(spec.key, spec);
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
