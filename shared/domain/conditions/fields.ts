// Decides whether the fields that several conditions share are sound: names, events, windows, filters.
import { type CheckContext, type Compile, type CompileContext, matcherOf } from "../clause.ts";
import { EVENT_TYPE, type InputProblem, TOLD_TYPE } from "../event.ts";
import { DAY_MS, parseDuration } from "../instant.ts";
import type { Json, JsonObject } from "../json.ts";

/** The longest look back: five years. */
export const MAX_WINDOW_DAYS = 1_827;

export function checkName(name: Json | undefined, path: string, what: string): InputProblem[] {
  return typeof name === "string" && name !== ""
    ? []
    : [{ code: "not_a_name", path, message: `must be the name of ${what}` }];
}

export function checkEventType(type: Json | undefined, path: string): InputProblem[] {
  const message = "must be an event type in lower case with a dot, for example purchase.completed";
  if (typeof type !== "string" || !EVENT_TYPE.test(type)) return [{ code: "not_an_event", path, message }];
  const told =
    "is told to other systems and not counted; use { inSegment: ... }, or on: { entered: ... } in a campaign";
  return TOLD_TYPE.test(type) ? [{ code: "not_counted", path, message: told }] : [];
}

/** A length of time, where there is one. `maxDays`: the longest that can be looked back over. */
export function checkWindow(
  text: Json | undefined,
  path: string,
  { wholeDays = false, maxDays = MAX_WINDOW_DAYS }: { wholeDays?: boolean; maxDays?: number } = {},
): InputProblem[] {
  const ms = typeof text === "string" ? (parseDuration(text) ?? 0) : 0;
  const example = wholeDays ? "30 days" : "30 days or 12 hours";
  if (ms === 0) return [{ code: "not_a_duration", path, message: `must be a duration such as ${example}` }];
  if (ms > maxDays * DAY_MS)
    return [{ code: "window_too_long", path, message: `must be at most ${maxDays} days; it is ${ms / DAY_MS} days` }];
  return wholeDays && ms % DAY_MS !== 0
    ? [{ code: "not_whole_days", path, message: `must be whole days such as ${example}; they are counted per UTC day` }]
    : [];
}

/** The filter in words, as written; nothing where there is none. */
export function whereText(condition: JsonObject): string {
  return "where" in condition ? ` where ${JSON.stringify(condition["where"])}` : "";
}

/** `where`: only properties of the counted event. */
export function checkWhere(condition: JsonObject, { path, nested }: CheckContext): InputProblem[] {
  return "where" in condition ? nested(condition["where"] as Json, `${path}.where`, "properties") : [];
}

/** The filter of a counter that `where` makes; nothing when there is none. */
export function filterOf(
  condition: JsonObject,
  context: CompileContext,
  nested: Compile,
): { matches?: (properties: JsonObject) => boolean } {
  const filter = condition["where"];
  if (filter === undefined) return {};
  return { matches: matcherOf(nested(filter, { ...context, path: `${context.path}.where` })) };
}
