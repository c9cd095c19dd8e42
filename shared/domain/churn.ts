// Decides when a customer who bought before has been silent for too long.
import { DAY_MS, type Instant } from "./instant.ts";
import type { Churn } from "./profile.ts";
import { gapsOf, type PurchaseDays } from "./purchase-days.ts";

export const CHURN_RISK_DETECTED = "churn_risk.detected";

/** Shop-wide mean gap between purchase days until a job has computed it from at least `MIN_SHOP_GAPS` gaps. */
export const DEFAULT_SHOP_GAP_DAYS = 60;
export const MIN_SHOP_GAPS = 100;

/** Weight of the shop's mean, in gaps. */
const PRIOR_GAPS = 2;
/** Silent longer than this many usual gaps is at risk. */
const RISK_GAPS = 2;
const MIN_SILENCE_DAYS = 30;
const MAX_SILENCE_DAYS = 365;

/**
 * The date at which a profile becomes at risk. Its mean gap between purchase days is shrunk to the shop's:
 * `gap* = (2 m + sum of own gaps) / (2 + number of gaps)`; at risk when silent longer than `2 gap*`, bounded to 30..365
 * days. `detected` is kept while the last purchase stays the same: one event per purchase cycle.
 */
export function churnAfter(
  purchase: { days: PurchaseDays; lastAt: Instant },
  shopGapDays: number,
  previous?: Churn,
): Churn {
  const own = gapsOf(purchase.days);
  const gapDays = (PRIOR_GAPS * shopGapDays + own.sumDays) / (PRIOR_GAPS + own.count);
  const silenceDays = Math.min(MAX_SILENCE_DAYS, Math.max(MIN_SILENCE_DAYS, RISK_GAPS * gapDays));
  const sameCycle = previous?.lastAt === purchase.lastAt;
  return {
    atRiskAt: purchase.lastAt + Math.round(silenceDays * DAY_MS),
    lastAt: purchase.lastAt,
    gapDays,
    shopGapDays,
    detected: sameCycle && previous.detected,
  };
}

/** The shop's mean gap from all profiles' gaps, or the default when there are too few. */
export function shopGap(total: { count: number; sumDays: number }): number {
  return total.count < MIN_SHOP_GAPS ? DEFAULT_SHOP_GAP_DAYS : total.sumDays / total.count;
}
