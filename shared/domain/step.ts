// Decides how the steps of a campaign are written, kind by kind. To add one: a schema here, a line in journey.ts, a file in
// steps/.
import * as z from "zod";
import { idSchema } from "./definition.ts";
import { EVENT_TYPE, TOLD_TYPE } from "./event.ts";
import { parseDuration, parseOffset } from "./instant.ts";
import type { Json } from "./json.ts";
import { oneOf } from "./one-of.ts";
import { weekdaySchema } from "./schedule.ts";
import { durationSchema, timeSchema } from "./settings.ts";

export const eventTypeSchema = z
  .string()
  .regex(EVENT_TYPE, { error: "must be an event type such as purchase.completed" })
  .refine((type) => !TOLD_TYPE.test(type), {
    error:
      "is told to other systems and triggers nothing; use on: { entered: ... }, { left: ... } or { schedule: ... }",
  });
const nameSchema = z.string().min(1).max(200);
const goOnSchema = z.enum(["continue", "exit"], { error: "must be continue or exit" });

const untilTime = z.strictObject({ until: timeSchema, on: z.array(weekdaySchema).min(1).optional() });
const untilDate = z.strictObject({
  date: nameSchema,
  offset: z
    .string()
    .refine((text) => parseOffset(text) !== undefined, { error: "must be a duration such as 3 days or -3 days" })
    .optional(),
  at: timeSchema.optional(),
});
const untilEvent = z.strictObject({
  event: eventTypeSchema,
  where: z.json().optional(),
  key: z.string().min(1).max(100).optional(),
  timeout: durationSchema,
  onEvent: goOnSchema.default("continue"),
  onTimeout: goOnSchema.default("continue"),
});
/** The forms of `wait`: a duration, a local time, a date in a trait, an event. */
const waitForms = { until: untilTime, date: untilDate, event: untilEvent };
type WaitForm = string | z.infer<typeof untilTime> | z.infer<typeof untilDate> | z.infer<typeof untilEvent>;

const durationText = z.string().refine((text) => (parseDuration(text) ?? 0) > 0);
const waitForm = oneOf<Exclude<WaitForm, string>>(
  waitForms,
  "must be a duration such as 3 days or 12 hours, or say what to wait for with one of until, date, event",
);
const waitSchema = z.unknown().transform((value, context): WaitForm => {
  const duration = durationText.safeParse(value);
  if (duration.success) return duration.data;
  const parsed = waitForm.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push(issue as z.core.$ZodRawIssue);
  return z.NEVER;
});

/** A value of a trait or a property: written out, or taken from the event that started the run, or from a trait. */
const valueSchema = z.union(
  [
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.strictObject({ property: nameSchema }),
    z.strictObject({ trait: nameSchema }),
  ],
  { error: "must be a text, a number, true, false, null, { property: ... } or { trait: ... }" },
);
export type StepValue = z.infer<typeof valueSchema>;

const id = idSchema;
/** `[]` is a way that does nothing. */
const steps: z.ZodType<WrittenStep[]> = z.lazy(() => z.array(stepSchema).max(50));

const sendStep = z.strictObject({ id, send: idSchema });
const waitStep = z.strictObject({ id, wait: waitSchema });
const branchStep = z.strictObject({
  id,
  branch: z
    .array(z.strictObject({ when: z.json(), steps }))
    .min(1, { error: "needs at least one way" })
    .max(20),
  otherwise: steps.default([]),
});
const splitStep = z.strictObject({
  id,
  split: z
    .array(z.strictObject({ arm: idSchema, share: z.number().positive().max(1_000), steps }))
    .min(2, { error: "needs at least two arms" })
    .max(20),
});
const updateStep = z.strictObject({ id, update: z.record(nameSchema, valueSchema) });
const emitStep = z.strictObject({
  id,
  emit: eventTypeSchema,
  properties: z.record(nameSchema, valueSchema).default({}),
});
const exitStep = z.strictObject({ id, exit: idSchema });

export type WrittenWait = z.infer<typeof waitStep>;
export type WrittenBranch = { id: string; branch: { when: Json; steps: WrittenStep[] }[]; otherwise: WrittenStep[] };
export type WrittenSplit = { id: string; split: { arm: string; share: number; steps: WrittenStep[] }[] };
/** A step as a marketer writes it; ways of branches and splits hold steps of their own. */
export type WrittenStep =
  | z.infer<typeof sendStep>
  | WrittenWait
  | WrittenBranch
  | WrittenSplit
  | z.infer<typeof updateStep>
  | z.infer<typeof emitStep>
  | z.infer<typeof exitStep>;

const kinds = {
  send: sendStep,
  wait: waitStep,
  branch: branchStep,
  split: splitStep,
  update: updateStep,
  emit: emitStep,
  exit: exitStep,
};

/** Picks the schema by the field that names the step, so that errors speak of that kind of step only. */
export const stepSchema = oneOf<WrittenStep>(
  kinds,
  `a step has an id and exactly one of ${Object.keys(kinds).join(", ")}`,
);
