// Decides which facts the folder makes known itself: the events that steps emit, and the traits that they update.

import { parseDateTrait } from "../domain/date-trait.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { type FactType, type KnownFacts, propertiesOf, traitType, typeAt, withFacts } from "../domain/known-facts.ts";
import { stepsOf, triggerEvent } from "./campaign-parts.ts";
import { isObject } from "./condition-parts.ts";

/** What the steps of the campaigns tell, typed as far as that can be seen. */
export function factsTold(campaigns: JsonObject[], known: KnownFacts): KnownFacts {
  let told: KnownFacts = { traits: {}, events: {} };
  for (const body of campaigns) {
    const typed = (values: Json | undefined) => typesOf(values, triggerEvent(body), known);
    for (const { step } of stepsOf(body)) {
      told = withFacts(told, { traits: typed(step["update"]), events: {} });
      const { emit } = step;
      if (typeof emit !== "string") continue;
      told = withFacts(told, { traits: {}, events: { [emit]: typed(step["properties"]) } });
    }
  }
  return told;
}

function typesOf(values: Json | undefined, event: string | undefined, known: KnownFacts): Record<string, FactType> {
  if (!isObject(values)) return {};
  const entries = Object.entries(values).flatMap(([name, value]): [string, FactType][] =>
    value === null ? [] : [[name, typeOfValue(value, event, known)]],
  );
  return Object.fromEntries(entries);
}

function typeOfValue(value: Json, event: string | undefined, known: KnownFacts): FactType {
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return parseDateTrait(value, "UTC") === undefined ? "text" : "date";
  if (!isObject(value)) return "any";
  const { property, trait } = value;
  if (typeof trait === "string") return traitType(known, trait) ?? "any";
  const properties = event === undefined ? undefined : propertiesOf(known, event);
  return (typeof property === "string" && properties && typeAt(properties, property)) || "any";
}
