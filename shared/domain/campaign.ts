// Decides what a campaign is: what triggers it, for whom, its steps, and when a run of it ends early.
import * as z from "zod";
import type { Clause, Needs } from "./clause.ts";
import { checkCondition, compileCondition, looksOnlyAtProperties } from "./condition.ts";
import { type Definition, definitionHash, idSchema } from "./definition.ts";
import type { InputProblem } from "./event.ts";
import { HOUR_MS, parseDuration } from "./instant.ts";
import { allSteps, checkSteps, compileSteps, MAX_STEPS, type Step } from "./journey.ts";
import type { Json } from "./json.ts";
import { oneOf } from "./one-of.ts";
import { problemsOf } from "./problem.ts";
import { type Schedule, scheduleSchema } from "./schedule.ts";
import { durationSchema, mailsSchema, percentSchema } from "./settings.ts";
import { eventTypeSchema, stepSchema, type WrittenStep } from "./step.ts";

const REENTRY = /^(never|always|after (.+))$/;

const triggers = {
  event: z.strictObject({
    event: eventTypeSchema,
    where: z.json().optional(),
    key: z.string().min(1).max(100).optional(),
  }),
  entered: z.strictObject({ entered: idSchema }),
  left: z.strictObject({ left: idSchema }),
  schedule: z.strictObject({ schedule: scheduleSchema, segment: idSchema.optional() }),
};
type WrittenTrigger = z.infer<(typeof triggers)[keyof typeof triggers]>;

const goals = {
  event: z.strictObject({ event: eventTypeSchema, where: z.json().optional(), within: durationSchema.optional() }),
  when: z.strictObject({ when: z.json(), within: durationSchema.optional() }),
};
type WrittenGoal = z.infer<(typeof goals)[keyof typeof goals]>;

export const campaignSchema = z.strictObject({
  campaign: idSchema,
  title: z.string().min(1).max(120),
  description: z.string().max(2_000).optional(),
  status: z.enum(["live", "paused", "archived"], { error: "must be live, paused or archived" }).default("live"),
  on: oneOf<WrittenTrigger>(triggers, `needs exactly one of ${Object.keys(triggers).join(", ")}`),
  onBackfill: z.enum(["ignore", "enter"], { error: "must be ignore or enter" }).default("ignore"),
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
  maxPerDay: mailsSchema.optional(),
  /** Percent of the entries that get nothing, to measure what the campaign does. */
  holdout: percentSchema.default(0),
  exitWhen: z.json().optional(),
  goal: oneOf<WrittenGoal>(goals, `needs exactly one of ${Object.keys(goals).join(", ")}`).optional(),
  steps: z.array(stepSchema).min(1, { error: "needs at least one step" }).max(MAX_STEPS),
});

/** How often one profile may enter; where the trigger has a key, with the same key. */
export type Reentry = { kind: "never" } | { kind: "always" } | { kind: "after"; ms: number };

export type Purpose = "marketing" | "service";
export type Priority = "high" | "normal" | "low";
/** 1 goes first. */
export const PRIORITY_RANK: Record<Priority, number> = { high: 1, normal: 2, low: 3 };

/** `whereIsOfEvent`: `where` looks at the event alone, so its answer does not change when more is heard of the profile. */
export type EventTrigger = {
  kind: "event";
  eventType: string;
  where?: Clause;
  whereIsOfEvent: boolean;
  /** Property whose value tells entries apart (an order id). */
  keyProperty?: string;
};
export type SegmentTrigger = { kind: "segment"; change: "entered" | "left"; segment: string };
/** Without `segment` for everyone; `where` is membership of it. */
export type ScheduleTrigger = { kind: "schedule"; schedule: Schedule; segment?: string; where?: Clause };
export type Trigger = EventTrigger | SegmentTrigger | ScheduleTrigger;

export type Campaign = {
  id: string;
  title: string;
  /** Content hash of the definition: the revision a run and a send keep. */
  revision: string;
  /** `paused`: nobody enters and runs stop where they are. `archived`: as if it were not there. */
  status: "live" | "paused" | "archived";
  on: Trigger;
  /** Whether those who are in the segment already when the campaign is published enter too. */
  entersOnBackfill: boolean;
  reentry: Reentry;
  audience?: Clause;
  /** The audience looks at the event alone. */
  audienceIsOfEvent: boolean;
  purpose: Purpose;
  priority: Priority;
  /** A mail that could not leave within this time after it became due is not worth sending; an entry found later neither. */
  sendBeforeMs: number;
  /** Most mails of it in one day of the shop's default time zone. */
  maxPerDay?: number;
  /** Percent. */
  holdout: number;
  exitWhen?: Clause;
  /** Reached by an act after the entry; `withinMs` after it at the latest. */
  goal?: { clause: Clause; withinMs?: number };
  /** The first is where a run starts. */
  steps: Step[];
  stepById: Map<string, Step>;
  definition: Definition;
};

