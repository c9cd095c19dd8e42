// Decides how often an event happened up to an instant, since when and until when, from the stamps that a counter keeps.
import type { Instant } from "./instant.ts";
import type { Counter } from "./profile.ts";
import { FALSE, TRUE, type Truth, UNKNOWN, type Verdict } from "./verdict.ts";

/** Which events count: those of the window that ends at `at`, and those after an instant; without either all up to `at`. */
export type Span = { at: Instant; windowMs: number | undefined; after: Instant | undefined };

/** How many of the kept stamps, newest first, are later than the instant. */
function laterThan(recent: Instant[], at: Instant): number {
  let later = 0;
  while (later < recent.length && (recent[later] as Instant) > at) later++;
  return later;
}

/** The newest stamp up to an instant; `undefined` when there is none, or none is kept. */
export function lastUpTo(counter: Counter | undefined, at: Instant): Instant | undefined {
  return counter?.recent[laterThan(counter.recent, at)];
}

/**
 * Whether the event happened at least n times in the span (a stamp exactly one window old is out). Unknown at an instant so
 * long ago that the stamps that would tell are not kept; never at an instant from the last event on, when more than n are.
 */
export function happenedAtLeast(counter: Counter | undefined, n: number, span: Span): Truth {
  if (n === 0) return true;
  if (counter === undefined) return false;
  const { recent, count } = counter;
  const later = laterThan(recent, span.at);
  if (count - later < n) return false;
  const nth = recent[later + n - 1];
  if (nth !== undefined) return isWithin(nth, span);
  if (later === recent.length) return undefined;
  // The n-th is forgotten: it is older than the oldest one that is kept.
  if (span.windowMs === undefined && span.after === undefined) return true;
  return isWithin(recent.at(-1) as Instant, span) ? undefined : false;
}

function isWithin(stamp: Instant, { at, windowMs, after }: Span): boolean {
  return (windowMs === undefined || at - stamp < windowMs) && (after === undefined || stamp > after);
}

/** The same with since when and until when. `firstAt`: the first event of all, where it is known. */
export function atLeast(counter: Counter | undefined, n: number, span: Span & { firstAt?: Instant }): Verdict {
  const is = happenedAtLeast(counter, n, span);
  if (is === undefined) return UNKNOWN;
  if (n === 0 || counter === undefined) return is ? TRUE : FALSE;
  const { at, windowMs, after } = span;
  const upTo = counter.recent.slice(laterThan(counter.recent, at));
  if (windowMs === undefined && after === undefined) {
    const forgotten = counter.count - counter.recent.length;
    return is ? { is, since: (n === 1 ? span.firstAt : undefined) ?? reachedAt(upTo, n, forgotten) } : FALSE;
  }
  const recent = after === undefined ? upTo : upTo.filter((stamp) => stamp > after);
  if (is) {
    const since = heldSince(recent, n, windowMs ?? Number.POSITIVE_INFINITY);
    return windowMs === undefined ? { is, since } : { is, since, flipAt: (recent[n - 1] as Instant) + windowMs };
  }
  const forgotten = counter.count > counter.recent.length && recent.length === upTo.length;
  const lostAt = windowMs === undefined ? undefined : lostSince(recent, { n, windowMs, forgotten });
  return lostAt === undefined ? FALSE : { is, since: lostAt };
}

/** When the n-th event happened; where its stamp is forgotten, the oldest one that is kept. */
function reachedAt(recent: Instant[], n: number, forgotten: number): Instant {
  return recent[Math.min(recent.length - 1, recent.length + forgotten - n)] as Instant;
}

/** Since when the window has held n without a break, as far back as the kept stamps tell. */
function heldSince(recent: Instant[], n: number, windowMs: number): Instant {
  let since = recent[0] as Instant;
  for (let index = 1; ; index++) {
    const nth = recent[index + n - 1];
    if (nth === undefined || nth + windowMs < since) return since;
    const newest = recent[index] as Instant;
    if (newest - nth < windowMs) since = newest;
  }
}

/**
 * When the window last ceased to hold n; `undefined` when the stamps were never close enough. `forgotten`: there were older
 * ones, so it may have held n until the oldest one left.
 */
function lostSince(
  recent: Instant[],
  { n, windowMs, forgotten }: { n: number; windowMs: number; forgotten: boolean },
): Instant | undefined {
  const last = recent.findIndex((newest, index) => newest - (recent[index + n - 1] ?? -Infinity) < windowMs);
  if (last !== -1) return (recent[last + n - 1] as Instant) + windowMs;
  const oldest = recent.at(-1);
  return forgotten && oldest !== undefined ? oldest + windowMs : undefined;
}
