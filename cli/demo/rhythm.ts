// Decides when the demo's people buy: each at an own pace, until they quietly stay away ("buy till you die", BG/NBD).
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Random } from "./random.ts";

/** Relative number of purchases per month, January first: presents in December, little in January. */
const SEASON = [0.75, 0.85, 0.9, 0.95, 1, 0.95, 0.85, 0.8, 1, 1.05, 1.45, 2.1] as const;
const PEAK = 2.1;

/** Share of leads who never buy, and mean days until the others do for the first time. */
const NEVER = 0.3;
const FIRST_AFTER_DAYS = 24;
/** Purchases per day: gamma over people, mean 1.4 / 75 days. */
const PACE = { shape: 1.4, scale: 1 / 75 };
/** Chance to stay away for ever after a purchase: beta over people, mean 1 in 6. */
const DROP_OUT = { a: 1, b: 5 };

/** A waking hour of that day, for Europe, with more life in the evening. */
export function shoppingTime(day: Instant, random: Random): Instant {
  const start = Math.floor(day / DAY_MS) * DAY_MS;
  const hour = Number(random.weighted({ "6": 2, "8": 5, "10": 7, "12": 7, "14": 6, "16": 7, "18": 10, "20": 8 }));
  return start + hour * HOUR_MS + random.whole(0, 2 * HOUR_MS - 1);
}

/** Instants of purchases after the lead and before `until`, ascending. `atOnce`: came through the checkout, buys first. */
export function purchasesOf(leadAt: Instant, how: { until: Instant; atOnce: boolean }, random: Random): Instant[] {
  const stays = how.atOnce || !random.chance(NEVER);
  const ratePerDay = random.gamma(PACE.shape, PACE.scale);
  const dropOut = random.beta(DROP_OUT.a, DROP_OUT.b);
  if (!stays) return [];
  const wait = how.atOnce ? random.whole(2, 25) * MINUTE_MS : random.exponential(1 / FIRST_AFTER_DAYS) * DAY_MS;
  let at = how.atOnce ? leadAt + wait : later(leadAt, leadAt + wait, random);
  const purchases: Instant[] = [];
  while (at < how.until) {
    purchases.push(at);
    if (random.chance(dropOut)) break;
    at = later(at, nextWish(at, ratePerDay, { until: how.until, random }), random);
  }
  return purchases;
}

/** Wishes come at the peak's rate; each becomes a purchase as often as its month is busy (thinning). */
function nextWish(from: Instant, ratePerDay: number, { until, random }: { until: Instant; random: Random }): Instant {
  let at = from;
  while (at < until) {
    at += random.exponential(ratePerDay * PEAK) * DAY_MS;
    const month = new Date(at).getUTCMonth();
    if (random.chance((SEASON[month] ?? 1) / PEAK)) return at;
  }
  return at;
}

/** Moves an instant to a waking hour of its day, and in any case an hour after the one before. */
function later(before: Instant, wished: Instant, random: Random): Instant {
  return Math.max(before + HOUR_MS + random.whole(0, HOUR_MS), shoppingTime(wished, random));
}
