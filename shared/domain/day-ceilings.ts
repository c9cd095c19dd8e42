// Decides how simulated mails fill daily ceilings: one count per local day, of every campaign and of the account.
import type { Campaign } from "./campaign.ts";
import type { Ceiling, GateFacts } from "./gate-facts.ts";
import type { Instant } from "./instant.ts";
import { midnight } from "./midnight.ts";
import type { Settings } from "./settings.ts";
import { localDate } from "./zone.ts";

/** Most mails per day of the zone: of the account, and of the campaigns that have a ceiling. */
export type CeilingLimits = { zone: string; account?: number; campaigns: Record<string, number> };

/** The day that is being counted; time never goes back. */
export type DayCount = { limits: CeilingLimits; endsAt: Instant; all: number; byCampaign: Map<string, number> };

/** The ceilings that a catalogue has. */
export function ceilingLimits(
  { timezone, maxPerDay }: Pick<Settings, "timezone" | "maxPerDay">,
  campaigns: Iterable<Pick<Campaign, "id" | "maxPerDay">>,
): CeilingLimits {
  const limited = [...campaigns].flatMap(({ id, maxPerDay: most }) =>
    most === undefined ? [] : [[id, most] as const],
  );
  return {
    zone: timezone.default,
    ...(maxPerDay !== undefined && { account: maxPerDay }),
    campaigns: Object.fromEntries(limited),
  };
}

/** Nothing is counted yet. */
export function newDayCount(limits: CeilingLimits): DayCount {
  return { limits, endsAt: Number.NEGATIVE_INFINITY, all: 0, byCampaign: new Map() };
}

/** How full the ceilings are that a campaign's mail meets at an instant; begins a new day where one has come. */
export function roomAt(
  count: DayCount,
  campaign: string,
  at: Instant,
): Pick<GateFacts, "campaignCeiling" | "accountCeiling"> {
  const { account, campaigns, zone } = count.limits;
  const own = campaigns[campaign];
  if (account === undefined && own === undefined) return {};
  if (at >= count.endsAt)
    Object.assign(count, { endsAt: midnight(localDate(at, zone), zone, 1), all: 0, byCampaign: new Map() });
  const ceiling = (most: number, used: number): Ceiling => ({ used, most, endsAt: count.endsAt });
  return {
    ...(own !== undefined && { campaignCeiling: ceiling(own, count.byCampaign.get(campaign) ?? 0) }),
    ...(account !== undefined && { accountCeiling: ceiling(account, count.all) }),
  };
}

/** Counts a mail that leaves on the day that `roomAt` was asked about last, in place. */
export function countMail(count: DayCount, campaign: string): void {
  count.all++;
  count.byCampaign.set(campaign, (count.byCampaign.get(campaign) ?? 0) + 1);
}
