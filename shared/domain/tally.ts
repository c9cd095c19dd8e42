// Decides which numbers sum up a shop, and how one profile or one send adds to them.
import type { Instant } from "./instant.ts";
import { reasonOf, type SeenAt, type SendCounts } from "./ledger.ts";
import type { Profile } from "./profile.ts";
import { gapsOf } from "./purchase-days.ts";
import type { Ledger, Send } from "./send.ts";
import { heldUntil } from "./send-words.ts";

export type Tally = {
  profiles: number;
  /** Events applied, by type. */
  events: Record<string, number>;
  /** Members per segment. */
  members: Record<string, number>;
  /** Gaps between purchase days, over all profiles. */
  gaps: { count: number; sumDays: number };
  /** Sends per campaign, by ledger state and reason. */
  campaigns: Record<string, SendCounts>;
  /** Until when the gates hold the last of the sends that wait for an instant. */
  heldUntil?: Instant;
};

export function newTally(): Tally {
  return { profiles: 0, events: {}, members: {}, gaps: { count: 0, sumDays: 0 }, campaigns: {} };
}

/** Names are the shop's own: one that every object has, such as "constructor", counts from 0 as well. */
const add = (counts: Record<string, number>, key: string, n = 1) => {
  counts[key] = (Object.hasOwn(counts, key) ? (counts[key] as number) : 0) + n;
};

/** The sends of one campaign, as counted; none when none were. */
export const sendsIn = ({ campaigns }: Pick<Tally, "campaigns">, campaign: string): SendCounts =>
  Object.hasOwn(campaigns, campaign) ? (campaigns[campaign] as SendCounts) : { states: {}, reasons: {} };

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

type Tallied = Pick<Send, "campaign" | "expiresAt">;

/** Adds one send, in place, as it is seen now; `dueAt`: as in the due index. */
export function tallySend(
  tally: Tally,
  { send, ledger, dueAt }: { send: Tallied; ledger: Pick<Ledger, "state" | "reason">; dueAt?: Instant },
  now: Instant,
): void {
  const { expiresAt } = send;
  const seen: SeenAt = { now, expiresAt, ...(dueAt !== undefined && { dueAt }) };
  const counts = sendsIn(tally, send.campaign);
  tally.campaigns[send.campaign] = counts;
  const { states, reasons } = counts;
  const { state } = ledger;
  add(states, state);
  const reason = reasonOf(ledger, seen);
  if (reason !== undefined) {
    reasons[state] ??= {};
    add(reasons[state], reason);
  }
  if (state === "PENDING" && expiresAt > now)
    counts.nextExpiresAt = Math.min(counts.nextExpiresAt ?? expiresAt, expiresAt);
  const until = heldUntil(ledger, seen);
  if (until !== undefined) tally.heldUntil = Math.max(tally.heldUntil ?? 0, until);
}
