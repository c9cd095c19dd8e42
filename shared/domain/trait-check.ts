// Decides whether the traits that Relance itself uses are what they are said to be.
import type { InputProblem } from "./event.ts";
import type { JsonObject } from "./json.ts";

const TEXT_TRAITS = ["email", "firstName", "locale", "timezone", "country", "birthday"];
const PURPOSE = /^[a-z][a-z0-9_-]{0,39}$/;
const MAX_PURPOSES = 10;

/** What is wrong with traits, with the path below `traits`; `undefined` when nothing is. */
export function traitProblem(traits: JsonObject): InputProblem | undefined {
  for (const name of TEXT_TRAITS) {
    const value = traits[name];
    if (value !== undefined && value !== null && typeof value !== "string") {
      return { code: "invalid_type", path: `traits.${name}`, message: "must be a text" };
    }
  }
  const consent = traits["consent"];
  if (consent === undefined || consent === null) return undefined;
  const said = typeof consent === "object" && !Array.isArray(consent) ? Object.entries(consent) : [];
  const fine =
    said.length > 0 &&
    said.length <= MAX_PURPOSES &&
    said.every(([purpose, state]) => PURPOSE.test(purpose) && (state === "granted" || state === "denied"));
  if (fine) return undefined;
  const message = `must name 1 to ${MAX_PURPOSES} purposes, for example { "marketing": "granted" } or { "marketing": "denied" }`;
  return { code: "not_a_consent", path: "traits.consent", message };
}
