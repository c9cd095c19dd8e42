// Decides what values added up per UTC day come to at an instant, since when and until when, as days leave the window.
import { joined } from "./day-buckets.ts";
import { DAY_MS, type Instant, utcDay } from "./instant.ts";
import type { Bucket } from "./profile.ts";
import { type Truth, type Verdict, verdictOf } from "./verdict.ts";

/** What is said of all that lies in the window; `undefined`: nothing does. */
export type Judge = (all: Bucket | undefined) => Truth;

const isSingle = ({ readable, unreadable }: Bucket) => readable + unreadable === 1;

/** Whether a day's bucket is known to lie wholly after the instant: of a later day, or of one event later that day. */
const isLater = (bucket: Bucket, at: Instant) =>
  bucket.lastAt > at && (isSingle(bucket) || utcDay(bucket.lastAt) > utcDay(at));

/** The buckets of the window of `days` UTC days that ends with the day of `at`, together. */
export function inWindow(buckets: Bucket[], at: Instant, days: number): Bucket | undefined {
  const first = utcDay(at) - days + 1;
  let result: Bucket | undefined;
  for (const bucket of buckets) {
    if (utcDay(bucket.lastAt) < first || isLater(bucket, at)) continue;
    result = result === undefined ? bucket : joined(result, bucket);
  }
  return result;
}

/** The bucket of all time. Of several events it cannot be told how they stood in the past. */
export function ofAllTime([all]: Bucket[], at: Instant): Bucket | undefined {
  return all !== undefined && all.lastAt > at && isSingle(all) ? undefined : all;
}

/** All time: what it is now became so with the latest event at the latest. */
export function judgeAllTime(buckets: Bucket[], at: Instant, judge: Judge): Verdict {
  const all = ofAllTime(buckets, at);
  return verdictOf(judge(all), all?.lastAt);
}

/**
 * A window of whole UTC days: a day's bucket leaves it at the start of a day, so the verdict can only turn then. `since` is
 * such a start of a day, or the last event of the latest day, as far back as the kept buckets tell.
 */
export function judgeWindow(
  { buckets, days }: { buckets: Bucket[]; days: number },
  at: Instant,
  judge: Judge,
): Verdict {
  const past = buckets.filter((bucket) => !isLater(bucket, at));
  const leavesAt = (bucket: Bucket) => (utcDay(bucket.lastAt) + days) * DAY_MS;
  const truths = truthsFrom(past, judge);
  const start = past.findIndex((bucket) => leavesAt(bucket) > at);
  const inside = start === -1 ? past.length : start;
  const is = truths[inside];
  const turn = truths.findIndex((truth, index) => index > inside && truth !== is);
  const flipAt = turn === -1 ? undefined : leavesAt(past[turn - 1] as Bucket);
  return verdictOf(is, sinceOf(past, { truths, inside, leavesAt }), flipAt);
}

/** What is said of the buckets from each place on to the end; last of nothing at all. */
function truthsFrom(buckets: Bucket[], judge: Judge): Truth[] {
  const truths: Truth[] = [judge(undefined)];
  let rest: Bucket | undefined;
  for (let index = buckets.length - 1; index >= 0; index--) {
    const bucket = buckets[index] as Bucket;
    rest = rest === undefined ? bucket : joined(bucket, rest);
    truths.push(judge(rest));
  }
  return truths.reverse();
}

/** Goes back over the days that left since the newest bucket came; what was before that one came is judged without it. */
function sinceOf(
  past: Bucket[],
  now: { truths: Truth[]; inside: number; leavesAt: (bucket: Bucket) => Instant },
): Instant | undefined {
  const { truths, inside, leavesAt } = now;
  const newest = past.at(-1);
  if (newest === undefined) return undefined;
  for (let index = inside - 1; index >= 0; index--) {
    const leftAt = leavesAt(past[index] as Bucket);
    if (leftAt <= newest.lastAt) break;
    if (truths[index] !== truths[inside]) return leftAt;
  }
  return newest.lastAt;
}
