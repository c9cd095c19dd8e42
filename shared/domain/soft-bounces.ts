// Decides when mails that bounce for now close an address: so many in a row, without a delivery in between.
import type { Address, SoftBounce } from "./address.ts";
import { type Instant, parseDuration } from "./instant.ts";
import { type Settings, softBouncesSchema } from "./settings.ts";

/** So many sends within this time close the address. */
export type SoftBouncePolicy = { max: number; withinMs: number };

/** Most that are kept of an address, the latest; no policy asks for more. */
const MAX_KEPT = 20;

/** The policy of a shop's settings; that of the defaults where nothing is published. */
export function softBouncePolicy(settings?: Pick<Settings, "softBounces">): SoftBouncePolicy {
  const { max, within } = settings?.softBounces ?? softBouncesSchema.parse({});
  return { max, withinMs: parseDuration(within) as number };
}

/**
 * The address after a send bounced for now. Each send counts once, by its latest bounce, if no later delivery is known. What
 * was heard in whatever order leads to the same address.
 */
export function withSoftBounce(address: Address, bounce: SoftBounce, policy: SoftBouncePolicy): Address {
  const known = address.softBounces.find(({ sendId }) => sendId === bounce.sendId);
  if (known !== undefined && known.at >= bounce.at) return judged(address, address.softBounces, policy);
  const others = address.softBounces.filter(({ sendId }) => sendId !== bounce.sendId);
  return judged(address, [...others, bounce], policy);
}

/** The address after a delivery, which ends the row; of several the latest stays. */
export function withDelivery(address: Address, at: Instant, policy: SoftBouncePolicy): Address {
  if ((address.deliveredAt ?? Number.NEGATIVE_INFINITY) >= at) return judged(address, address.softBounces, policy);
  return judged({ ...address, deliveredAt: at }, address.softBounces, policy);
}

/** Whether the row closes the address depends on the row alone, so a delivery that is heard late opens it again. */
function judged(address: Address, softBounces: SoftBounce[], policy: SoftBouncePolicy): Address {
  const since = address.deliveredAt ?? Number.NEGATIVE_INFINITY;
  const row = softBounces
    .filter(({ at }) => at > since)
    .sort((a, b) => a.at - b.at || (a.sendId < b.sendId ? -1 : 1))
    .slice(-MAX_KEPT);
  const { "soft-bounces": closedBefore, ...others } = address.suppressions;
  const closedAt = closingInstant(row, policy);
  if (isSameRow(address.softBounces, row) && closedAt === closedBefore) return address;
  const suppressions = closedAt === undefined ? others : { ...others, "soft-bounces": closedAt };
  return { ...address, softBounces: row, suppressions };
}

/** When the first `max` bounces of the row lay close enough together. */
function closingInstant(row: SoftBounce[], { max, withinMs }: SoftBouncePolicy): Instant | undefined {
  return row.find(({ at }, index) => at - (row[index - (max - 1)]?.at ?? Number.NEGATIVE_INFINITY) < withinMs)?.at;
}

function isSameRow(before: SoftBounce[], after: SoftBounce[]): boolean {
  return (
    before.length === after.length &&
    before.every(({ sendId, at }, index) => sendId === after[index]?.sendId && at === after[index]?.at)
  );
}
