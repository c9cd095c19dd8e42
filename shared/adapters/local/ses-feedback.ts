// Decides what SES would report about a mail to a mailbox-simulator address, inside SNS's envelope.
import { iso } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import { type AcceptedMail, type Report, sesEvent } from "./ses-events.ts";

/** Addresses of any domain whose local part starts with `start`, in any case, and what becomes of mail to them. */
type SimulatedMailbox = { start: string; words: string; reports: readonly Report[] };

/**
 * The mailboxes that are played here, in the order in which they are shown. Of several starts that fit the longest counts. A
 * complaint, an open or a click comes from somebody who got the mail, so SES reports the delivery too.
 */
export const simulatedMailboxes: readonly SimulatedMailbox[] = [
  { start: "success", words: "is delivered", reports: ["delivery"] },
  { start: "sent", words: "is taken by the provider, and nothing more is heard", reports: ["send"] },
  { start: "ooto", words: "is delivered, and answered by an out-of-office note", reports: ["delivery"] },
  { start: "bounce", words: "does not exist: a hard bounce, which closes the address", reports: ["bounce"] },
  { start: "soft-bounce", words: "cannot be reached for now: a soft bounce", reports: ["soft bounce"] },
  { start: "mailbox-full", words: "is full: a soft bounce", reports: ["mailbox full"] },
  {
    start: "content-rejected",
    words: "does not take this mail: says nothing of the address",
    reports: ["content rejected"],
  },
  { start: "undetermined", words: "bounces, nobody knows why: counts as a soft bounce", reports: ["undetermined"] },
  { start: "delay", words: "is late, then delivered", reports: ["delivery delay", "delivery"] },
  { start: "complaint", words: "is delivered, and its reader reports spam", reports: ["delivery", "complaint"] },
  { start: "not-spam", words: "is delivered, and taken out of the spam folder", reports: ["delivery", "not spam"] },
  {
    start: "suppressed",
    words: "is on the account's suppression list: nothing is sent",
    reports: ["suppressed by account"],
  },
  {
    start: "suppressionlist",
    words: "is on the provider's own list: a hard bounce",
    reports: ["suppressed by provider"],
  },
  { start: "reject", words: "is not sent on, because of a virus in it", reports: ["send", "reject"] },
  {
    start: "rendering",
    words: "is not sent on, because the provider cannot render it",
    reports: ["rendering failure"],
  },
  {
    start: "open",
    words: "is delivered and opened (told only of mails whose opens are tracked)",
    reports: ["delivery", "open"],
  },
  { start: "click", words: "is delivered, and a link in it clicked as SES counts it", reports: ["delivery", "click"] },
  {
    start: "unsubscribe",
    words: "is delivered, and its reader leaves SES's list",
    reports: ["delivery", "unsubscribe"],
  },
];

const byLength = simulatedMailboxes.toSorted((a, b) => b.start.length - a.start.length);

/** What SES would report of a mail to the address, in order; nothing for an address that is none of the simulator's. */
export function reportsTo(to: string): readonly Report[] {
  const local = to.toLowerCase();
  return byLength.find(({ start }) => local.startsWith(start))?.reports ?? [];
}

/** Why SES puts the address on its suppression list, if it does. */
export function listedFor(to: string): "bounce" | "complaint" | undefined {
  return (["complaint", "bounce"] as const).find((reason) => reportsTo(to).includes(reason));
}

const TOPIC_ARN = "arn:aws:sns:eu-west-1:000000000000:relance-feedback";

/** The feedback messages that a mail leads to: one SNS notification each, as a queue subscribed to the topic gets it. */
export function feedbackOf(accepted: AcceptedMail): JsonObject[] {
  const { mail } = accepted;
  const told = reportsTo(mail.to).filter((report) => report !== "open" || mail.tracksOpens);
  return told.map((report) => notification(report, accepted));
}

function notification(report: Report, accepted: AcceptedMail): JsonObject {
  const { messageId, at } = accepted;
  return {
    Type: "Notification",
    MessageId: `${messageId}-${report.replaceAll(" ", "-")}`,
    TopicArn: TOPIC_ARN,
    Subject: "Amazon SES Email Event Notification",
    Message: JSON.stringify(sesEvent(report, accepted)),
    Timestamp: iso(at),
    SignatureVersion: "1",
    Signature: "local",
    SigningCertURL: "https://sns.eu-west-1.amazonaws.com/local.pem",
    UnsubscribeURL: "https://sns.eu-west-1.amazonaws.com/",
  };
}
