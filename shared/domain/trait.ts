// Decides which value a trait has when several sources spoke: the latest by (occurred, source, id), whatever the arrival.
import type { Instant } from "./instant.ts";
import type { Json } from "./json.ts";

/** A fact about a person with the stamp of the event that said so; `by` is "source/id". */
export type Trait = { value: Json; at: Instant; by: string };
export type Traits = Record<string, Trait>;

/** Whether the stamp (at, by) beats the trait that is there. */
export function supersedes(stamp: { at: Instant; by: string }, current: Trait | undefined): boolean {
  if (current === undefined) return true;
  return stamp.at !== current.at ? stamp.at > current.at : stamp.by > current.by;
}

/** A trait by any name a source may choose, "constructor" too. */
export function traitNamed(traits: Traits, name: string): Trait | undefined {
  return Object.hasOwn(traits, name) ? traits[name] : undefined;
}

/** The country, in upper case, as settings name it. */
export const countryOf = (traits: Traits): string | undefined => textTrait(traits, "country")?.toUpperCase();

/** A trait's value when it is a non-empty text. */
export function textTrait(traits: Traits, name: string): string | undefined {
  const value = traitNamed(traits, name)?.value;
  return typeof value === "string" && value !== "" ? value : undefined;
}
