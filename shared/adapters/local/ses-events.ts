// Decides how SES words what became of a mail: its events, field by field as SES publishes them.
import { HOUR_MS, type Instant, iso } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Mail } from "../../pipeline/ports.ts";

/** A mail that was accepted, as its feedback names it. */
export type AcceptedMail = { mail: Mail; messageId: string; at: Instant };

type Part = (accepted: AcceptedMail) => JsonObject;

/** Bounces by sort; the diagnostics are those of the receiving server. */
const bounce = (type: [bounceType: string, subType: string], [status, said]: [string, string]): Part => {
  const [bounceType, bounceSubType] = type;
  return ({ mail, messageId, at }) => ({
    eventType: "Bounce",
    bounce: {
      feedbackId: `feedback-bounce-${messageId}`,
      bounceType,
      bounceSubType,
      bouncedRecipients: [
        {
          emailAddress: mail.to,
          action: "failed",
          status,
          diagnosticCode: `smtp; ${status.replaceAll(".", "")} ${status} ${said}`,
        },
      ],
      timestamp: iso(at),
      reportingMTA: "dns; a1.smtp-out.eu-west-1.amazonses.com",
    },
  });
};

const complaint =
  (complaintFeedbackType: string): Part =>
  ({ mail, messageId, at }) => ({
    eventType: "Complaint",
    complaint: {
      complainedRecipients: [{ emailAddress: mail.to }],
      timestamp: iso(at),
      feedbackId: `feedback-complaint-${messageId}`,
      complaintSubType: null,
      userAgent: "Amazon SES Mailbox Simulator",
      complaintFeedbackType,
      arrivalDate: iso(at),
    },
  });

const READER = { ipAddress: "192.0.2.1", userAgent: "Mozilla/5.0 (Amazon SES Mailbox Simulator)" };
const topics = (status: "OptIn" | "OptOut", unsubscribeAll: boolean): JsonObject => ({
  unsubscribeAll,
  topicSubscriptionStatus: [{ topicName: "marketing", subscriptionStatus: status }],
});

/** By what is reported. Format: "Contents of event data that Amazon SES publishes to Amazon SNS". */
const PARTS = {
  send: () => ({ eventType: "Send", send: {} }),
  delivery: ({ mail, at }) => ({
    eventType: "Delivery",
    delivery: {
      timestamp: iso(at),
      processingTimeMillis: 120,
      recipients: [mail.to],
      smtpResponse: "250 2.6.0 Message received",
      reportingMTA: "a1.smtp-out.eu-west-1.amazonses.com",
    },
  }),
  "delivery delay": ({ mail, at }) => ({
    eventType: "DeliveryDelay",
    deliveryDelay: {
      timestamp: iso(at),
      delayType: "TransientCommunicationFailure",
      expirationTime: iso(at + 14 * HOUR_MS),
      delayedRecipients: [
        {
          emailAddress: mail.to,
          status: "4.4.1",
          diagnosticCode: "smtp; 421 4.4.1 Unable to connect to remote host",
        },
      ],
    },
  }),
  bounce: bounce(["Permanent", "General"], ["5.1.1", "user unknown"]),
  "soft bounce": bounce(["Transient", "General"], ["4.4.7", "message expired"]),
  "mailbox full": bounce(["Transient", "MailboxFull"], ["5.2.2", "mailbox full"]),
  "content rejected": bounce(["Transient", "ContentRejected"], ["5.7.1", "message content rejected"]),
  undetermined: bounce(["Undetermined", "Undetermined"], ["5.0.0", "unknown"]),
  "suppressed by account": bounce(["Permanent", "OnAccountSuppressionList"], ["5.1.1", "on the suppression list"]),
  "suppressed by provider": bounce(["Permanent", "Suppressed"], ["5.1.1", "on the suppression list"]),
  complaint: complaint("abuse"),
  "not spam": complaint("not-spam"),
  reject: () => ({ eventType: "Reject", reject: { reason: "Bad content" } }),
  "rendering failure": () => ({
    eventType: "Rendering Failure",
    failure: { errorMessage: "Attribute 'name' is not present in the rendering data.", templateName: "simulator" },
  }),
  open: ({ at }) => ({ eventType: "Open", open: { ...READER, timestamp: iso(at) } }),
  click: ({ mail, at }) => ({
    eventType: "Click",
    click: { ...READER, timestamp: iso(at), link: firstLink(mail.text), linkTags: null },
  }),
  unsubscribe: ({ at }) => ({
    eventType: "Subscription",
    subscription: {
      contactList: "simulator",
      timestamp: iso(at),
      source: "UnsubscribeHeader",
      newTopicPreferences: topics("OptOut", true),
      oldTopicPreferences: topics("OptIn", false),
    },
  }),
} as const satisfies Record<string, Part>;

/** What can be reported of a mail. */
export type Report = keyof typeof PARTS;

/** One event of the configuration set's destination. */
export function sesEvent(report: Report, accepted: AcceptedMail): JsonObject {
  const part: Part = PARTS[report];
  const { eventType, ...body } = part(accepted);
  return { eventType: eventType as string, mail: mailObject(accepted), ...body };
}

const firstLink = (text: string) => /https?:\/\/[^\s<>")]+/.exec(text)?.[0] ?? "https://shop.example/";

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
