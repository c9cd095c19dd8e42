// Decides how the shop is counted at once, where nights are skipped: the same count that the nightly job does in pages.
import { MIN_SHOP_GAPS, shopGap } from "../../shared/domain/churn.ts";
import { publishConstants } from "../../shared/pipeline/catalogue-store.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { recount } from "../../shared/pipeline/recount.ts";

/** Counts the shop's numbers and publishes its mean gap between purchase days, once there are enough gaps. */
export async function countShop(ports: Ports): Promise<void> {
  const { tally, asOf } = await recount(ports);
  if (tally.gaps.count < MIN_SHOP_GAPS) return;
  await publishConstants(ports, { gapDays: shopGap(tally.gaps), gaps: tally.gaps.count, computedAt: asOf });
}
