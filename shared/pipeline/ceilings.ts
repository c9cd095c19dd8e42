// Decides how daily ceilings hold while many workers send: a batch reserves places before it claims, and gives back what it
// did not use, once.
import type { Catalogue } from "../domain/catalogue.ts";
import type { Ceiling, GateFacts } from "../domain/gate-facts.ts";
import { DAY_MS, type Instant, SECOND_MS } from "../domain/instant.ts";
import { midnight } from "../domain/midnight.ts";
import { localDate } from "../domain/zone.ts";
import { Contention } from "./faults.ts";
import { ceilingKey, SCHEMA } from "./keys.ts";
import { pauseBefore } from "./pause-before.ts";
import type { Key, Ports } from "./ports.ts";

type Limits = Pick<Catalogue, "settings" | "campaigns">;
type Day = { startsAt: Instant; endsAt: Instant };
type Limited = { name: "campaignCeiling" | "accountCeiling"; key: Key; most: number };

/** A place for one mail: good for a claim within its day, or at any time where there is no ceiling. */
export type Place = { campaign: string; day?: Day };

/** Places that a batch has reserved. */
export type Room = {
  /** `undefined` when there is none left for the campaign. */
  take(campaign: string): Place | undefined;
  /** Nothing was sent on the place. */
  putBack(place: Place): void;
  /** Gives back what nobody used. What a crash keeps from it stays used: never too many leave. */
  close(): Promise<void>;
};

const MAX_TRIES = 12;
const KEPT_MS = 7 * DAY_MS;

/** The ceilings of a campaign's mails on the local day of an instant. */
function limitsOf(
  { settings, campaigns }: Limits,
  campaign: string,
  at: Instant,
): { limits: Limited[]; day: Day } | undefined {
  const ofCampaign = campaigns.get(campaign)?.maxPerDay;
  const ofAccount = settings.maxPerDay;
  if (ofCampaign === undefined && ofAccount === undefined) return undefined;
  const zone = settings.timezone.default;
  const date = localDate(at, zone);
  const name = [date.year, date.month, date.day].map((part) => String(part).padStart(2, "0")).join("-");
  const limits: Limited[] = [];
  if (ofCampaign !== undefined)
    limits.push({ name: "campaignCeiling", key: ceilingKey(`CAMPAIGN#${campaign}`, name), most: ofCampaign });
  if (ofAccount !== undefined)
    limits.push({ name: "accountCeiling", key: ceilingKey("ACCOUNT", name), most: ofAccount });
  return { limits, day: { startsAt: midnight(date, zone), endsAt: midnight(date, zone, 1) } };
}

/** How full the ceilings are (1 read unit each); none of them costs anything. */
export async function ceilingFacts(
  { table, clock }: Pick<Ports, "table" | "clock">,
  limits: Limits,
  campaign: string,
): Promise<Pick<GateFacts, "campaignCeiling" | "accountCeiling">> {
  const known = limitsOf(limits, campaign, clock.now());
  if (known === undefined) return {};
  const { endsAt } = known.day;
  const facts = known.limits.map(async ({ name, key, most }) => {
    const used = ((await table.get(key))?.["used"] ?? 0) as number;
    return [name, { used, most, endsAt } satisfies Ceiling] as const;
  });
  return Object.fromEntries(await Promise.all(facts));
}

/**
 * Reserves places for a batch, one per send of its campaign, as many as the ceilings have left. Cost: 1 read and 1 write unit
 * per ceiling and batch, once more for those that were not used; nothing without ceilings.
 */
export async function openRoom(ports: Ports, limits: Limits, campaigns: readonly string[]): Promise<Room> {
  const at = ports.clock.now();
  const reserved = new Map<string, { key: Key; left: number }>();
  let day: Day | undefined;
  const asked = Map.groupBy(campaigns, (campaign) => campaign);
  const wanted = new Map<string, { key: Key; most: number; n: number }>();
  for (const [campaign, sends] of asked) {
    const known = limitsOf(limits, campaign, at);
    day = known?.day ?? day;
    for (const { key, most } of known?.limits ?? []) {
      const n = (wanted.get(key.pk)?.n ?? 0) + sends.length;
      wanted.set(key.pk, { key, most, n });
    }
  }
  for (const [name, { key, most, n }] of wanted) {
    const left = await count(ports, key, (used) => Math.min(n, Math.max(0, most - used)));
    reserved.set(name, { key, left });
  }
  const placesOf = (campaign: string) =>
    (limitsOf(limits, campaign, at)?.limits ?? []).map(({ key }) => reserved.get(key.pk));
  const add = (campaign: string, n: 1 | -1) => {
    for (const place of placesOf(campaign)) if (place !== undefined) place.left += n;
  };
  return {
    take(campaign) {
      if (placesOf(campaign).some((place) => (place?.left ?? 0) === 0)) return undefined;
      add(campaign, -1);
      return { campaign, ...(placesOf(campaign).length > 0 && day !== undefined && { day }) };
    },
    putBack: ({ campaign }) => add(campaign, 1),
    async close() {
      for (const { key, left } of reserved.values())
        if (left > 0) await count(ports, key, (used) => -Math.min(left, used));
    },
  };
}

/** Whether a claim at the instant counts under the place's day. */
export function isGoodAt({ day }: Place, at: Instant): boolean {
  return day === undefined || (day.startsAt <= at && at < day.endsAt);
}

/** Adds to what is used, in one write if nobody comes between; answers how much. */
async function count(ports: Ports, key: Key, change: (used: number) => number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const item = await ports.table.get(key);
    const used = (item?.["used"] ?? 0) as number;
    const n = change(used);
    if (n === 0) return 0;
    const version = item?.version ?? 0;
    const expiresAt = Math.floor((ports.clock.now() + KEPT_MS) / SECOND_MS);
    try {
      const put = { ...key, schema: SCHEMA, version: version + 1, used: used + n, expiresAt };
      await ports.table.write({ put, if: item === undefined ? { absent: true } : { version } });
      return n;
    } catch (error) {
      if (!(error instanceof Contention) || attempt === MAX_TRIES) throw error;
      await pauseBefore(ports, attempt + 1, key.pk);
    }
  }
}
