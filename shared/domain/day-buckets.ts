// Decides how values of events are added up: exactly, per UTC day or for all time, whatever the order of arrival.
import { type Instant, utcDay } from "./instant.ts";
import type { Json } from "./json.ts";
import { minorUnitsIn } from "./money.ts";
import type { Bucket } from "./profile.ts";

/**
 * Which property of an event is measured. `currency`: amounts of that currency count, else plain numbers. `days`: one
 * bucket per UTC day and no more than these days back; absent: one bucket of all time.
 */
export type Measure = { property: string; currency?: string; days?: number };

/** Larger numbers than this are not readable, so that totals stay exact. */
const MAX_NUMBER = 1e11;
const MILLION = 1e6;

/** The value as it is measured: amounts in minor units; `undefined` where it is not readable. */
export function measured(value: Json | undefined, currency: string | undefined): number | undefined {
  if (currency !== undefined) return minorUnitsIn(currency, value);
  return typeof value === "number" && Math.abs(value) <= MAX_NUMBER ? value : undefined;
}

/** One event alone. Fractions are kept to the sixth decimal. */
export function singleBucket(at: Instant, value: number | undefined): Bucket {
  if (value === undefined) return { lastAt: at, readable: 0, unreadable: 1, sum: 0, millionths: 0, min: 0, max: 0 };
  const sum = Math.trunc(value);
  const millionths = Math.round((value - sum) * MILLION);
  return { lastAt: at, readable: 1, unreadable: 0, sum, millionths, min: value, max: value };
}

/** Both together. Commutative and associative. */
export function joined(a: Bucket, b: Bucket): Bucket {
  const [readable, other] = a.readable === 0 ? [b, a] : [a, b];
  const both = other.readable > 0;
  return {
    lastAt: Math.max(a.lastAt, b.lastAt),
    readable: a.readable + b.readable,
    unreadable: a.unreadable + b.unreadable,
    sum: a.sum + b.sum,
    millionths: a.millionths + b.millionths,
    min: both ? Math.min(a.min, b.min) : readable.min,
    max: both ? Math.max(a.max, b.max) : readable.max,
  };
}

/** The buckets after one more event. Those older than the days that are asked for, seen from the newest one, are dropped. */
export function addToBuckets(known: Bucket[] = [], event: Bucket, days: number | undefined): Bucket[] {
  if (days === undefined) return [known[0] === undefined ? event : joined(known[0], event)];
  const day = utcDay(event.lastAt);
  const before = known.findLastIndex(({ lastAt }) => utcDay(lastAt) <= day);
  const same = known[before];
  const buckets =
    same !== undefined && utcDay(same.lastAt) === day
      ? known.with(before, joined(same, event))
      : known.toSpliced(before + 1, 0, event);
  const oldest = utcDay((buckets.at(-1) as Bucket).lastAt) - days;
  return buckets.filter(({ lastAt }) => utcDay(lastAt) >= oldest);
}

/** The total as a number: exact up to nine billion units, then to the precision of numbers. */
export function totalOf({ sum, millionths }: Pick<Bucket, "sum" | "millionths">): number {
  if (millionths === 0) return sum;
  const exact = sum * MILLION + millionths;
  return Number.isSafeInteger(exact) ? exact / MILLION : sum + millionths / MILLION;
}
