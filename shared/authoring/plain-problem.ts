// Decides how a schema's own words become a sentence that says what to write instead.
import { closest } from "../domain/closest.ts";
import type { InputProblem } from "../domain/event.ts";
import { parseInstant } from "../domain/instant.ts";
import type { Json, JsonObject } from "../domain/json.ts";

/** What a missing field may look like. */
const EXAMPLES: Record<string, string> = {
  title: "title: New customers",
  on: "on: { event: lead.created }",
  steps: "steps: [{ id: say-hello, send: welcome }]",
  where: "where: { did: purchase.completed }",
  id: "id: say-hello",
  subject: "subject: { en: Hello }",
  shop: "shop: with name, from, url and postalAddress",
  locales: "locales: { default: en, supported: [en] }",
  timezone: "timezone: { default: Europe/Paris }",
  frequencyCap: "frequencyCap: { marketing: { max: 3, within: 7 days } }",
  timeout: "timeout: 3 days",
  expect: "expect: [{ nothing: true }]",
};

/** The same problem in plain words; `body` is what was written, so that the value can be named. */
export function plainly(problem: InputProblem, body: JsonObject): InputProblem {
  const value = valueAt(body, problem.path);
  return { ...problem, message: messageOf(problem, value) };
}

function messageOf({ code, path, message }: InputProblem, value: Json | undefined): string {
  const name = path.replace(/^.*[.\]]/, "");
  if (code === "missing") return `is missing; add ${EXAMPLES[name] ?? `${name || "it"}: ...`}`;
  if (code === "unknown_field") return message.includes(";") ? message : `${message}; take it out or mend its name`;
  if (code === "invalid_type") return typeText(/^expected (\w+)/.exec(message)?.[1], value, name) ?? message;
  if (code === "too_small" || code === "too_big") return sizeText(message) ?? message;
  if (message === "Invalid URL") return "must be a web address such as https://shop.example";
  if (message === "Invalid email address") return "must be an e-mail address such as hello@shop.example";
  if (code === "invalid_key") return `has a name that does not fit; write ${keyExample(path)}`;
  if (typeof value !== "string") return withNearName(message, value);
  return withNearZone(message, value) ?? withoutDay(value) ?? message;
}

/** What the names of a map are, by where it stands. */
function keyExample(path: string): string {
  if (/(^|\.)byCountry\./.test(path)) return "two capital letters such as FR";
  return path.startsWith("events") ? "an event type such as cart.updated" : "a name of one word or more";
}

function withNearZone(message: string, value: string): string | undefined {
  if (!message.includes("IANA time zone")) return undefined;
  const nearest = closest(value, Intl.supportedValuesOf("timeZone"));
  return nearest === undefined ? message : `${message}; did you mean ${nearest}?`;
}

/** 29 February of a common year, 31 April. */
function withoutDay(value: string): string | undefined {
  const day = /^\d{4}-\d{2}-\d{2}(?=$|[ T])/.exec(value)?.[0];
  if (day === undefined || parseInstant(day) !== undefined) return undefined;
  return `names ${day}, a day that does not exist; choose another one`;
}

const TIMES = ["at", "until", "daily", "weekly", "monthly"];

const quoted = (value: Json | undefined) =>
  typeof value === "number" || typeof value === "boolean" ? value : undefined;

function typeText(wanted: string | undefined, value: Json | undefined, name: string): string | undefined {
  const plain = quoted(value);
  if (wanted === "string") {
    const time =
      TIMES.includes(name) && typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 24;
    if (time)
      return `must be a text, not the number ${value}; a time is written "${String(value).padStart(2, "0")}:00"`;
    return plain === undefined ? "must be a text" : `must be a text; put it in quotes: "${plain}"`;
  }
  if (wanted === "number" || wanted === "int") {
    const isText = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
    return isText
      ? `must be a number; write ${value} without quotes`
      : `must be a ${wanted === "int" ? "whole " : ""}number such as 3`;
  }
  if (wanted === "array") return "must be a list: one entry a line with a dash, or [a, b]";
  if (wanted === "object" || wanted === "record") return "must be a map of fields, each with a name and a value";
  return wanted === "boolean" ? "must be true or false" : undefined;
}

function sizeText(message: string): string | undefined {
  const match = /expected (\w+) (?:to have|to be) ([<>]=?)(-?[\d.]+)/.exec(message);
  if (match === null) return undefined;
  const [, kind, sign, bound] = match as unknown as [string, string, string, string];
  const low = sign.startsWith(">");
  if (kind === "string") return low ? "must not be empty" : `must have at most ${bound} characters; shorten it`;
  if (kind === "array")
    return low ? `needs at least ${bound} of them` : `must have at most ${bound} entries; take some out`;
  if (sign === ">") return `must be more than ${bound}`;
  return low ? `must be ${bound} or more` : `must be at most ${bound}`;
}

/** Where one of several names must be there: which one a mistyped name was meant to be. */
function withNearName(message: string, value: Json | undefined): string {
  const names = /\bone of ([\w, ]+)$/.exec(message)?.[1]?.split(", ");
  if (names === undefined || typeof value !== "object" || value === null || Array.isArray(value)) return message;
  const used = Object.keys(value).filter((key) => names.includes(key));
  if (used.length > 1) return `says ${used.join(" and ")} at once; ${message}`;
  const nearest = Object.keys(value).map((key) => [key, closest(key, names)] as const);
  const [key, meant] = nearest.find(([, found]) => found !== undefined) ?? [];
  return meant === undefined ? message : `${message}; ${key} is none of them, did you mean ${meant}?`;
}

/** The value at a path as problems write it ("steps[1].wait"). */
export function valueAt(body: Json, path: string): Json | undefined {
  let value: Json | undefined = body;
  for (const name of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}
