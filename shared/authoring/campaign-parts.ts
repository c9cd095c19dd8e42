// Decides which steps, conditions and names a written campaign has, sound or not, and where each of them stands.
import type { Json, JsonObject } from "../domain/json.ts";
import { type ConditionPart, isObject } from "./condition-parts.ts";

/** A name at its place. */
export type Reference = { id: string; path: string };

/** A step at its place, those of branches and splits included. */
export type StepPart = { step: JsonObject; path: string };

const objectAt = (fields: JsonObject, key: string): JsonObject => {
  const value = fields[key];
  return isObject(value) ? value : {};
};

/** Every step in written order, those of all ways included. */
export function stepsOf(body: JsonObject): StepPart[] {
  return stepsIn(body["steps"], "steps");
}

function stepsIn(steps: Json | undefined, path: string): StepPart[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step, index) => {
    if (!isObject(step)) return [];
    const at = `${path}[${index}]`;
    const ways = (["branch", "split"] as const).flatMap((key) => {
      const list = step[key];
      if (!Array.isArray(list)) return [];
      return list.flatMap((way, nth) => (isObject(way) ? stepsIn(way["steps"], `${at}.${key}[${nth}].steps`) : []));
    });
    return [{ step, path: at }, ...ways, ...stepsIn(step["otherwise"], `${at}.otherwise`)];
  });
}

/** The templates that send steps name. */
export function sendsOf(body: JsonObject): Reference[] {
  return stepsOf(body).flatMap(({ step, path }) =>
    typeof step["send"] === "string" ? [{ id: step["send"], path: `${path}.send` }] : [],
  );
}

/** The type of the event that starts a run; `undefined` when the trigger is not sound. */
export function triggerEvent(body: JsonObject): string | undefined {
  const on = objectAt(body, "on");
  if (typeof on["event"] === "string") return on["event"];
  if ("entered" in on) return "segment.entered";
  if ("left" in on) return "segment.left";
  return "schedule" in on ? "schedule.occurred" : undefined;
}

/**
 * Properties that the triggering event has whenever somebody enters: its key, and what every clause of `on.where` compares.
 * What may be unknown does not match.
 */
export function surePropertiesOf(body: JsonObject): string[] {
  const on = objectAt(body, "on");
  return [...(typeof on["key"] === "string" ? [on["key"]] : []), ...comparedIn(on["where"])];
}

function comparedIn(condition: Json | undefined): string[] {
  if (!isObject(condition)) return [];
  const { property, all, exists } = condition;
  if (typeof property === "string" && exists !== false) return [property];
  return Array.isArray(all) ? all.flatMap(comparedIn) : [];
}

/** Every condition of a campaign with the event whose properties it sees. */
export function conditionsOf(body: JsonObject): ConditionPart[] {
  const event = triggerEvent(body);
  const on = objectAt(body, "on");
  const goal = objectAt(body, "goal");
  const goalEvent = typeof goal["event"] === "string" ? goal["event"] : undefined;
  return [
    { condition: on["where"], path: "on.where", event },
    { condition: body["audience"], path: "audience", event },
    { condition: body["exitWhen"], path: "exitWhen", event },
    { condition: goal["where"], path: "goal.where", event: goalEvent },
    { condition: goal["when"], path: "goal.when", event },
    ...stepsOf(body).flatMap(({ step, path }) => conditionsOfStep(step, path, event)),
  ];
}

function conditionsOfStep(step: JsonObject, path: string, event: string | undefined): ConditionPart[] {
  const wait = objectAt(step, "wait");
  const awaited = typeof wait["event"] === "string" ? wait["event"] : undefined;
  const branch = Array.isArray(step["branch"]) ? step["branch"] : [];
  return [
    { condition: wait["where"], path: `${path}.wait.where`, event: awaited },
    ...branch.flatMap((way, index) =>
      isObject(way) ? [{ condition: way["when"], path: `${path}.branch[${index}].when`, event }] : [],
    ),
  ];
}

/** The events a campaign names besides those in its conditions: its trigger, its goal, the events it waits for. */
export function eventsNamed(body: JsonObject): Reference[] {
  const named = (fields: JsonObject, path: string): Reference[] =>
    typeof fields["event"] === "string" ? [{ id: fields["event"], path: `${path}.event` }] : [];
  return [
    ...named(objectAt(body, "on"), "on"),
    ...named(objectAt(body, "goal"), "goal"),
    ...stepsOf(body).flatMap(({ step, path }) => named(objectAt(step, "wait"), `${path}.wait`)),
  ];
}
