// Decides what a send is: one message to one profile, with an id that is the same however often it is decided.
import type { Priority, Purpose } from "./campaign.ts";
import type { Click } from "./engagement.ts";
import { contentHash } from "./hash.ts";
import { HOUR_MS, type Instant, MINUTE_MS } from "./instant.ts";
import type { Arm } from "./run.ts";

/** How long the fast path (or a claim) has a send for itself before the due index hands it out again. */
export const SEND_LEASE_MS = 10 * MINUTE_MS;
/** What the due index adds to a lease at most, so that what fails together comes back apart. */
export const LEASE_JITTER_MS = MINUTE_MS;

export type Send = {
  id: string;
  profileId: string;
  campaign: string;
  /** Campaign revision (content hash). */
  revision: string;
  step: string;
  /** Entry key of the run. */
  key: string;
  channel: "email";
  template: string;
  purpose: Purpose;
  priority: Priority;
  /** Who gets the mail, or nobody: decided at entry. */
  arm: Arm;
  /** Arms of the splits that led here, by step id. */
  splits?: Record<string, string>;
  /** Where the causing event is stored in the profile's partition, and when it happened. */
  causeSk: string;
  causeAt: Instant;
  intendedAt: Instant;
  /** Not worth sending from here on. */
  expiresAt: Instant;
  /** The triggers that led here, if news of another mail is among them: no mail may cause itself over and over. */
  behind?: string[];
};

/**
 * The send's id: the same campaign, step, profile, entry and channel are the same send, so deciding twice cannot send
 * twice.
 */
export function sendIdOf(send: Pick<Send, "campaign" | "step" | "profileId" | "key" | "channel">): string {
  return contentHash(JSON.stringify([send.campaign, send.step, send.profileId, send.key, send.channel]));
}

/** Why a send was not made. Every one of them can be asked for. */
export const refusalReasons = [
  "expired",
  "archived",
  "no-address",
  "consent-denied",
  "consent-unknown",
  "suppressed",
  "opted-out",
  "person-paused",
  "quiet-hours",
  "priority",
  "frequency-cap",
  "campaign-ceiling",
  "account-ceiling",
  "holdout",
  "not-renderable",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why the gates let a send wait. The first three wait for somebody to resume, the others for an instant. */
export const holdReasons = [
  "paused",
  "account-paused",
  "sandbox",
  "daily-quota",
  "person-paused",
  "quiet-hours",
  "priority",
  "frequency-cap",
  "campaign-ceiling",
  "account-ceiling",
] as const;
export type HoldReason = (typeof holdReasons)[number];

/**
 * The ledger: PENDING → CLAIMED → SENT | REJECTED | UNKNOWN → SENT (the provider's word came) | ABANDONED (it did not);
 * REFUSED and EXPIRED never left. A definite no that may pass leads back to PENDING.
 */
export const sendStates = [
  "PENDING",
  "CLAIMED",
  "SENT",
  "REJECTED",
  "UNKNOWN",
  "ABANDONED",
  "REFUSED",
  "EXPIRED",
] as const;
export type SendState = (typeof sendStates)[number];

/** How long the outcome of a call may stay unknown: then a marketing mail is given up, a service mail is sent once more. */
export const UNKNOWN_MS = 6 * HOUR_MS;

/** What the ledger knows of a send. `detail` is for people: the missing variable, the mailer's words. */
export type Ledger = {
  state: SendState;
  reason?: string;
  detail?: string;
  at: Instant;
  messageId?: string;
  leaseUntil?: Instant;
  /** Table key of the address that was claimed (opaque): where a click in this mail opts out. */
  address?: string;
  /** Of a claim: whose it is. */
  claimId?: string;
  /** While others wait for it: table key of the address where they do. */
  waitsAt?: string;
  /** Calls to the mailer so far. */
  attempts: number;
  /** A service mail whose first call stayed unknown was sent once more. */
  resent?: true;
  /** What SES said later: delivery, bounce, complaint; and what clicks came to. */
  feedback?: Record<string, Instant>;
  /** The latest clicks, from which it is told whose they were. */
  clicks?: Click[];
};

/** The ledger in its next state: how often it was tried and what was heard of it stay, the rest belongs to the state. */
export function nextLedger(
  { attempts, resent, feedback, address }: Ledger,
  next: Pick<Ledger, "state" | "at"> & Partial<Ledger>,
): Ledger {
  // A first call that stayed unknown may have left: the way back to its address stays.
  const keepsAddress = next.state !== "PENDING" || resent === true || next.resent === true;
  return {
    attempts,
    ...(resent && { resent }),
    ...(feedback && { feedback }),
    ...(address !== undefined && keepsAddress && { address }),
    ...next,
  };
}

/**
 * How a send ends that does not leave now. One whose first call stayed unknown may have left then: that it is given up is
 * all that can be said.
 */
export function endingOf({ resent }: Ledger, state: "REFUSED" | "EXPIRED" | "REJECTED"): SendState {
  return resent ? "ABANDONED" : state;
}
