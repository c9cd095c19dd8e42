// Decides which numbers sum up a shop, and how one profile or one send adds to them.
import type { Profile } from "./profile.ts";
import { gapsOf } from "./purchase-days.ts";
import type { Ledger, Send } from "./send.ts";

/** Sends of one campaign by ledger state, and refusals by reason. */
export type CampaignTally = { states: Record<string, number>; refusals: Record<string, number> };

export type Tally = {
  profiles: number;
  /** Events applied, by type. */
  events: Record<string, number>;
  /** Members per segment. */
  members: Record<string, number>;
  /** Gaps between purchase days, over all profiles. */
  gaps: { count: number; sumDays: number };
  campaigns: Record<string, CampaignTally>;
};

export function newTally(): Tally {
  return { profiles: 0, events: {}, members: {}, gaps: { count: 0, sumDays: 0 }, campaigns: {} };
}

const add = (counts: Record<string, number>, key: string, n = 1) => {
  counts[key] = (counts[key] ?? 0) + n;
};

/** Adds one profile, in place. */
export function tallyProfile(tally: Tally, profile: Pick<Profile, "activity" | "memberships" | "purchaseDays">): void {
  tally.profiles++;
  for (const [type, { count }] of Object.entries(profile.activity)) add(tally.events, type, count);
  for (const segment of Object.keys(profile.memberships)) add(tally.members, segment);
  if (profile.purchaseDays === undefined) return;
  const gaps = gapsOf(profile.purchaseDays);
  tally.gaps.count += gaps.count;
  tally.gaps.sumDays += gaps.sumDays;
}

/** Adds one send, in place. */
export function tallySend(
  tally: Tally,
  send: Pick<Send, "campaign">,
  { state, reason }: Pick<Ledger, "state" | "reason">,
): void {
  tally.campaigns[send.campaign] ??= { states: {}, refusals: {} };
  const campaign = tally.campaigns[send.campaign] as CampaignTally;
  add(campaign.states, state);
  if ((state === "REFUSED" || state === "EXPIRED" || state === "REJECTED") && reason !== undefined)
    add(campaign.refusals, reason);
}
