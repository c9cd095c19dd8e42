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
  const settling = verdicts.filter((verdict) => verdict.is === decisive);
  const unknown = verdicts.some((verdict) => verdict.is === undefined);
  const is = settling.length > 0 ? decisive : unknown ? undefined : !decisive;
  const result: Verdict = { is };
  const since =
    settling.length > 0 ? settledSince(settling) : is === undefined ? undefined : latest(verdicts.map(sinceOf));
  if (since !== undefined) result.since = since;
  const flipAt = earliest(verdicts.map((verdict) => verdict.flipAt));
  if (flipAt !== undefined) result.flipAt = flipAt;
  return result;
}

const sinceOf = (verdict: Verdict) => verdict.since;

/** A whole that one part settles has been settled since the first of them did; a part that always was so settled it always. */
function settledSince(settling: Verdict[]): Instant | undefined {
  return settling.some((verdict) => verdict.since === undefined) ? undefined : earliest(settling.map(sinceOf));
}

/** The smallest instant of those given; `undefined` entries are passed over. */
export function earliest(instants: (Instant | undefined)[]): Instant | undefined {
  let result: Instant | undefined;
  for (const at of instants) if (at !== undefined && (result === undefined || at < result)) result = at;
  return result;
}

/** The largest instant of those given; `undefined` entries are passed over. */
export function latest(instants: (Instant | undefined)[]): Instant | undefined {
  let result: Instant | undefined;
  for (const at of instants) if (at !== undefined && (result === undefined || at > result)) result = at;
  return result;
}
