// Decides whether the traits that Relance itself uses are what they are said to be.
import * as z from "zod";
import type { InputProblem } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";

const TEXT_TRAITS = ["email", "firstName", "locale", "timezone", "country", "birthday"];
const PURPOSE = /^[a-z][a-z0-9_-]{0,39}$/;
const MAX_PURPOSES = 10;

/** Whether a text may name what consent is asked for: it becomes part of keys. */
export const isPurpose = (text: string): boolean => PURPOSE.test(text) && !(text in Object.prototype);

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
    said.every(([purpose, word]) => isPurpose(purpose) && isWord(word));
  if (fine) return undefined;
  const message = `must name 1 to ${MAX_PURPOSES} purposes, for example { "marketing": "granted" } or { "marketing": { "state": "denied", "how": "phone call" } }`;
  return { code: "not_a_consent", path: "traits.consent", message };
}

/** What was said, alone or with its proof: by what means, and to which version of the wording. */
function isWord(word: Json | undefined): boolean {
  const { state, ...proof } =
    typeof word === "object" && word !== null && !Array.isArray(word) ? word : { state: word };
  return (
    (state === "granted" || state === "denied") &&
    Object.entries(proof).every(([name, text]) => PROOFS.includes(name) && proofTextSchema.safeParse(text).success)
  );
}

const PROOFS = ["how", "wording"];

/** By what means something was said, or which wording was agreed to: shown to people, so one line. */
export const proofTextSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u);
