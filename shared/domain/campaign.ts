// Decides what a campaign is: what triggers it, for whom, and its steps.
import * as z from "zod";
import type { Clause, Needs } from "./clause.ts";
import { checkCondition, compileCondition } from "./condition.ts";
import { propertyOnly } from "./conditions/did.ts";
import { type Definition, definitionHash, idSchema } from "./definition.ts";
import { EVENT_TYPE, type InputProblem } from "./event.ts";
import { HOUR_MS, parseDuration } from "./instant.ts";
import type { Json } from "./json.ts";
import { problemsOf } from "./problem.ts";
import { durationSchema } from "./settings.ts";
import { type Step, stepSchema } from "./step.ts";

const REENTRY = /^(never|always|after (.+))$/;

export const campaignSchema = z.strictObject({
  campaign: idSchema,
  title: z.string().min(1).max(120),
  description: z.string().max(2_000).optional(),
  on: z.strictObject({
    event: z.string().regex(EVENT_TYPE, { error: "must be an event type such as purchase.completed" }),
    where: z.json().optional(),
    key: z.string().min(1).max(100).optional(),
  }),
  reentry: z
    .string()
    .refine(
      (text) =>
        text === "never" || text === "always" || (text.startsWith("after ") && (parseDuration(text.slice(6)) ?? 0) > 0),
      {
        error: 'must be never, always, or for example "after 30 days"',
      },
    )
    .optional(),
  audience: z.json().optional(),
  purpose: z.enum(["marketing", "service"], { error: "must be marketing or service" }).default("marketing"),
  priority: z.enum(["high", "normal", "low"], { error: "must be high, normal or low" }).default("normal"),
  sendBefore: durationSchema.default("72 hours"),
  steps: z.array(stepSchema).min(1, { error: "needs at least one step" }).max(50),
});

/** How often one profile may enter: with an entry key always (but once per key), without one never again, unless written otherwise. */
export type Reentry = { kind: "never" } | { kind: "always" } | { kind: "after"; ms: number };

export type Purpose = "marketing" | "service";
export type Priority = "high" | "normal" | "low";

export type Campaign = {
  id: string;
  title: string;
  /** Content hash of the definition: the revision a run and a send keep. */
  revision: string;
  eventType: string;
  where?: Clause;
  /** `where` looks at the event alone: its answer does not change when more is heard of the profile. */
  whereIsOfEvent: boolean;
  /** Property whose value tells entries apart (an order id). */
  keyProperty?: string;
  reentry: Reentry;
  audience?: Clause;
  purpose: Purpose;
  priority: Priority;
  /** A mail that could not leave within this time after it became due is not worth sending. */
  sendBeforeMs: number;
  steps: Step[];
  definition: Definition;
};

/** Everything that is wrong with a campaign as written, seen alone. */
export function checkCampaign(body: unknown): InputProblem[] {
  const parsed = campaignSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error, Object.keys(campaignSchema.shape));
  const { on, audience, steps } = parsed.data;
  return [
    ...(on.where === undefined ? [] : checkCondition(on.where, "on.where")),
    ...(audience === undefined ? [] : checkCondition(audience, "audience")),
    ...steps.flatMap((step, index) =>
      steps.findIndex((other) => other.id === step.id) === index
        ? []
        : [
            {
              code: "duplicate_id",
              path: `steps[${index}].id`,
              message: `is used twice; step ids tell sends apart, give it another one than ${step.id}`,
            },
          ],
    ),
  ];
}

/** Compiles a checked campaign and adds what it counts to `needs`. */
export function compileCampaign(definition: Definition, needs: Needs): Campaign {
  const body = campaignSchema.parse(definition.body);
  const compile = (condition: Json, path: string) => compileCondition(condition, { path, needs });
  return {
    id: body.campaign,
    title: body.title,
    revision: definitionHash(definition),
    eventType: body.on.event,
    ...(body.on.where !== undefined && { where: compile(body.on.where as Json, "on.where") }),
    whereIsOfEvent: body.on.where === undefined || propertyOnly(body.on.where as Json, "on.where").length === 0,
    ...(body.on.key !== undefined && { keyProperty: body.on.key }),
    reentry: reentryOf(body.reentry ?? (body.on.key === undefined ? "never" : "always")),
    ...(body.audience !== undefined && { audience: compile(body.audience as Json, "audience") }),
    purpose: body.purpose,
    priority: body.priority,
    sendBeforeMs: parseDuration(body.sendBefore) ?? 72 * HOUR_MS,
    steps: body.steps,
    definition,
  };
}

function reentryOf(text: string): Reentry {
  const match = REENTRY.exec(text);
  if (match?.[1] === "always") return { kind: "always" };
  return match?.[2] === undefined ? { kind: "never" } : { kind: "after", ms: parseDuration(match[2]) as number };
}
