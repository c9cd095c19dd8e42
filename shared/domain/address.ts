// Decides what is known of an e-mail address, whoever it belongs to: suppressions, opt-outs, recent claims, who waits.
import type { Priority, Purpose } from "./campaign.ts";
import { DAY_MS, HOUR_MS, type Instant } from "./instant.ts";

/** Why no mail at all goes there. `operator`: somebody of the company said so. */
export type SuppressionReason = "bounce" | "complaint" | "unsubscribe-all" | "operator";

/** A send that was claimed for the address. `shadow`: of a held-out run, so nothing left; only such runs count it. */
export type AddressClaim = { at: Instant; sendId: string; purpose: Purpose; shadow?: true };

/** A send that goes before others: which, how urgent, and when it is to leave. */
export type WaitingSend = { sendId: string; priority: Priority; dueAt: Instant };

export type Address = {
  /** Writes so far; 0 for an address that is not stored yet. */
  version: number;
  suppressions: Partial<Record<SuppressionReason, Instant>>;
  /** Purpose → when the person said no. */
  optOuts: Record<string, Instant>;
  /** The most recent claims, oldest first: what frequency caps count. */
  claims: AddressClaim[];
  /** Sends of a higher priority than some campaign has, not claimed yet: those that others let go first. */
  waiting: WaitingSend[];
};

export const NEW_ADDRESS: Address = { version: 0, suppressions: {}, optOuts: {}, claims: [], waiting: [] };

/** Most claims kept per purpose, of shadow ones as many more, and for how long; a longer cap window keeps them longer. */
const MAX_CLAIMS = 50;
const KEEP_CLAIMS_MS = 31 * DAY_MS;
/** How far the clocks of two workers may differ. */
const SKEW_MS = DAY_MS;

/** The address after a send was claimed, which then waits no more. `windowMs`: of the longest cap, whose claims must stay. */
export function withClaim(address: Address, claim: AddressClaim, windowMs: number): Address {
  const since = claim.at - Math.max(KEEP_CLAIMS_MS, windowMs + SKEW_MS);
  const claims = [...address.claims, claim].filter(({ at }) => at > since).sort((a, b) => a.at - b.at);
  const isAlike = (a: AddressClaim, b: AddressClaim) => a.purpose === b.purpose && a.shadow === b.shadow;
  const kept = claims.filter(
    (one, index) => claims.slice(index).filter((other) => isAlike(one, other)).length <= MAX_CLAIMS,
  );
  return { ...withoutWaiting(address, claim.sendId), claims: kept };
}

/**
 * The address after a send's claim was given back because nothing was sent. `at`: only the claim of that instant; an earlier one,
 * whose call stayed unknown, goes on counting.
 */
export function withoutClaim(address: Address, sendId: string, at?: Instant): Address {
  const claims = address.claims.filter((claim) => claim.sendId !== sendId || (at !== undefined && claim.at !== at));
  return claims.length === address.claims.length ? address : { ...address, claims };
}

/** Many profiles may share an address that is nobody's ("none@shop.example"): the soonest are enough. */
const MAX_WAITING = 20;
/** How long behind its due time a waiting send still goes first; later it is forgotten. */
export const FORGET_WAITING_MS = HOUR_MS;

/** The address with sends that go before others; those that were due long ago are forgotten. */
export function withWaiting(address: Address, sends: WaitingSend[], now: Instant): Address {
  const ids = new Set(sends.map(({ sendId }) => sendId));
  const others = address.waiting.filter(({ sendId, dueAt }) => !ids.has(sendId) && dueAt > now - FORGET_WAITING_MS);
  const soonest = [...others, ...sends].sort((a, b) => a.dueAt - b.dueAt);
  return { ...address, waiting: soonest.slice(0, MAX_WAITING) };
}

/** The address after a send has nothing to wait for any more. */
export function withoutWaiting(address: Address, sendId: string): Address {
  const waiting = address.waiting.filter((one) => one.sendId !== sendId);
  return waiting.length === address.waiting.length ? address : { ...address, waiting };
}

/** The address after mail to it was stopped; of several instants of the same reason the earliest stays. */
export function withSuppression(address: Address, reason: SuppressionReason, at: Instant): Address {
  if ((address.suppressions[reason] ?? Number.POSITIVE_INFINITY) <= at) return address;
  return { ...address, suppressions: { ...address.suppressions, [reason]: at } };
}

/** The address after somebody said no to a purpose; an earlier no stays as it is. */
export function withOptOut(address: Address, purpose: string, at: Instant): Address {
  if (address.optOuts[purpose] !== undefined) return address;
  return { ...address, optOuts: { ...address.optOuts, [purpose]: at } };
}
