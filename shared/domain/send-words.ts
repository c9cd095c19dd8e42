// Decides how a send's state and reason read to somebody who does not know the codes.
import type { Instant } from "./instant.ts";
import { BEING_SENT, NOT_JUDGED_YET, reasonOf, type SeenAt, TOO_LATE } from "./ledger.ts";
import { type HoldReason, holdReasons, type Ledger, type RefusalReason, type SendState } from "./send.ts";

/** What became of calls to the mailer, as the ledger keeps it. */
const mailerReasons = {
  mail_throttled: "the provider was asked too fast; tried again soon",
  mail_rejected: "the provider refused it for good",
  "not-accepted": "the provider does not have it; tried again soon",
  "sent-again": "the provider never said whether it took it; sent once more",
  "no-word-from-provider": "the provider never said whether it took it",
};

const words: Record<RefusalReason | HoldReason | keyof typeof mailerReasons, string> & Record<string, string> = {
  expired: "too late to be worth sending",
  archived: "the campaign was archived meanwhile",
  "no-address": "no e-mail address that mail can go to",
  "consent-denied": "does not want marketing mail",
  "consent-unknown": "never agreed to marketing mail",
  suppressed: "the address bounced, complained, or was closed",
  "opted-out": "unsubscribed",
  "quiet-hours": "quiet hours where the person lives",
  priority: "a more important mail to the same address goes first",
  "frequency-cap": "heard from us often enough",
  "campaign-ceiling": "the campaign's most mails of the day have left",
  "account-ceiling": "the shop's most mails of the day have left",
  holdout: "held out, to measure what mails do",
  "not-renderable": "the template lacked something",
  paused: "the campaign was stopped when this was last looked at",
  "account-paused": "all sending was stopped when this was last looked at",
  sandbox: "the provider only lets mails out to verified addresses (sandbox)",
  "daily-quota": "the provider's quota of the day is used up",
  [NOT_JUDGED_YET]: "decided, and about to be looked at",
  [BEING_SENT]: "being handed to the provider",
  [TOO_LATE]: "waits, but too late by now to be worth sending: it will end as expired",
  ...mailerReasons,
};

/** Every reason a send can be asked for by. */
export const sendReasons: readonly string[] = Object.keys(words);

/** A reason in words; a reason without words reads as it is. */
export const reasonWords = (reason: string): string => words[reason] ?? reason;

const stateWords: Partial<Record<SendState, string>> = {
  SENT: "left",
  UNKNOWN: "handed over, but the provider did not say whether it took it: nobody sends it again until that is known",
  ABANDONED: "given up: the provider never said whether it took it, and a second mail would be worse",
};

/** Why a send is where it is, in words. */
export function whyText(ledger: Pick<Ledger, "state" | "detail">, reason: string | undefined): string {
  const plain = stateWords[ledger.state] ?? reasonWords(reason ?? ledger.state);
  return ledger.detail === undefined ? plain : `${plain}: ${ledger.detail}`;
}

/** Until when the gates hold a send, where they hold it until an instant. */
export function heldUntil(ledger: Pick<Ledger, "state" | "reason">, seen: SeenAt): Instant | undefined {
  const reason = ledger.state === "PENDING" ? reasonOf(ledger, seen) : undefined;
  return (holdReasons as readonly (string | undefined)[]).includes(reason) ? seen.dueAt : undefined;
}
