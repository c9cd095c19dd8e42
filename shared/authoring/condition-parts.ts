// Decides which parts a written condition has, and of which event the properties in each of them are.
import type { Json, JsonObject } from "../domain/json.ts";

/** A condition at its place. `event`: the type of the event whose properties it sees; none where there is no event. */
export type ConditionPart = { condition: Json | undefined; path: string; event: string | undefined };

/** One condition inside another, or the whole. */
export type Part = { fields: JsonObject; path: string; event: string | undefined };

/** Operators that look at events, with the event as their own value. */
export const EVENT_OPERATORS = ["did", "didNot", "sum", "average", "min", "max", "first", "last"] as const;

/** Whether a written value is a map of fields. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The condition itself and every condition in it, as written; nothing is expected to be sound. */
export function partsOf({ condition, path, event }: ConditionPart): Part[] {
  if (!isObject(condition)) return [];
  const lists = (["all", "any", "none"] as const).flatMap((key) => {
    const parts = condition[key];
    if (!Array.isArray(parts)) return [];
    return parts.map((part, index) => ({ condition: part, path: `${path}.${key}[${index}]`, event }));
  });
  const inner: ConditionPart[] = [
    ...lists,
    { condition: condition["not"], path: `${path}.not`, event },
    { condition: condition["where"], path: `${path}.where`, event: eventOf(condition)?.type },
  ];
  return [{ fields: condition, path, event }, ...inner.flatMap(partsOf)];
}

/** The event a condition looks at itself, with the field that names it. */
export function eventOf(fields: JsonObject): { type: string; key: string } | undefined {
  for (const key of EVENT_OPERATORS) {
    const type = fields[key];
    if (typeof type === "string") return { type, key };
  }
  const anniversary = fields["anniversary"];
  const first = isObject(anniversary) ? anniversary["first"] : undefined;
  return typeof first === "string" ? { type: first, key: "anniversary.first" } : undefined;
}
