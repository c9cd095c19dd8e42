// Decides what is known of an e-mail address, whoever it belongs to: suppressions, opt-outs, recent claims, who waits.
import type { Priority, Purpose } from "./campaign.ts";
import { DAY_MS, HOUR_MS, type Instant } from "./instant.ts";

/**
 * Why no mail at all goes there. `operator`: somebody of the company said so; `soft-bounces`: too many of them in a row;
 * `erasure`: its person was erased.
 */
export type SuppressionReason = "bounce" | "soft-bounces" | "complaint" | "unsubscribe-all" | "operator" | "erasure";

/** A send that was claimed for the address. `shadow`: of a held-out run, so nothing left; only such runs count it. */
export type AddressClaim = { at: Instant; sendId: string; purpose: Purpose; shadow?: true };

/** A send that goes before others: which, how urgent, and when it is to leave. */
export type WaitingSend = { sendId: string; priority: Priority; dueAt: Instant };

export type SoftBounce = { sendId: string; at: Instant };

export type Address = {
  /** Writes so far; 0 for an address that is not stored yet. */
  version: number;
  suppressions: Partial<Record<SuppressionReason, Instant>>;
  /** Purpose → when a person said no there last. */
  optOuts: Record<string, Instant>;
  /** Purpose → until when a person wants to hear nothing there. */
  pauses: Record<string, Instant>;
  /** Sends that bounced and may be tried again, since the last delivery that is known; oldest first. */
  softBounces: SoftBounce[];
  /** The last delivery that is known of. */
  deliveredAt?: Instant;
  /** The last act of whoever reads there: a click, a choice on the preference page. An open is none. */
  lastActAt?: Instant;
  /** The most recent claims, oldest first: what frequency caps count. */
  claims: AddressClaim[];
  /** Sends of a higher priority than some campaign has, not claimed yet: those that others let go first. */
  waiting: WaitingSend[];
};

export const NEW_ADDRESS: Address = {
  version: 0,
  suppressions: {},
  optOuts: {},
  pauses: {},
  softBounces: [],
  claims: [],
  waiting: [],
};

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

/**
 * The address after its person was erased. What was chosen there until then goes with them, since it is closed for everything;
 * where somebody else has the address (`isShared`), it may be their choice, and stays.
 */
export function withErasure(address: Address, at: Instant, { isShared }: { isShared: boolean }): Address {
  const closed = withSuppression(address, "erasure", at);
  if (isShared) return closed;
  const chosen = Object.entries(closed.optOuts);
  const later = chosen.filter(([, saidAt]) => saidAt > at);
  const hasPause = Object.keys(closed.pauses).length > 0;
  return later.length === chosen.length && !hasPause
    ? closed
    : { ...closed, optOuts: Object.fromEntries(later), pauses: {} };
}

/** The address after somebody said no to a purpose there; of several instants the latest stays. */
export function withOptOut(address: Address, purpose: string, at: Instant): Address {
  if ((address.optOuts[purpose] ?? Number.NEGATIVE_INFINITY) >= at) return address;
  return { ...address, optOuts: { ...address.optOuts, [purpose]: at } };
}

/**
 * The address after a person who reads there said yes again: lifts a no and an erasure of before that instant. A bounce or a
 * complaint is not theirs to lift, and a wish to hear nothing for a while is another matter: it ends by itself.
 */
export function withOptIn(address: Address, purpose: string, at: Instant): Address {
  const isLifted = (earlier: Instant | undefined) => earlier !== undefined && earlier < at;
  const { [purpose]: saidNoAt, ...optOuts } = address.optOuts;
  const { erasure, ...suppressions } = address.suppressions;
  if (!isLifted(saidNoAt) && !isLifted(erasure)) return address;
  return {
    ...address,
    ...(isLifted(saidNoAt) && { optOuts }),
    ...(isLifted(erasure) && { suppressions }),
  };
}

/** The address of a person who wants to hear nothing of a purpose until then; `undefined` ends that. */
export function withPause(address: Address, purpose: string, until: Instant | undefined): Address {
  if (address.pauses[purpose] === until) return address;
  const { [purpose]: _, ...others } = address.pauses;
  return { ...address, pauses: { ...others, ...(until !== undefined && { [purpose]: until }) } };
}

/** The address after its reader did something there. */
export function withOwnAct(address: Address, at: Instant): Address {
  return (address.lastActAt ?? Number.NEGATIVE_INFINITY) >= at ? address : { ...address, lastActAt: at };
}
