// Decides who is in which segment at an instant, and since when.
import { type Deciding, effect, factsAt, isFull, leaveBefore } from "./deciding.ts";
import type { Instant } from "./instant.ts";
import { earliest, type Verdict } from "./verdict.ts";

/**
 * A segment that was entered or left. `at`: when that became true, which may be long before it was noticed; not `isExact`
 * when the rule cannot tell, and `at` is when it was noticed.
 */
export type MembershipChange = { segment: string; change: "entered" | "left"; at: Instant; isExact: boolean };

/**
 * Brings the memberships up to the instant that is lived, and tells each change as it comes. Returns the earliest instant at
 * which one may change by time alone. The stored instant is when the rule became true, not when it was noticed. Unknown is
 * not a member. A full decision leaves the rest to the next one.
 */
export function settleMemberships(
  deciding: Deciding,
  onChange: (change: MembershipChange) => void,
): Instant | undefined {
  const { draft, catalogue, now } = deciding;
  const facts = factsAt(deciding, now);
  let flipAt: Instant | undefined;
  const tell = (change: MembershipChange) => {
    effect(deciding, { kind: `segment-${change.change}`, segment: change.segment, at: change.at });
    onChange(change);
  };
  for (const { id } of catalogue.segments) {
    const verdict = facts.segment(id);
    flipAt = earliest([flipAt, verdict.flipAt]);
    const changes = changesTo(deciding, id, verdict);
    if (changes.length > 0 && isFull(deciding)) continue;
    if (verdict.is === true) draft.memberships[id] = verdict.since as Instant;
    else delete draft.memberships[id];
    for (const change of changes) tell(change);
  }
  for (const id of Object.keys(draft.memberships)) {
    if (catalogue.segmentById.has(id) || isFull(deciding)) continue;
    delete draft.memberships[id];
    tell({ segment: id, change: "left", at: now, isExact: false });
  }
  return flipAt;
}

function changesTo(deciding: Deciding, segment: string, verdict: Verdict): MembershipChange[] {
  const { draft, now } = deciding;
  const enteredAt = draft.memberships[segment];
  if (verdict.is === true) return entering(deciding, { segment, enteredAt, since: verdict.since as Instant });
  if (enteredAt === undefined) return [];
  const isExact = verdict.since !== undefined;
  return [{ segment, change: "left", at: Math.min(verdict.since ?? now, now), isExact }];
}

/** What a membership that is there now came about by; a leave and a new entry since the last decision are caught up with. */
function entering(
  deciding: Deciding,
  member: { segment: string; enteredAt: Instant | undefined; since: Instant },
): MembershipChange[] {
  const { segment, enteredAt, since } = member;
  const entered: MembershipChange = { segment, change: "entered", at: since, isExact: true };
  if (enteredAt === undefined) return [entered];
  if (enteredAt >= since) return [];
  const leftAt = leaveBefore(deciding, segment, since);
  return leftAt !== undefined && leftAt >= enteredAt && leftAt < since
    ? [{ segment, change: "left", at: leftAt, isExact: true }, entered]
    : [];
}
