// Decides what a made-up profile and a made-up event look like, so that templates can be tried out before anybody gets them.
import type { Json, JsonObject } from "../domain/json.ts";
import type { FactType } from "../domain/known-facts.ts";

const BY_NAME: Record<string, string> = {
  email: "zoe@example.com",
  firstName: "Zoé",
  locale: "fr",
  timezone: "Europe/Paris",
  country: "FR",
  birthday: "1990-05-01",
  currency: "EUR",
  category: "books",
};

const BY_TYPE: Record<FactType, Json> = {
  text: "sample",
  number: 1,
  money: { amount: 8_000, currency: "EUR" },
  boolean: true,
  date: "2026-05-01",
  list: [],
  object: {},
  any: "sample",
};

/** A value of a type; some names have one that reads well. */
export function sampleOf(name: string, type: FactType): Json {
  const named = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  return (type === "text" || type === "date" ? named : undefined) ?? BY_TYPE[type];
}

/** An object with a value for each known name; dotted names become objects in it. */
export function sampleFacts(known: Record<string, FactType>): JsonObject {
  let sample: JsonObject = {};
  for (const [name, type] of Object.entries(known)) sample = withValue(sample, name.split("."), sampleOf(name, type));
  return sample;
}

/** A copy with one value at a path; what stands in its way becomes an object. */
export function withValue(fields: JsonObject, [name = "", ...rest]: string[], value: Json): JsonObject {
  if (rest.length === 0) return { ...fields, [name]: value };
  const inner = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const around = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...fields, [name]: withValue(around, rest, value) };
}
