// Decides who is in which segment at an instant, and since when.
import { type Deciding, factsAt } from "./deciding.ts";
import type { Instant } from "./instant.ts";
import { earliest } from "./verdict.ts";

/**
 * Brings the memberships up to the time of the decision and returns the earliest instant at which one may change by time
 * alone. `enteredAt` is when the rule became true, not when it was noticed. Unknown is not a member.
 */
export function settleMemberships(deciding: Deciding): Instant | undefined {
  const { draft, effects, catalogue, now } = deciding;
  const facts = factsAt(deciding, now);
  const flips: (Instant | undefined)[] = [];
  for (const { id } of catalogue.segments) {
    const verdict = facts.segment(id);
    flips.push(verdict.flipAt);
    const enteredAt = draft.memberships[id];
    if (verdict.is === true) {
      const since = Math.min(verdict.since ?? draft.createdAt, now);
      if (enteredAt === undefined) effects.push({ kind: "segment-entered", segment: id, at: since });
      const earlier =
        enteredAt !== undefined && enteredAt < since ? stayedSince(deciding, { id, enteredAt, since }) : undefined;
      draft.memberships[id] = earlier ?? since;
    } else if (enteredAt !== undefined) {
      delete draft.memberships[id];
      effects.push({ kind: "segment-left", segment: id, at: Math.min(verdict.since ?? now, now) });
    }
  }
  for (const id of Object.keys(draft.memberships)) {
    if (catalogue.segments.some((segment) => segment.id === id)) continue;
    delete draft.memberships[id];
    effects.push({ kind: "segment-left", segment: id, at: now });
  }
  return earliest(flips);
}

/**
 * Whether an earlier entry still counts: yes, unless the rule was false just before it became true again. A leave and a
 * new entry between two decisions is caught up with here.
 */
function stayedSince(
  deciding: Deciding,
  member: { id: string; enteredAt: Instant; since: Instant },
): Instant | undefined {
  const { id, enteredAt, since } = member;
  const before = factsAt(deciding, since - 1).segment(id);
  if (before.is !== false) return enteredAt;
  const leftAt = before.since;
  if (leftAt !== undefined && leftAt > enteredAt) {
    deciding.effects.push(
      { kind: "segment-left", segment: id, at: leftAt },
      { kind: "segment-entered", segment: id, at: since },
    );
  }
  return undefined;
}
