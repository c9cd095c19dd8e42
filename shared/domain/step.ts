// Decides which kinds of steps a campaign has, and what each needs. To add one: a schema here, a file in steps/.
import * as z from "zod";
import { idSchema } from "./definition.ts";
import { durationSchema } from "./settings.ts";

/** Sends the template to the profile by e-mail. */
const sendStep = z.strictObject({ id: idSchema, send: idSchema });
/** Waits for a duration. */
const waitStep = z.strictObject({ id: idSchema, wait: durationSchema });

const schemas = { send: sendStep, wait: waitStep };
export type Step = z.infer<typeof sendStep> | z.infer<typeof waitStep>;

/** Picks the schema by the field that names the step, so that errors speak of that kind of step only. */
export const stepSchema = z.unknown().transform((value, context): Step => {
  const kinds = Object.keys(schemas) as (keyof typeof schemas)[];
  const named = typeof value === "object" && value !== null ? kinds.filter((kind) => kind in value) : [];
  if (named.length !== 1) {
    const message = `a step has an id and exactly one of ${kinds.join(", ")}`;
    context.issues.push({ code: "custom", input: value, message });
    return z.NEVER;
  }
  const parsed = schemas[named[0] as keyof typeof schemas].safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push(issue as z.core.$ZodRawIssue);
  return z.NEVER;
});
