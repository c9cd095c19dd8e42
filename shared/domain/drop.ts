// Decides what of a fact is thrown away at the door, before anything is stored: traits and properties that serve no purpose.
import type { Fact } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";
import { eventTypeOf, recognise } from "./recognise.ts";
import type { Settings } from "./settings.ts";

/** Names to throw away: traits, and properties by event type. A dotted name reaches into objects, and into each object of a list. */
export type Drop = Settings["drop"];

/** Nothing is thrown away. */
export const NO_DROP: Drop = { traits: [], properties: {} };

/** The fact without what is to be thrown away; the same object when nothing of it is. */
export function withoutDropped(fact: Fact, type: string, drop: Drop): Fact {
  const traits = fact.traits && without(fact.traits, drop.traits);
  const properties = fact.properties && without(fact.properties, propertiesOf(drop, type));
  if (traits === fact.traits && properties === fact.properties) return fact;
  return { ...fact, ...(traits && { traits }), ...(properties && { properties }) };
}

/**
 * A message of the bus as it may be put aside: without what is to be thrown away. Where something is, what is computed from
 * it stands there already (a total has become an amount), so that the message can be mended and sent again.
 */
export function copyWithoutDropped(message: Json, drop: Drop): Json {
  if (!isObject(message)) return message;
  const { detail, "detail-type": name } = message;
  if (!isObject(detail) || typeof name !== "string") return message;
  const known = recognise(name, detail).detail;
  const kept: JsonObject = { ...known };
  if (isObject(known["traits"])) kept["traits"] = without(known["traits"], drop.traits);
  if (isObject(known["properties"]))
    kept["properties"] = without(known["properties"], propertiesOf(drop, eventTypeOf(name)));
  const isSame = kept["traits"] === known["traits"] && kept["properties"] === known["properties"];
  return isSame ? message : { ...message, detail: kept };
}

/** The names of an object's own type: event types come from outside, "constructor" is none of ours. */
function propertiesOf({ properties }: Drop, type: string): readonly string[] {
  return Object.hasOwn(properties, type) ? (properties[type] as string[]) : [];
}

/** The object without the named fields; the same one when it has none of them. */
export function without(fields: JsonObject, names: readonly string[]): JsonObject {
  return names.reduce((kept, name) => withoutOne(kept, name), fields);
}

function withoutOne(fields: JsonObject, name: string): JsonObject {
  if (Object.hasOwn(fields, name)) {
    const { [name]: _dropped, ...kept } = fields;
    return kept;
  }
  const dot = name.indexOf(".");
  const [around, rest] = [name.slice(0, dot), name.slice(dot + 1)];
  if (dot === -1 || !Object.hasOwn(fields, around)) return fields;
  const before = fields[around] as Json;
  const after = withoutInner(before, rest);
  return after === before ? fields : { ...fields, [around]: after };
}

function withoutInner(value: Json, name: string): Json {
  if (isObject(value)) return withoutOne(value, name);
  if (!Array.isArray(value)) return value;
  const parts = value.map((part) => (isObject(part) ? withoutOne(part, name) : part));
  return parts.every((part, index) => part === value[index]) ? value : parts;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
