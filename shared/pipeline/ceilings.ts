// Decides how daily ceilings hold while many workers send: a batch reserves places before it claims, and gives back what it
// did not use, once.
import type { Catalogue } from "../domain/catalogue.ts";
import type { Ceiling, GateFacts } from "../domain/gate-facts.ts";
import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { midnight } from "../domain/midnight.ts";
import { localDate } from "../domain/zone.ts";
import { insist } from "./insist.ts";
import { ceilingKey, SCHEMA } from "./keys.ts";
import type { Item, Key, Ports } from "./ports.ts";

type Limits = Pick<Catalogue, "settings" | "campaigns">;
type Day = { startsAt: Instant; endsAt: Instant };
type Limited = { name: "campaignCeiling" | "accountCeiling"; key: Key; most: number };

/**
 * A place for one mail: good for a claim within its day, or at any time where there is no ceiling. `isTaken` while a mail may
 * leave on it.
 */
export type Place = { campaign: string; day?: Day; isTaken: boolean };

/** Places that a batch has reserved. */
export type Room = {
  /** `undefined` when there is none left for the campaign. */
  take(campaign: string): Place | undefined;
  /** For others of the batch, unless a mail may leave on it. */
  putBack(place: Place): void;
  /** Gives back what nobody took. What a crash keeps from it stays used: never too many leave. */
  close(): Promise<void>;
};

/** So long after the last reservation places may still come back: longer than a batch lives. */
const MAY_FREE_UP_MS = MINUTE_MS;
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
  const now = clock.now();
  const facts = known.limits.map(async ({ name, key, most }) => {
    const { used, reserved, reservedAt } = countedIn(await table.get(key));
    const mayFreeUp = reserved > 0 && now - reservedAt < MAY_FREE_UP_MS;
    return [name, { used, most, endsAt, ...(mayFreeUp && { mayFreeUp }) } satisfies Ceiling] as const;
  });
  return Object.fromEntries(await Promise.all(facts));
}

/**
 * Reserves places for a batch, one per send of its campaign, as many as the ceilings have left. Cost: 2 reads and 2 write units
 * per ceiling and batch; nothing without ceilings.
 */
export async function openRoom(ports: Ports, limits: Limits, campaigns: readonly string[]): Promise<Room> {
  const at = ports.clock.now();
  const limitsBy = new Map(campaigns.map((campaign) => [campaign, limitsOf(limits, campaign, at)]));
  const wanted = new Map<string, { key: Key; most: number; n: number }>();
  for (const campaign of campaigns) {
    for (const { key, most } of limitsBy.get(campaign)?.limits ?? [])
      wanted.set(key.pk, { key, most, n: (wanted.get(key.pk)?.n ?? 0) + 1 });
  }
  const reserved = new Map<string, Reserved>();
  const close = async () => {
    const settled = await Promise.allSettled([...reserved.values()].map((one) => settle(ports, one)));
    for (const result of settled) if (result.status === "rejected") throw result.reason;
  };
  try {
    for (const [name, { key, most, n }] of wanted) reserved.set(name, await reserve(ports, { key, most, n }));
  } catch (error) {
    await close();
    throw error;
  }
  const placesOf = (campaign: string) =>
    (limitsBy.get(campaign)?.limits ?? []).flatMap(({ key }) => reserved.get(key.pk) ?? []);
  return {
    take(campaign) {
      const places = placesOf(campaign);
      if (places.some(({ left }) => left === 0)) return undefined;
      for (const place of places) place.left--;
      const day = limitsBy.get(campaign)?.day;
      return { campaign, isTaken: false, ...(day !== undefined && { day }) };
    },
    putBack({ campaign, isTaken }) {
      if (!isTaken) for (const place of placesOf(campaign)) place.left++;
    },
    close,
  };
}

type Reserved = { key: Key; n: number; left: number };

async function reserve(ports: Ports, { key, most, n }: { key: Key; most: number; n: number }): Promise<Reserved> {
  let taken = 0;
  await count(ports, key, ({ used, reserved, reservedAt }, now) => {
    taken = Math.min(n, Math.max(0, most - used));
    return { used: used + taken, reserved: reserved + taken, reservedAt: taken > 0 ? now : reservedAt };
  });
  return { key, n: taken, left: taken };
}

/** The batch is over: what is left of its reservation is free again, the rest is used for good. */
async function settle(ports: Ports, { key, n, left }: Reserved): Promise<void> {
  if (n === 0) return;
  await count(ports, key, ({ used, reserved, reservedAt }) => ({
    used: Math.max(0, used - left),
    reserved: Math.max(0, reserved - n),
    reservedAt,
  }));
}

/** Whether a claim at the instant counts under the place's day. */
export function isGoodAt({ day }: Place, at: Instant): boolean {
  return day === undefined || (day.startsAt <= at && at < day.endsAt);
}

/** `used`: mails of the day that left, and places that are reserved; `reserved`: these alone, and when the last one was. */
type Counted = { used: number; reserved: number; reservedAt: Instant };

function countedIn(item: Item | undefined): Counted {
  const { used = 0, reserved = 0, reservedAt = 0 } = (item ?? {}) as Partial<Counted>;
  return { used, reserved, reservedAt };
}

function count(ports: Ports, key: Key, change: (counted: Counted, now: Instant) => Counted): Promise<void> {
  return insist(ports, key.pk, async () => {
    const item = await ports.table.get(key);
    const version = item?.version ?? 0;
    const now = ports.clock.now();
    const before = countedIn(item);
    const after = change(before, now);
    if (after.used === before.used && after.reserved === before.reserved) return;
    const expiresAt = Math.floor((now + KEPT_MS) / SECOND_MS);
    const put = { ...key, schema: SCHEMA, version: version + 1, ...after, expiresAt };
    await ports.table.write({ put, if: item === undefined ? { absent: true } : { version } });
  });
}
