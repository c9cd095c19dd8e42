// Decides how truth is counted: three values, since when, and until when if nothing happens.
import type { Instant } from "./instant.ts";

/** `true`, `false`, or `undefined` for unknown. Unknown never matches, and `not unknown` is unknown. */
export type Truth = boolean | undefined;

/**
 * A truth at one instant. `since`: when it became so (absent: always, or not known). `flipAt`: the earliest instant at
 * which it may change if nothing happens: may be early, never late; absent: never by time alone.
 */
export type Verdict = { is: Truth; since?: Instant; flipAt?: Instant };

export const TRUE: Verdict = { is: true };
export const FALSE: Verdict = { is: false };
export const UNKNOWN: Verdict = { is: undefined };

/** Negation; unknown stays unknown. */
export function not(verdict: Verdict): Verdict {
  return verdict.is === undefined ? verdict : { ...verdict, is: !verdict.is };
}

/** A verdict without the instants that are not known. */
export function verdictOf(is: Truth, since: Instant | undefined, flipAt?: Instant): Verdict {
  const verdict: Verdict = { is };
  if (since !== undefined) verdict.since = since;
  if (flipAt !== undefined) verdict.flipAt = flipAt;
  return verdict;
}

/** True when all are true, false when one is false, else unknown. An empty list is true. */
export function all(verdicts: Verdict[]): Verdict {
  return combine(verdicts, false);
}

/** True when one is true, false when all are false, else unknown. An empty list is false. */
export function any(verdicts: Verdict[]): Verdict {
  return combine(verdicts, true);
}

/** `decisive` is the value of one part that settles the whole: false for all, true for any. */
function combine(verdicts: Verdict[], decisive: boolean): Verdict {
  let unknown = false;
  let settled = false;
  let settledSince: Instant | undefined = Number.POSITIVE_INFINITY;
  let latestSince: Instant | undefined;
  let flipAt: Instant | undefined;
  for (const { is, since, flipAt: flip } of verdicts) {
    if (flip !== undefined && (flipAt === undefined || flip < flipAt)) flipAt = flip;
    if (since !== undefined && (latestSince === undefined || since > latestSince)) latestSince = since;
    if (is === undefined) unknown = true;
    if (is !== decisive) continue;
    settled = true;
    // A whole that one part settles has been settled since the first of them did; a part that always was so settled it always.
    settledSince = since === undefined || settledSince === undefined ? undefined : Math.min(settledSince, since);
  }
  if (settled) return verdictOf(decisive, settledSince, flipAt);
  return unknown ? verdictOf(undefined, undefined, flipAt) : verdictOf(!decisive, latestSince, flipAt);
}

/** The smallest instant of those given; `undefined` entries are passed over. */
export function earliest(instants: (Instant | undefined)[]): Instant | undefined {
  let result: Instant | undefined;
  for (const at of instants) if (at !== undefined && (result === undefined || at < result)) result = at;
  return result;
}
