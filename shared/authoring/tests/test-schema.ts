// Decides how a marketer writes a test: a person, what happens to them, and the mails and memberships that must follow.
import * as z from "zod";
import { idSchema } from "../../domain/definition.ts";
import type { Placed } from "../source-problem.ts";
import { timeProblem } from "./test-times.ts";

const fields = z.record(z.string().min(1).max(200), z.json());
const when = z.string().superRefine((text, context) => {
  const message = timeProblem(text);
  if (message !== undefined) context.addIssue({ code: "custom", message, input: text });
});
const AT = 'When: "2026-03-02 10:00" in the shop\'s zone, an instant with a zone, or "+4 hours" after the line above.';

const happeningSchema = z.strictObject({
  at: when.describe(`${AT} A day alone is noon.`),
  event: z.string().min(1).max(200).optional().describe("The event's type, or the name its source gives it."),
  properties: fields.optional().describe('Properties of the event. Amounts are written "80 EUR".'),
  traits: fields.optional().describe("What is heard of the person at that moment."),
});

const SEND = /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/;
const sendName = z.string().regex(SEND, { error: "must be campaign/step, for example welcome/say-hello" });
const entryName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)?$/, { error: "must be a campaign, or campaign/step" });

const expectationSchema = z.strictObject({
  at: when.optional().describe(`${AT} For mails a day alone is any time of that day.`),
  sent: sendName.optional().describe("The mail that must leave: campaign/step."),
  subject: z.string().optional().describe("With sent: the subject, exactly."),
  says: z.string().min(1).optional().describe("With sent: something the text of the mail must contain."),
  refused: entryName
    .optional()
    .describe("A mail that must not leave (campaign/step), or a campaign that is not entered."),
  reason: z
    .string()
    .min(1)
    .optional()
    .describe("With refused: why, for example consent-unknown, frequency-cap, audience."),
  emitted: z.string().min(1).optional().describe("The event that a step must emit."),
  properties: fields.optional().describe("With emitted: properties it must have, among others."),
  in: z.array(idSchema).min(1).optional().describe("Segments the person must be in at that moment."),
  notIn: z.array(idSchema).min(1).optional().describe("Segments the person must not be in at that moment."),
  traits: fields.optional().describe("Traits the person must have at that moment, null for none."),
  nothing: z.literal(true, { error: "must be true" }).optional().describe("No mail at all leaves."),
});

/** One test as written. */
export const testSchema = z.strictObject({
  test: z.string().min(1).max(200).describe("What must be true, as a sentence."),
  campaign: z
    .union([idSchema, z.array(idSchema).min(1)], { error: "must be the id of a campaign, or a list of ids" })
    .optional()
    .describe("Compare the mails of this campaign only (or of several). All campaigns run all the same."),
  profile: fields
    .optional()
    .describe("What is known of the person before. Without it: somebody with an address who agreed to marketing."),
  history: z
    .array(happeningSchema)
    .max(500)
    .default([])
    .describe("What happened before, known but triggering nothing."),
  from: when.optional().describe("When the test begins; without it at the first line under given."),
  given: z.array(happeningSchema).max(500).default([]).describe("What happens, in order."),
  splits: z
    .record(idSchema, idSchema)
    .optional()
    .describe("Which arm of a split the person is in, by id of the split."),
  buckets: z
    .record(z.string().min(1), z.number().min(0).lt(100))
    .optional()
    .describe("Which number, in whole percent, the person draws in a bucket condition, by its name."),
  expect: z
    .array(expectationSchema)
    .min(1, { error: "must say something; nothing: true says that no mail leaves" })
    .max(500)
    .describe("What must follow. Mails are complete: one that is not listed fails the test."),
  until: z
    .string()
    .optional()
    .describe('How long to look: an instant, or "30 days" after the last line, which is the default.'),
});

/** Something that happens to the person. */
export type WrittenHappening = z.infer<typeof happeningSchema>;
/** Something that must follow. */
export type WrittenExpectation = z.infer<typeof expectationSchema>;
/** One test with the places of its fields. */
export type WrittenTest = Placed & { body: z.infer<typeof testSchema> };

/** What an expectation is about, by the field that says so. */
export const KINDS = {
  sent: ["at", "subject", "says"],
  refused: ["at", "reason"],
  emitted: ["at", "properties"],
  nothing: [],
  state: ["at", "in", "notIn", "traits"],
} as const satisfies Record<string, readonly string[]>;
/** What an expectation is about. */
export type Kind = keyof typeof KINDS;

/** The kind of an expectation; `undefined` when it has none or several. */
export function kindOf(expectation: WrittenExpectation): Kind | undefined {
  const named = (["sent", "refused", "emitted", "nothing"] as const).filter((key) => expectation[key] !== undefined);
  const ofState = expectation.in ?? expectation.notIn ?? expectation.traits;
  const kinds: Kind[] = [...named, ...(ofState === undefined ? [] : (["state"] as const))];
  return kinds.length === 1 ? kinds[0] : undefined;
}
