// Decides what a send is: one message to one profile, with an id that is the same however often it is decided.
import type { Priority, Purpose } from "./campaign.ts";
import { contentHash } from "./hash.ts";
import { type Instant, MINUTE_MS } from "./instant.ts";
import type { Arm } from "./run.ts";

/** How long the fast path (or a claim) has a send for itself before the due index hands it out again. */
export const SEND_LEASE_MS = 10 * MINUTE_MS;

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
  "frequency-cap",
  "holdout",
  "not-renderable",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];
export type HoldReason = "frequency-cap" | "paused";

/**
 * The ledger: PENDING → CLAIMED → SENT | REJECTED | UNKNOWN; REFUSED and EXPIRED never left. A retryable no of the
 * mailer leads back to PENDING.
 */
export type SendState = "PENDING" | "CLAIMED" | "SENT" | "REJECTED" | "UNKNOWN" | "REFUSED" | "EXPIRED";
export const sendStates: readonly SendState[] = [
  "PENDING",
  "CLAIMED",
  "SENT",
  "REJECTED",
  "UNKNOWN",
  "REFUSED",
  "EXPIRED",
];

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
  attempts: number;
  /** What SES said later: delivery, bounce, complaint. */
  feedback?: Record<string, Instant>;
};
