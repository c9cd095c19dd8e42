// Decides how sends are accounted for: every planned send is in exactly one part, so the parts always add up.
import type { Instant } from "./instant.ts";
import { type HoldReason, type Ledger, type SendState, sendStates } from "./send.ts";

/** Where a planned send can be, in the order in which the ledger is read. */
export const ledgerParts = ["sent", "refused", "held", "rejected", "unknown", "abandoned", "expired"] as const;
export type LedgerPart = (typeof ledgerParts)[number];

/** Parts that are told apart by reason. */
export const reasonedParts = ["refused", "held", "rejected"] as const satisfies readonly LedgerPart[];
export type ReasonedPart = (typeof reasonedParts)[number];

/** Reasons of sends that no gate holds: decided, but not asked about yet; and claimed, with the call under way. */
export const NOT_JUDGED_YET = "not-judged-yet";
export const BEING_SENT = "being-sent";
/** Waits, but not worth sending any more: it ends as expired as soon as it is looked at again. */
export const TOO_LATE = "too-late";
const UNSPECIFIED = "unspecified";

const PART_OF = {
  PENDING: "held",
  CLAIMED: "held",
  SENT: "sent",
  REJECTED: "rejected",
  UNKNOWN: "unknown",
  ABANDONED: "abandoned",
  REFUSED: "refused",
  EXPIRED: "expired",
} as const satisfies Record<SendState, LedgerPart>;

/** The part of the ledger that a state belongs to. */
export const partOf = (state: SendState): LedgerPart => PART_OF[state];

/** What sends can be asked for by: a state, or HELD for all that can still leave. */
export const askedStates: readonly string[] = [...sendStates, "HELD"];

/** The states that a word of `askedStates` stands for, in any case; `undefined` for another word. */
export function statesAsked(word: string): SendState[] | undefined {
  const asked = word.toUpperCase();
  const states = sendStates.filter((state) => state === asked || PART_OF[state].toUpperCase() === asked);
  return states.length === 0 ? undefined : states;
}

/** Whether a send is not at its end: it may still leave, or the provider may still tell what it did. */
export const isOpen = (state: SendState): boolean => partOf(state) === "held" || state === "UNKNOWN";

/** Holds that only a resume ends: a send that is due again is not held for them any more. */
export const resumeReasons: readonly string[] = ["paused", "account-paused", "sandbox"] satisfies HoldReason[];

/** When a send is looked at, and what is known of its time then; `dueAt`: as in the due index. */
export type SeenAt = { now: Instant; expiresAt: Instant; dueAt?: Instant };

/** The reason a send is counted under; every send of a part that has reasons has one. */
export function reasonOf(
  { state, reason }: Pick<Ledger, "state" | "reason">,
  { now, expiresAt, dueAt }: SeenAt,
): string | undefined {
  if (state === "CLAIMED") return BEING_SENT;
  if (state === "PENDING" && expiresAt <= now) return TOO_LATE;
  if (state === "PENDING")
    return reason === undefined || (dueAt !== undefined && resumeReasons.includes(reason)) ? NOT_JUDGED_YET : reason;
  return state === "REFUSED" || state === "REJECTED" ? (reason ?? UNSPECIFIED) : reason;
}

/**
 * How many sends are in a state, and of these how many for which reason; the reasons of a part add up to it.
 * `nextExpiresAt`: when the first of those that wait will be too late.
 */
export type SendCounts = {
  states: Record<string, number>;
  reasons: Record<string, Record<string, number>>;
  nextExpiresAt?: Instant;
};

/** `planned` is the sum of all parts; the reasons of a part are the sum of that part. */
export type SendLedger = { planned: number } & Record<LedgerPart, number> & {
    reasons: Record<ReasonedPart, Record<string, number>>;
  };

/** The ledger of what was counted. */
export function ledgerOf({ states, reasons }: SendCounts): SendLedger {
  const ledger = emptyLedger();
  for (const [state, n] of Object.entries(states)) {
    const part = partOf(state as SendState);
    ledger.planned += n;
    ledger[part] += n;
    if (isReasoned(part)) addCounts(ledger.reasons[part], reasons[state] ?? { [UNSPECIFIED]: n });
  }
  return ledger;
}

/** The ledger of several campaigns together. */
export function sumOfLedgers(ledgers: readonly SendLedger[]): SendLedger {
  const total = emptyLedger();
  for (const ledger of ledgers) {
    total.planned += ledger.planned;
    for (const part of ledgerParts) total[part] += ledger[part];
    for (const part of reasonedParts) addCounts(total.reasons[part], ledger.reasons[part]);
  }
  return total;
}

/** Adds counts to others, in place. */
export function addCounts(counts: Record<string, number>, more: Record<string, number>): void {
  for (const [key, n] of Object.entries(more)) counts[key] = (counts[key] ?? 0) + n;
}

const isReasoned = (part: LedgerPart): part is ReasonedPart => (reasonedParts as readonly string[]).includes(part);

function emptyLedger(): SendLedger {
  const zeros = Object.fromEntries(ledgerParts.map((part) => [part, 0])) as Record<LedgerPart, number>;
  return { planned: 0, ...zeros, reasons: { refused: {}, held: {}, rejected: {} } };
}
