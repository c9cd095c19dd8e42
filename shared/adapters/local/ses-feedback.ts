// Decides what SES would report about a mail to a mailbox-simulator address, in SES's own words inside SNS's envelope.
import { type Instant, iso } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Mail } from "../../pipeline/ports.ts";

/** A mail that was accepted, as its feedback names it. */
export type AcceptedMail = { mail: Mail; messageId: string; at: Instant };

type EventType = "Delivery" | "Bounce" | "Complaint";

/** A complaint comes from somebody who got the mail, so SES reports the delivery too. */
const OUTCOMES: Record<string, EventType[]> = {
  bounce: ["Bounce"],
  complaint: ["Delivery", "Complaint"],
  ooto: ["Delivery"],
  success: ["Delivery"],
};

const TOPIC_ARN = "arn:aws:sns:eu-west-1:000000000000:relance-feedback";

/**
 * The feedback messages that a mail leads to: one SNS notification each, as a queue subscribed to the topic gets it.
 * Only addresses whose local part starts with bounce, complaint, ooto or success (in any case) lead to any.
 * Format: SES event publishing, "Contents of event data that Amazon SES publishes to Amazon SNS".
 */
export function feedbackOf(accepted: AcceptedMail): JsonObject[] {
  const local = accepted.mail.to.toLowerCase();
  const outcome = Object.keys(OUTCOMES).find((start) => local.startsWith(start));
  return (OUTCOMES[outcome ?? ""] ?? []).map((eventType) => notification(sesEvent(eventType, accepted), accepted));
}

function sesEvent(eventType: EventType, { mail, messageId, at }: AcceptedMail): JsonObject {
  const timestamp = iso(at);
  const reported = { eventType, mail: mailObject({ mail, messageId, at }) };
  if (eventType === "Delivery") {
    const delivery = {
      timestamp,
      processingTimeMillis: 120,
      recipients: [mail.to],
      smtpResponse: "250 2.6.0 Message received",
      reportingMTA: "a1.smtp-out.eu-west-1.amazonses.com",
    };
    return { ...reported, delivery };
  }
  const feedbackId = `feedback-${eventType.toLowerCase()}-${messageId}`;
  if (eventType === "Complaint") {
    const complaint = {
      complainedRecipients: [{ emailAddress: mail.to }],
      timestamp,
      feedbackId,
      complaintSubType: null,
      userAgent: "Amazon SES Mailbox Simulator",
      complaintFeedbackType: "abuse",
      arrivalDate: timestamp,
    };
    return { ...reported, complaint };
  }
  const recipient = {
    emailAddress: mail.to,
    action: "failed",
    status: "5.1.1",
    diagnosticCode: "smtp; 550 5.1.1 user unknown",
  };
  return {
    ...reported,
    bounce: {
      feedbackId,
      bounceType: "Permanent",
      bounceSubType: "General",
      bouncedRecipients: [recipient],
      timestamp,
      reportingMTA: "dns; a1.smtp-out.eu-west-1.amazonses.com",
    },
  };
}

function mailObject({ mail, messageId, at }: AcceptedMail): JsonObject {
  const headers = [
    { name: "From", value: mail.from },
    { name: "To", value: mail.to },
    { name: "Subject", value: mail.subject },
    ...Object.entries(mail.headers).map(([name, value]) => ({ name, value })),
  ];
  const own = Object.entries(mail.tags).map(([name, value]) => [name, [value]]);
  return {
    timestamp: iso(at),
    source: mail.from,
    sendingAccountId: "000000000000",
    messageId,
    destination: [mail.to],
    headersTruncated: false,
    headers,
    commonHeaders: { from: [mail.from], to: [mail.to], messageId, subject: mail.subject },
    tags: { ...Object.fromEntries(own), "ses:operation": ["SendEmail"], "ses:caller-identity": ["relance"] },
  };
}

function notification(event: JsonObject, { messageId, at }: AcceptedMail): JsonObject {
  return {
    Type: "Notification",
    MessageId: `${messageId}-${String(event["eventType"]).toLowerCase()}`,
    TopicArn: TOPIC_ARN,
    Subject: "Amazon SES Email Event Notification",
    Message: JSON.stringify(event),
    Timestamp: iso(at),
    SignatureVersion: "1",
    Signature: "local",
    SigningCertURL: "https://sns.eu-west-1.amazonaws.com/local.pem",
    UnsubscribeURL: "https://sns.eu-west-1.amazonaws.com/",
  };
}
