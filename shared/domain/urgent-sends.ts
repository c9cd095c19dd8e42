// Decides which sends go before others of the same person: those more urgent than some campaign, while they are fresh.
import { type Campaign, PRIORITY_RANK } from "./campaign.ts";
import type { Effect } from "./effect.ts";
import { type Instant, MINUTE_MS } from "./instant.ts";
import type { Profile } from "./profile.ts";
import type { Send } from "./send.ts";

/** Sends that fall due this close to each other fall due together. */
export const TOGETHER_MS = 10 * MINUTE_MS;

/** As long as a send may be handed out late. */
const FORGET_MS = 15 * MINUTE_MS;

/** Whether others wait for the send: some campaign is less urgent, and the send is to leave. */
export function isUrgent(send: Pick<Send, "arm" | "priority">, campaigns: ReadonlyMap<string, Campaign>): boolean {
  if (send.arm !== "treated") return false;
  for (const { status, priority } of campaigns.values())
    if (status !== "archived" && PRIORITY_RANK[priority] > PRIORITY_RANK[send.priority]) return true;
  return false;
}

/** The profile with the urgent sends that its decision intends; those that are not fresh any more are forgotten. */
export function withUrgentSends(
  profile: Profile,
  effects: Effect[],
  { campaigns, now }: { campaigns: ReadonlyMap<string, Campaign>; now: Instant },
): Profile {
  const { urgentSends = [], ...others } = profile;
  const intended = effects.flatMap((effect) =>
    effect.kind === "send-intended" && isUrgent(effect.send, campaigns) ? [effect.send] : [],
  );
  const fresh = urgentSends.filter(({ at }) => at > now - FORGET_MS);
  const added = intended.map(({ id, priority, intendedAt }) => ({ id, rank: PRIORITY_RANK[priority], at: intendedAt }));
  const all = [...fresh, ...added];
  if (all.length === 0) return urgentSends.length === 0 ? profile : others;
  return { ...profile, urgentSends: all };
}
