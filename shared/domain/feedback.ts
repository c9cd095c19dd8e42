// Decides what the provider's word means for a send: what it proves, and the ledger after it, in whatever order it comes.
import type { SuppressionReason } from "./address.ts";
import type { Instant } from "./instant.ts";
import { endingOf, type Ledger } from "./send.ts";

/** One thing the provider tells of a mail. */
export type Feedback = {
  /** The event's type in lower case: send, delivery, bounce, complaint, reject, open ... */
  kind: string;
  at: Instant;
  /** When the provider took the mail: the same in everything it tells of it. */
  acceptedAt: Instant;
  messageId: string;
  recipient: string;
  /** The tags every mail carries: the send's id and the profile's. */
  sid?: string;
  pid?: string;
  bounce?: { type: string; subType: string };
};

/** The provider took the mail and then did not send it: a virus, or a template of its own that does not render. */
const NOT_SENT = new Set(["reject", "rendering failure"]);
/** Comes for a mail that is rejected afterwards too; everything else only for one that left. */
const TAKEN = "send";

/** What the feedback stops for the address; a bounce that may pass stops nothing. */
export function suppressionOf({ kind, bounce }: Feedback): SuppressionReason | undefined {
  if (kind === "complaint") return "complaint";
  return kind === "bounce" && bounce?.type === "Permanent" ? "bounce" : undefined;
}

/** Whether it harms the sender's reputation: what SES's own suppression list held back never left, and SES does not count it. */
export function isHardBounce({ kind, bounce }: Feedback): boolean {
  return kind === "bounce" && bounce?.type === "Permanent" && bounce.subType !== "OnAccountSuppressionList";
}

/**
 * The ledger after feedback: whatever was known of the send, feedback proves that the provider took it, so it is SENT, or
 * REJECTED when all that is known is that it was not sent on (given up, if an earlier call stayed unknown). Of each kind the earliest instant stays. The same feedback
 * in any order, however often, gives the same ledger; the same ledger means nothing is new.
 */
export function ledgerAfter(ledger: Ledger, { kind, at, acceptedAt, messageId }: Feedback): Ledger {
  const before = ledger.feedback?.[kind];
  const feedback = { ...ledger.feedback, [kind]: before === undefined ? at : Math.min(before, at) };
  const sorted = Object.fromEntries(Object.entries(feedback).sort(([a], [b]) => (a < b ? -1 : 1)));
  const { reason: _, detail: __, leaseUntil: ___, ...rest } = ledger;
  const notSentAt = notSent(feedback);
  const after: Ledger =
    notSentAt === undefined
      ? { ...rest, state: "SENT", ...firstTaken(ledger, { at: acceptedAt, messageId }), feedback: sorted }
      : {
          ...rest,
          state: endingOf(ledger, "REJECTED"),
          reason: "mail_rejected",
          at: notSentAt,
          messageId,
          feedback: sorted,
        };
  return isSame(ledger, after) ? ledger : after;
}

/** When the provider said that it did not send the mail on, if nothing says otherwise. */
function notSent(feedback: Record<string, Instant>): Instant | undefined {
  const kinds = Object.keys(feedback);
  const no = kinds.filter((kind) => NOT_SENT.has(kind));
  if (no.length === 0 || kinds.some((kind) => kind !== TAKEN && !NOT_SENT.has(kind))) return undefined;
  return Math.min(...no.map((kind) => feedback[kind] as Instant));
}

type Taken = { at: Instant; messageId: string };

/** A service mail may have been taken twice: the first one counts. The provider's instant is the same in all it tells. */
function firstTaken({ state, at, messageId }: Ledger, told: Taken): Taken {
  if (state !== "SENT" || messageId === undefined || messageId === told.messageId) return told;
  return at < told.at || (at === told.at && messageId < told.messageId) ? { at, messageId } : told;
}

function isSame(before: Ledger, after: Ledger): boolean {
  const kinds = Object.keys(after.feedback ?? {});
  return (
    before.state === after.state &&
    before.at === after.at &&
    before.messageId === after.messageId &&
    kinds.every((kind) => before.feedback?.[kind] === after.feedback?.[kind])
  );
}