/** Everything that is wrong with a campaign as written, seen alone. */
export function checkCampaign(body: unknown): InputProblem[] {
  const parsed = campaignSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error, Object.keys(campaignSchema.shape));
  const { on, onBackfill, audience, exitWhen, goal, steps } = parsed.data;
  const condition = (value: unknown, path: string, scope: "event" | "run" | "properties") =>
    value === undefined ? [] : checkCondition(value as Json, path, { scope });
  return [
    ...("event" in on ? condition(on.where, "on.where", "event") : []),
    ...(onBackfill === "enter" && !("entered" in on) ? [NO_BACKFILL] : []),
    ...("event" in on && on.key !== undefined ? [] : waitsByKey(steps)),
    ...condition(audience, "audience", "event"),
    ...condition(exitWhen, "exitWhen", "run"),
    ...(goal === undefined
      ? []
      : "event" in goal
        ? condition(goal.where, "goal.where", "properties")
        : condition(goal.when, "goal.when", "run")),
    ...checkSteps(steps, "steps"),
  ];
}

const NO_BACKFILL: InputProblem = {
  code: "no_backfill",
  path: "onBackfill",
  message: "can only let in the members of a segment: it needs on: { entered: ... }",
};

/** Waits that compare with the run's key, where runs have none. */
function waitsByKey(steps: WrittenStep[]): InputProblem[] {
  return allSteps(steps, "steps").flatMap(({ step, path }) =>
    "wait" in step && typeof step.wait === "object" && "event" in step.wait && step.wait.key !== undefined
      ? [
          {
            code: "no_key",
            path: `${path}.wait.key`,
            message: "has nothing to compare with: give the campaign a key, on: { event: ..., key: ... }",
          },
        ]
      : [],
  );
}

/** Compiles a checked campaign and adds what it counts to `needs`. */
export function compileCampaign(definition: Definition, needs: Needs): Campaign {
  const body = campaignSchema.parse(definition.body);
  const compile = (condition: unknown, path: string) => compileCondition(condition as Json, { path, needs });
  const steps = compileSteps(body.steps, { path: "steps", needs });
  return {
    id: body.campaign,
    title: body.title,
    revision: definitionHash(definition),
    status: body.status,
    on: compileTrigger(body.on, compile),
    entersOnBackfill: body.onBackfill === "enter",
    reentry: reentryOf(body.reentry ?? usualReentry(body.on)),
    ...(body.audience !== undefined && { audience: compile(body.audience, "audience") }),
    audienceIsOfEvent: body.audience === undefined || looksOnlyAtProperties(body.audience as Json),
    purpose: body.purpose,
    priority: body.priority,
    sendBeforeMs: parseDuration(body.sendBefore) ?? 72 * HOUR_MS,
    ...(body.maxPerDay !== undefined && { maxPerDay: body.maxPerDay }),
    holdout: body.holdout,
    ...(body.exitWhen !== undefined && { exitWhen: compile(body.exitWhen, "exitWhen") }),
    ...(body.goal !== undefined && { goal: compileGoal(body.goal, compile) }),
    steps,
    stepById: new Map(steps.map((step) => [step.id, step])),
    definition,
  };
}

type CompileAt = (condition: unknown, path: string) => Clause;

function compileTrigger(on: WrittenTrigger, compile: CompileAt): Trigger {
  if ("entered" in on) return { kind: "segment", change: "entered", segment: on.entered };
  if ("left" in on) return { kind: "segment", change: "left", segment: on.left };
  if ("schedule" in on) {
    const { schedule, segment } = on;
    if (segment === undefined) return { kind: "schedule", schedule };
    return { kind: "schedule", schedule, segment, where: compile({ inSegment: segment }, "on.segment") };
  }
  return {
    kind: "event",
    eventType: on.event,
    ...(on.where !== undefined && { where: compile(on.where, "on.where") }),
    whereIsOfEvent: on.where === undefined || looksOnlyAtProperties(on.where as Json),
    ...(on.key !== undefined && { keyProperty: on.key }),
  };
}

function compileGoal(goal: WrittenGoal, compile: CompileAt): NonNullable<Campaign["goal"]> {
  const withinMs = goal.within === undefined ? undefined : parseDuration(goal.within);
  const clause =
    "event" in goal
      ? compile({ did: goal.event, since: "entry", ...(goal.where !== undefined && { where: goal.where }) }, "goal")
      : compile(goal.when, "goal.when");
  return { clause, ...(withinMs !== undefined && { withinMs }) };
}

/** By an event once, or once per key; by a membership or an occurrence each time, since each is another one. */
function usualReentry(on: WrittenTrigger): string {
  return "event" in on ? "never" : "always";
}

function reentryOf(text: string): Reentry {
  const match = REENTRY.exec(text);
  if (match?.[1] === "always") return { kind: "always" };
  return match?.[2] === undefined ? { kind: "never" } : { kind: "after", ms: parseDuration(match[2]) as number };
}
