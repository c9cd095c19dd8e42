// Decides what the provider's word means for a send: what it proves, and the ledger after it, in whatever order it comes.
import type { SuppressionReason } from "./address.ts";
import type { Instant } from "./instant.ts";
import { endingOf, type Ledger } from "./send.ts";

/**
 * Everything the provider may tell of a mail, as the ledger calls it. `soft-bounce`: one that may pass; `not-spam`: somebody took
 * the mail out of the spam folder; `unsubscribe`: somebody told the mail program, or SES's own page, to hear no more;
 * `subscription`: any other choice there.
 */
export const feedbackKinds = [
  "send",
  "delivery",
  "deliverydelay",
  "bounce",
  "soft-bounce",
  "complaint",
  "not-spam",
  "reject",
  "rendering failure",
  "open",
  "click",
  "subscription",
  "unsubscribe",
] as const;
export type FeedbackKind = (typeof feedbackKinds)[number];

/** One thing the provider tells of a mail. */
export type Feedback = {
  kind: FeedbackKind;
  at: Instant;
  /** When the provider took the mail: the same in everything it tells of it. */
  acceptedAt: Instant;
  messageId: string;
  /** Whom it is about, as they were written to. */
  recipients: string[];
  /** The tags every mail carries: the send's id and the profile's. */
  sid?: string;
  pid?: string;
  /** The provider's own word for the sort of a bounce or complaint. */
  subType?: string;
};

/** The provider took the mail and then did not send it: a virus, or a template of its own that does not render. */
const NOT_SENT = new Set(["reject", "rendering failure"]);
/** Comes for a mail that is rejected afterwards too; everything else only for one that left. */
const TAKEN = "send";

/** What the feedback stops for the address; a bounce that may pass stops nothing by itself. */
export function suppressionOf({ kind }: Feedback): SuppressionReason | undefined {
  return kind === "complaint" || kind === "bounce" ? kind : undefined;
}

/** SES's own suppression list held the mail back: it never left, and nobody bounced or complained anew. */
const NEVER_LEFT = "OnAccountSuppressionList";

/** How it harms the sender's reputation, if it does: as SES counts it. */
export function harmOf({ kind, subType }: Feedback): "bounce" | "complaint" | undefined {
  return (kind === "bounce" || kind === "complaint") && subType !== NEVER_LEFT ? kind : undefined;
}

/** About the mail, not the address: another one may well arrive. */
const OF_THE_MAIL = new Set(["ContentRejected", "AttachmentRejected", "MessageTooLarge"]);
/** An automatic answer is no bounce, whoever takes it for one. */
const AUTOMATIC_ANSWER = /^(out[-_ ]?of[-_ ]?office|ooto|auto[-_ ]?(reply|response))$/i;

/** Whether it counts against the address, together with others. */
export function isSoftBounce({ kind, subType = "" }: Feedback): boolean {
  return kind === "soft-bounce" && !OF_THE_MAIL.has(subType) && !AUTOMATIC_ANSWER.test(subType);
}

/** Of several instants of a kind the earliest stays; of a wish to hear no more the latest, since a later yes may lie in between. */
function instantOf(kind: FeedbackKind, before: Instant | undefined, at: Instant): Instant {
  if (before === undefined) return at;
  return kind === "unsubscribe" ? Math.max(before, at) : Math.min(before, at);
}

/**
 * The ledger after feedback: whatever was known of the send, feedback proves that the provider took it, so it is SENT, or
 * REJECTED when all that is known is that it was not sent on (given up, if an earlier call stayed unknown). Of each kind the earliest instant stays. The same feedback
 * in any order, however often, gives the same ledger; the same ledger means nothing is new.
 */
export function ledgerAfter(ledger: Ledger, { kind, at, acceptedAt, messageId }: Feedback): Ledger {
  const feedback = { ...ledger.feedback, [kind]: instantOf(kind, ledger.feedback?.[kind], at) };
  const sorted = Object.fromEntries(Object.entries(feedback).sort(([a], [b]) => (a < b ? -1 : 1)));
  const { reason: _, detail: __, leaseUntil: ___, waitsAt: ____, ...rest } = ledger;
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
