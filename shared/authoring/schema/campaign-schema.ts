// Decides the JSON Schema of campaigns: what triggers them, for whom, and their steps; see domain/campaign.ts and step.ts.
import type { Scope } from "../../domain/clause.ts";
import { weekdays } from "../../domain/schedule.ts";
import { conditionDefinitions, conditionName } from "./condition-schema.ts";
import {
  DRAFT,
  described,
  duration,
  eventType,
  fields,
  id,
  listOf,
  name,
  offset,
  oneOfTexts,
  reference,
  type Schema,
  text,
  time,
} from "./json-schema.ts";

const condition = (scope: Scope) => reference(conditionName(scope));
const key: Schema = { type: "string", minLength: 1, maxLength: 100 };
const goOn = oneOfTexts("continue", "exit");
const days = listOf(oneOfTexts(...weekdays), { minItems: 1 });
const zone = described(name, "An IANA time zone, for example Europe/Paris; without it the shop's own.");
const percent: Schema = { type: "number", minimum: 0, maximum: 100 };

const schedules: Schema[] = [
  fields({ once: described(text, 'A local date and time: "2026-12-01 09:00".'), zone }, ["once"]),
  fields({ daily: described(time, "Every day at this local time."), zone }, ["daily"]),
  fields({ weekly: described(time, "Every week at this local time."), on: days, zone }, ["weekly", "on"]),
  fields(
    {
      monthly: described(time, "Every month at this local time."),
      on: { anyOf: [{ type: "integer", minimum: 1, maximum: 31 }, { const: "last" }] },
      zone,
    },
    ["monthly", "on"],
  ),
];

const triggers: Schema[] = [
  fields(
    {
      event: described(eventType, "The event that lets a profile enter."),
      where: described(condition("event"), "Only events that meet this."),
      key: described(key, "The property that tells entries apart, for example order_id."),
    },
    ["event"],
  ),
  fields({ entered: described(id, "Enter when a profile comes into this segment.") }, ["entered"]),
  fields({ left: described(id, "Enter when a profile leaves this segment.") }, ["left"]),
  fields(
    {
      schedule: { oneOf: schedules, description: "Enter at a time of the calendar." },
      segment: described(id, "Only members of this segment; without it everybody."),
    },
    ["schedule"],
  ),
];

const goals: Schema[] = [
  fields({ event: eventType, where: condition("properties"), within: duration }, ["event"]),
  fields({ when: condition("run"), within: duration }, ["when"]),
];

const waits: Schema[] = [
  described(duration, "For so long, for example 3 days."),
  fields({ until: described(time, "Until this local time."), on: described(days, "On one of these days.") }, ["until"]),
  fields(
    {
      date: described(name, "Until the date in this trait."),
      offset: described(offset, "So long before (-3 days) or after it."),
      at: described(time, "At this local time of that day."),
    },
    ["date"],
  ),
  fields(
    {
      event: described(eventType, "Until this event comes."),
      where: described(condition("properties"), "Only events that meet this."),
      key: described(key, "The property that must equal the run's key."),
      timeout: described(duration, "At most so long."),
      onEvent: described(goOn, "What follows when the event came."),
      onTimeout: described(goOn, "What follows when it did not."),
    },
    ["event", "timeout"],
  ),
];

const value: Schema = {
  anyOf: [
    { type: ["string", "number", "boolean", "null"] },
    fields({ property: described(name, "A property of the event that started the run.") }, ["property"]),
    fields({ trait: described(name, "The value of a trait.") }, ["trait"]),
  ],
};
const values: Schema = { type: "object", additionalProperties: value };
const ways = (properties: Record<string, Schema>, bounds: Schema): Schema =>
  listOf(fields({ ...properties, steps: listOf(reference("step")) }, [...Object.keys(properties), "steps"]), bounds);

function step(kind: string, schema: Schema, more: Record<string, Schema> = {}): Schema {
  return fields({ id: described(id, "The name of the step, unique in its campaign."), [kind]: schema, ...more }, [
    "id",
    kind,
  ]);
}

const steps: Schema[] = [
  step("send", described(id, "Send this template.")),
  step("wait", { anyOf: waits, description: "Wait for so long, until a time, a date or an event." }),
  step(
    "branch",
    described(
      ways({ when: condition("run") }, { minItems: 1, maxItems: 20 }),
      "The first way whose condition is true.",
    ),
    { otherwise: described(listOf(reference("step")), "The way when no condition is true.") },
  ),
  step(
    "split",
    described(
      ways({ arm: id, share: { type: "number", exclusiveMinimum: 0, maximum: 1_000 } }, { minItems: 2, maxItems: 20 }),
      "Arms by lot: a person always gets the same one.",
    ),
  ),
  step("update", described(values, "Give traits new values.")),
  step("emit", described(eventType, "Tell an event, for other campaigns and systems."), { properties: values }),
  step("exit", described(id, "End the run for this reason.")),
];

const properties: Record<string, Schema> = {
  campaign: described(id, "The id of the campaign; unique, never changed."),
  title: { type: "string", minLength: 1, maxLength: 120 },
  description: { type: "string", maxLength: 2_000 },
  status: described(
    oneOfTexts("live", "paused", "archived"),
    "paused: nobody enters, and runs wait. archived: as if it were not there.",
  ),
  on: { oneOf: triggers, description: "What lets a profile enter." },
  onBackfill: described(
    oneOfTexts("ignore", "enter"),
    "Whether those who are in the segment already enter when this is published.",
  ),
  reentry: described(text, 'never, always, or "after 30 days".'),
  audience: described(condition("event"), "Who may enter; without it everybody."),
  purpose: described(oneOfTexts("marketing", "service"), "service mails need no consent to marketing."),
  priority: described(
    oneOfTexts("high", "normal", "low"),
    "Of mails that fall due together for one person, the higher goes first.",
  ),
  sendBefore: described(duration, "A mail that could not leave within this time is not worth sending."),
  maxPerDay: described(
    { type: "integer", minimum: 1 },
    "Most mails of it in one day of the shop's own time zone; the others wait for the next day.",
  ),
  holdout: described(percent, "Percent of the entries that get nothing, to measure what the campaign does."),
  exitWhen: described(condition("run"), "Ends a run as soon as this is true."),
  goal: { oneOf: goals, description: "What the campaign is for; ends a run when it is reached." },
  steps: listOf(reference("step"), { minItems: 1, maxItems: 50 }),
};

/** The schema of campaigns/*.yaml. */
export function campaignJsonSchema(): Schema {
  return {
    $schema: DRAFT,
    title: "Relance campaign",
    ...fields(properties, ["campaign", "title", "on", "steps"]),
    definitions: { ...conditionDefinitions(), step: { oneOf: steps } },
  };
}
