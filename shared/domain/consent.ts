// Decides what a person agreed to: per purpose and channel, with proof, and how facts from systems may change it.
import type { Instant } from "./instant.ts";
import type { JsonObject } from "./json.ts";

export type ConsentState = "granted" | "denied";
/** `at`: when it was said; `by`: "source/id" of the event that said so. */
export type Consent = { purpose: string; channel: "email"; state: ConsentState; at: Instant; by: string };

/**
 * The consent after one more fact from a system (identify, import, webhook): unknown may become granted, anything may
 * become denied, and denied stays denied until the person acts. So the result does not depend on the order of arrival:
 * the earliest denial counts, and without one the earliest grant.
 */
export function heardFromSystem(current: Consent | undefined, said: Consent): Consent {
  if (current === undefined) return said;
  if (current.state !== said.state) return current.state === "denied" ? current : said;
  const earlier = said.at !== current.at ? said.at < current.at : said.by < current.by;
  return earlier ? said : current;
}

/** Reads the trait `consent: { marketing: "granted" | "denied" }`; other values are not consent. */
export function consentsIn(traits: JsonObject, stamp: { at: Instant; by: string }): Consent[] {
  const said = traits["consent"];
  if (typeof said !== "object" || said === null || Array.isArray(said)) return [];
  return Object.entries(said).flatMap(([purpose, state]) =>
    state === "granted" || state === "denied" ? [{ purpose, channel: "email" as const, state, ...stamp }] : [],
  );
}
