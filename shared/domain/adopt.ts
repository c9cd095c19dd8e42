// Decides how a profile meets rules that were published since its last decision: memberships are brought in line, quietly.
import type { Since } from "./catalogue.ts";
import type { Deciding } from "./deciding.ts";
import { enterBySegment, enterOnBackfill } from "./enter.ts";
import { type MembershipChange, settleMemberships } from "./memberships.ts";

/**
 * Settles the memberships under the new rules. Who became a member before the rule was there starts no campaign by it,
 * except one that asks for it (`onBackfill: enter`).
 */
export function adoptRules(deciding: Deciding): void {
  const { draft, catalogue } = deciding;
  const knownSeq = draft.foldedBy.seq;
  if (knownSeq >= catalogue.seq || draft.version === 0) return;
  const isNew = (since: Since | undefined) => since !== undefined && since.seq > knownSeq;
  const before = { ...draft.memberships };
  settleMemberships(deciding, (change) => {
    const isOfRule = !change.isExact && isNew(catalogue.liveSince.segments[change.segment]);
    if (!isOfRule && isNews(deciding, change)) enterBySegment(deciding, change);
  });
  for (const { id, on, entersOnBackfill, status } of catalogue.campaigns.values()) {
    if (!entersOnBackfill || on.kind !== "segment" || status !== "live") continue;
    const [campaign, rule] = [catalogue.liveSince.campaigns[id], catalogue.liveSince.segments[on.segment]];
    const asOf = Math.max(campaign?.at ?? 0, rule?.at ?? 0);
    // Who was a member while the rule changed has been let in when the campaign came.
    if (isNew(campaign) || (isNew(rule) && before[on.segment] === undefined)) enterOnBackfill(deciding, id, asOf);
  }
  if (!deciding.isUnfinished) draft.foldedBy = { ...draft.foldedBy, seq: catalogue.seq };
}

/** Whether a membership changed while its rule was there already: only then somebody came to meet it. */
export function isNews({ catalogue }: Deciding, { segment, at, isExact }: MembershipChange): boolean {
  const rule = catalogue.liveSince.segments[segment];
  return rule === undefined || !isExact || at >= rule.at;
}
