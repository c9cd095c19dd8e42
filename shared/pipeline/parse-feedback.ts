// Decides what a message of the feedback queue is: one SES event, inside SNS's envelope or without.
import * as z from "zod";
import { normalAddress } from "../domain/email-address.ts";
import type { InputProblem } from "../domain/event.ts";
import type { Feedback, FeedbackKind } from "../domain/feedback.ts";
import { DAY_MS, type Instant, parseInstant } from "../domain/instant.ts";
import { problemsOf } from "../domain/problem.ts";

const instantSchema = z.string().transform((text, context): Instant => {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  context.addIssue({ code: "custom", message: "must be an ISO 8601 instant" });
  return z.NEVER;
});
/** What only helps to tell recipients apart may be missing or broken: a complaint is a complaint. */
const namedSchema = z.array(z.object({ emailAddress: z.string() }).transform((told) => told.emailAddress)).catch([]);
const textSchema = z.string().max(100).catch("");
const happenedSchema = z.object({ timestamp: z.string().catch("") }).optional();
const topicsSchema = z
  .object({
    unsubscribeAll: z.boolean().catch(false),
    topicSubscriptionStatus: z.array(z.object({ topicName: z.string(), subscriptionStatus: z.string() })).catch([]),
  })
  .catch({ unsubscribeAll: false, topicSubscriptionStatus: [] });
type Topics = z.infer<typeof topicsSchema>;

/** Only what is read: diagnostics, user agents and whatever else strangers may write into an event never get further. */
const sesEventSchema = z.object({
  eventType: z.string().max(100),
  mail: z.object({
    timestamp: instantSchema,
    messageId: z.string().min(1).max(300),
    destination: z.array(z.string()).max(100),
    tags: z.record(z.string(), z.unknown()).catch({}),
  }),
  bounce: z
    .object({
      bounceType: z.string(),
      bounceSubType: textSchema,
      timestamp: z.string().catch(""),
      bouncedRecipients: namedSchema,
    })
    .optional(),
  complaint: z
    .object({
      timestamp: z.string().catch(""),
      complaintFeedbackType: textSchema,
      complaintSubType: textSchema,
      complainedRecipients: namedSchema,
    })
    .optional(),
  delivery: z.object({ timestamp: z.string().catch(""), recipients: z.array(z.string()).catch([]) }).optional(),
  deliveryDelay: happenedSchema,
  open: happenedSchema,
  click: happenedSchema,
  subscription: z
    .object({ timestamp: z.string().catch(""), newTopicPreferences: topicsSchema, oldTopicPreferences: topicsSchema })
    .optional(),
});
type SesEvent = z.infer<typeof sesEventSchema>;

/** SNS wraps the event as text, unless raw delivery is on. */
const snsSchema = z.object({ Message: z.string() });

/** Reads one message, or says what is wrong with it. Events without an instant of their own have that of the mail. */
export function parseFeedback(body: unknown, now: Instant): Feedback | InputProblem[] {
  const sns = snsSchema.safeParse(body);
  let event: unknown = body;
  try {
    if (sns.success) event = JSON.parse(sns.data.Message);
  } catch {
    return [{ code: "not_json", path: "Message", message: "is not JSON" }];
  }
  const parsed = sesEventSchema.safeParse(withEventType(event));
  if (!parsed.success) return problemsOf(parsed.error);
  const kind = kindOf(parsed.data);
  if (typeof kind !== "string") return [kind];
  if (parsed.data.mail.timestamp > now + DAY_MS) {
    return [{ code: "in_the_future", path: "mail.timestamp", message: "lies more than a day in the future" }];
  }
  return feedbackOf(parsed.data, kind, now);
}

/** What SES tells of an identity without a configuration set has the same shape under another name, and no tags. */
function withEventType(event: unknown): unknown {
  if (typeof event !== "object" || event === null || "eventType" in event || !("notificationType" in event))
    return event;
  return { ...event, eventType: event.notificationType };
}

const KIND_OF: Record<string, FeedbackKind> = {
  Send: "send",
  Delivery: "delivery",
  DeliveryDelay: "deliverydelay",
  Reject: "reject",
  "Rendering Failure": "rendering failure",
  Open: "open",
  Click: "click",
};

function kindOf({ eventType, bounce, complaint, subscription }: SesEvent): FeedbackKind | InputProblem {
  if (Object.hasOwn(KIND_OF, eventType)) return KIND_OF[eventType] as FeedbackKind;
  if (eventType === "Bounce") {
    if (bounce === undefined) return { code: "missing", path: "bounce", message: "is missing" };
    return bounce.bounceType === "Permanent" ? "bounce" : "soft-bounce";
  }
  if (eventType === "Complaint") return complaint?.complaintFeedbackType === "not-spam" ? "not-spam" : "complaint";
  if (eventType === "Subscription") return subscription && optsOut(subscription) ? "unsubscribe" : "subscription";
  return { code: "unknown_event_type", path: "eventType", message: "is none that SES publishes" };
}

/** Everything, or a topic that was not off before. */
function optsOut({ newTopicPreferences: now, oldTopicPreferences: before }: NonNullable<SesEvent["subscription"]>) {
  const off = (topics: Topics) =>
    topics.topicSubscriptionStatus.flatMap(({ topicName, subscriptionStatus }) =>
      /^opt_?out$/i.test(subscriptionStatus) ? [topicName] : [],
    );
  const wasOff = new Set(off(before));
  return now.unsubscribeAll || off(now).some((topic) => !wasOff.has(topic));
}

function feedbackOf({ mail, ...told }: SesEvent, kind: FeedbackKind, now: Instant): Feedback {
  const { bounce, complaint, delivery } = told;
  const happened =
    bounce ?? complaint ?? delivery ?? told.deliveryDelay ?? told.open ?? told.click ?? told.subscription;
  const at = parseInstant(happened?.timestamp ?? "") ?? mail.timestamp;
  const about = bounce?.bouncedRecipients ?? complaint?.complainedRecipients ?? delivery?.recipients ?? [];
  const [sid, pid] = [tagOf(mail.tags, "sid"), tagOf(mail.tags, "pid")];
  const subType = bounce?.bounceSubType ?? complaint?.complaintSubType ?? "";
  return {
    kind,
    at: at > now + DAY_MS ? mail.timestamp : at,
    acceptedAt: mail.timestamp,
    messageId: mail.messageId,
    recipients: concerned(mail.destination, about),
    ...(sid !== undefined && { sid }),
    ...(pid !== undefined && { pid }),
    ...(subType !== "" && { subType }),
  };
}

/** As they are in keys of the table; anything else is no tag of ours. */
const TAG = /^[A-Za-z0-9_.-]{1,128}$/;

function tagOf(tags: Record<string, unknown>, name: string): string | undefined {
  const values = Object.hasOwn(tags, name) ? tags[name] : undefined;
  const [value] = Array.isArray(values) ? values : [];
  return typeof value === "string" && TAG.test(value) ? value : undefined;
}

const NAMED = /<([^<>]*)>\s*$/;

/**
 * Of those the mail went to, the ones the event is about; all of them where that cannot be told. Addresses that only the other
 * side names are nobody we wrote to: a mail server may write into its answer what it likes.
 */
function concerned(destination: string[], about: string[]): string[] {
  const addressesOf = (texts: string[]) =>
    texts.flatMap((text) => normalAddress(NAMED.exec(text.slice(-1_000))?.[1] ?? text) ?? []);
  const to = [...new Set(addressesOf(destination))];
  const named = new Set(addressesOf(about));
  const both = to.filter((address) => named.has(address));
  return to.length === 1 || both.length === 0 ? to : both;
}
