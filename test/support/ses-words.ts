// Builds what SES tells of a mail, in its own words, as the feedback queue gets it: raw, or inside SNS's envelope.
import { type Instant, iso } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";

export type Told = {
  /** `eventType` as SES has it. */
  type: string;
  to?: string[];
  sid?: string;
  pid?: string;
  /** When the mail was accepted. */
  acceptedAt: Instant;
  messageId?: string;
  /** The object of the event and its name, such as `bounce`. */
  part?: JsonObject;
};

/** "Contents of event data that Amazon SES publishes to Amazon SNS": every field that SES fills, with invented values. */
export function sesWord({ type, to = [], sid, pid, acceptedAt, messageId = "m-1", part = {} }: Told): JsonObject {
  const tags: JsonObject = {
    "ses:configuration-set": ["relance"],
    "ses:source-ip": ["192.0.2.0"],
    "ses:from-domain": ["shop.example"],
    "ses:caller-identity": ["relance"],
    ...(sid !== undefined && { sid: [sid] }),
    ...(pid !== undefined && { pid: [pid] }),
  };
  return {
    eventType: type,
    mail: {
      timestamp: iso(acceptedAt),
      source: "hello@shop.example",
      sourceArn: "arn:aws:ses:eu-west-3:123456789012:identity/shop.example",
      sendingAccountId: "123456789012",
      messageId,
      destination: to,
      headersTruncated: false,
      headers: [{ name: "Subject", value: "Hello" }],
      commonHeaders: { from: ["hello@shop.example"], to, messageId, subject: "Hello" },
      tags,
    },
    ...part,
  };
}

/** As SNS hands it on where raw delivery is off. */
export const inSns = (event: Json): JsonObject => ({
  Type: "Notification",
  MessageId: "sns-1",
  TopicArn: "arn:aws:sns:eu-west-3:123456789012:relance-feedback",
  Subject: "Amazon SES Email Event Notification",
  Message: JSON.stringify(event),
  Timestamp: "2026-03-02T08:00:00.000Z",
});

/** The `bounce` object of a bounce. */
export const bounceOf = (type: string, subType: string, { at, of }: { at: Instant; of: string[] }): JsonObject => ({
  bounce: {
    feedbackId: "f-1",
    bounceType: type,
    bounceSubType: subType,
    bouncedRecipients: of.map((emailAddress) => ({
      emailAddress,
      action: "failed",
      status: "5.1.1",
      diagnosticCode: "smtp; 550 5.1.1 user unknown",
    })),
    timestamp: iso(at),
    reportingMTA: "dns; a1.smtp-out.eu-west-3.amazonses.com",
  },
});

/** The `subscription` object of a choice on SES's own page, or in a mail program. */
export const subscriptionOf = (
  at: Instant,
  { all = false, now = "OptIn", before = "OptIn" }: { all?: boolean; now?: string; before?: string } = {},
): JsonObject => ({
  subscription: {
    contactList: "news",
    timestamp: iso(at),
    source: "UnsubscribeHeader",
    newTopicPreferences: {
      unsubscribeAll: all,
      topicSubscriptionStatus: [{ topicName: "offers", subscriptionStatus: now }],
    },
    oldTopicPreferences: {
      unsubscribeAll: false,
      topicSubscriptionStatus: [{ topicName: "offers", subscriptionStatus: before }],
    },
  },
});
