// Decides how a send's state and reason read to somebody who does not know the codes.
import type { Instant } from "./instant.ts";
import { BEING_SENT, NOT_JUDGED_YET, reasonOf, resumeReasons, type SeenAt, TOO_LATE } from "./ledger.ts";
import { type HoldReason, holdReasons, type Ledger, type RefusalReason, type SendState } from "./send.ts";

/** What became of calls to the mailer, as the ledger keeps it. */
const mailerReasons = {
  mail_throttled: "the provider was asked too fast; tried again soon",
  mail_rejected: "the provider refused it for good",
  "not-called": "the provider was not asked in time; tried again soon",
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
  "person-paused": "wants no mail for a while",
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

/** What lets no mail of a campaign out now; `catalogue`: its file says `status: paused`. */
export type StoppedBy = "campaign" | "catalogue" | "account" | "provider";

const stopWords: Record<StoppedBy, string> = {
  campaign: "the campaign is stopped",
  catalogue: "the campaign is paused in its file",
  account: "all sending is stopped",
  provider: "the provider has paused the account",
};

/** What stops a campaign's mail now, in words; empty when nothing does. */
export const stopsText = (stops: readonly StoppedBy[]): string => stops.map((stop) => stopWords[stop]).join(" and ");

/** Why a send is where it is, in words. `stops`: what stops it now, whatever it was held for when it was last looked at. */
export function whyText(
  ledger: Pick<Ledger, "state" | "detail">,
  reason: string | undefined,
  stops: readonly StoppedBy[] = [],
): string {
  const isStopped = ledger.state === "PENDING" && stops.length > 0 && reason !== TOO_LATE;
  const isSaid = reason === undefined || reason === NOT_JUDGED_YET || resumeReasons.includes(reason);
  if (isStopped && isSaid) return stopsText(stops);
  const plain = stateWords[ledger.state] ?? reasonWords(reason ?? ledger.state);
  if (isStopped) return `${stopsText(stops)}; besides, when last looked at: ${plain}`;
  return ledger.detail === undefined ? plain : `${plain}: ${ledger.detail}`;
}

/** Until when the gates hold a send, where they hold it until an instant. */
export function heldUntil(ledger: Pick<Ledger, "state" | "reason">, seen: SeenAt): Instant | undefined {
  const reason = ledger.state === "PENDING" ? reasonOf(ledger, seen) : undefined;
  return (holdReasons as readonly (string | undefined)[]).includes(reason) ? seen.dueAt : undefined;
}
