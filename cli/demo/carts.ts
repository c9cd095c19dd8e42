// Decides which carts of the demo's people the shop reports, before an order or instead of one.
import { HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import { type Affinities, basketOf } from "./goods.ts";
import type { Random } from "./random.ts";
import { shoppingTime } from "./rhythm.ts";

/** Share of the ordered carts that are reported: those of people who were signed in while they filled it. */
const REPORTED = 0.2;
/** Of these, how many are slept on and ordered hours later. */
const SLEPT_ON = 0.12;
/** Chance, per order and for the time as a lead, of a cart that is left for good. */
const LEFT = 0.11;

/** When an ordered cart was filled; `undefined`: not reported. `since`: when the person came. */
export function filledAt(orderedAt: Instant, since: Instant, random: Random): Instant | undefined {
  const minutes = random.whole(1, 90);
  const hours = random.whole(5, 30);
  if (!random.chance(REPORTED)) return undefined;
  const early = orderedAt - hours * HOUR_MS;
  if (random.chance(SLEPT_ON) && early > since + HOUR_MS) return early;
  return Math.max(orderedAt - minutes * MINUTE_MS, since + MINUTE_MS);
}

/** A cart that nobody ever orders. */
export type LeftCart = { at: Instant; totalMinor: number };

/** Carts left between the coming and `until`: some days after it, and some days after each order. */
export function leftCarts(
  [since, ...orders]: [Instant, ...Instant[]],
  { affinities, random }: { affinities: Affinities; random: Random },
): LeftCart[] {
  return [since, ...orders].flatMap((from) => {
    const { totalMinor } = basketOf(affinities, random);
    const at = shoppingTime(from + random.whole(24, 24 * 40) * HOUR_MS, random);
    return random.chance(LEFT) ? [{ at, totalMinor }] : [];
  });
}
