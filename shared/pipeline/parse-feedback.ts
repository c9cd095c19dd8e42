// Decides what a message of the feedback queue is: one SES event, inside SNS's envelope or without.
import * as z from "zod";
import type { InputProblem } from "../domain/event.ts";
import type { Feedback } from "../domain/feedback.ts";
import { type Instant, parseInstant } from "../domain/instant.ts";
import { problemsOf } from "../domain/problem.ts";

const instantSchema = z.string().transform((text, context): Instant => {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  context.addIssue({ code: "custom", message: "must be an ISO 8601 instant" });
  return z.NEVER;
});
const happenedSchema = z.object({ timestamp: z.string() }).optional();

const sesEventSchema = z.object({
  eventType: z.string().min(1),
  mail: z.object({
    timestamp: instantSchema,
    messageId: z.string(),
    destination: z.array(z.string()),
    tags: z.record(z.string(), z.array(z.string())).default({}),
  }),
  bounce: z.object({ bounceType: z.string(), bounceSubType: z.string().optional(), timestamp: z.string() }).optional(),
  complaint: z.object({ timestamp: z.string(), complaintFeedbackType: z.string().nullish() }).optional(),
  delivery: happenedSchema,
  deliveryDelay: happenedSchema,
  open: happenedSchema,
  click: happenedSchema,
});

/** SNS wraps the event as text, unless raw delivery is on. */
const snsSchema = z.object({ Message: z.string() });

/** Reads one message, or says what is wrong with it. Events without an instant of their own have that of the mail. */
export function parseFeedback(body: unknown): Feedback | InputProblem[] {
  const sns = snsSchema.safeParse(body);
  let event: unknown = body;
  try {
    if (sns.success) event = JSON.parse(sns.data.Message);
  } catch {
    return [{ code: "not_json", path: "Message", message: "is not JSON" }];
  }
  const parsed = sesEventSchema.safeParse(event);
  return parsed.success ? feedbackOf(parsed.data) : problemsOf(parsed.error);
}

/** What a person says who takes a mail out of the spam folder: no complaint. */
const NOT_SPAM = "not-spam";

function feedbackOf({ eventType, mail, bounce, ...told }: z.infer<typeof sesEventSchema>): Feedback {
  const happened = bounce ?? told.complaint ?? told.delivery ?? told.deliveryDelay ?? told.open ?? told.click;
  const { sid, pid } = { sid: mail.tags["sid"]?.[0], pid: mail.tags["pid"]?.[0] };
  return {
    kind: told.complaint?.complaintFeedbackType === NOT_SPAM ? NOT_SPAM : eventType.toLowerCase(),
    at: parseInstant(happened?.timestamp ?? "") ?? mail.timestamp,
    acceptedAt: mail.timestamp,
    messageId: mail.messageId,
    recipient: mail.destination[0] ?? "",
    ...(sid !== undefined && { sid }),
    ...(pid !== undefined && { pid }),
    ...(bounce !== undefined && { bounce: { type: bounce.bounceType, subType: bounce.bounceSubType ?? "" } }),
  };
}
