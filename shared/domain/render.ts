// Decides what a mail says: a published template and what is known of one person become subject, HTML and text.
import type { Ground } from "./ground.ts";
import type { Json, JsonObject } from "./json.ts";
import { type LiquidKind, type LiquidProblem, renderLiquid } from "./liquid.ts";
import type { Template } from "./template.ts";

export type RenderInput = {
  /** One of the template's locales (see `localeFor`); another region of the same language serves too. */
  locale: string;
  /** IANA zone in which instants become dates; UTC without one. */
  timezone?: string;
  /** Trait values by name. */
  profile: JsonObject;
  /** Properties of the causing event, and its `type`. */
  event: JsonObject;
  shop: { name: string; url: string; postalAddress: string };
  links: { unsubscribe: string; preferences: string };
  /** Why the mail may be sent; a template must not speak of an agreement where there is none. */
  lawfulBasis: Ground;
  /** Dotted names of variables that must not be empty. Default: those the law wants in every marketing mail. */
  mandatory?: readonly string[];
};

export type Rendered = { subject: string; html: string; text: string };

/** Why this mail cannot be written. `part` is where; a `variable` is named as in the template. */
export type RenderProblem = { problem: LiquidProblem & { part?: "subject" | "html" | "text" } };

const MANDATORY = ["shop.name", "shop.postalAddress", "unsubscribeUrl"] as const;
const MAX_SUBJECT = 250;

/** Control characters, and marks that turn the reading direction of whatever follows; half characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const UNCLEAN = /[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const UNSENDABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u202a-\u202e\u2066-\u2069]/g;
/** Nothing that anybody would see: blanks, zero-width signs, fillers. */
const INVISIBLE = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
/** Line breaks of every kind, tabs and spaces (not the unbroken ones), and marks that turn the reading direction. */
const SUBJECT_SPACE = /[ \t\r\n\v\f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/**
 * Writes one mail. Pure; faults of the template or the data come back as data. An empty, blank or invisible value counts as
 * missing, and a missing variable that no `if` or `default` guards is a problem: no mail leaves with a hole in it.
 * The subject is one line of at most 250 characters. Cost once parsed: some 0.05 ms.
 */
export function render(template: Template, input: RenderInput): Rendered | RenderProblem {
  const texts = textsFor(template, input.locale);
  if (texts === undefined) {
    const known = Object.keys(template.locales).join(", ");
    return { problem: { message: `the template ${template.template} has no locale ${input.locale}; it has ${known}` } };
  }
  const scope = scopeOf(input);
  const empty = (input.mandatory ?? MANDATORY).find((path) => valueAt(scope, path) === undefined);
  if (empty !== undefined) return { problem: { variable: empty, message: `${empty} must not be empty` } };
  const rendered: Rendered = { subject: "", html: "", text: "" };
  for (const part of ["subject", "html", "text"] as const) {
    const kind: LiquidKind = part === "html" ? "html" : "plain";
    const result = renderLiquid(texts[part], kind, scope);
    if ("problem" in result) return { problem: { ...result.problem, part } };
    // A filter may have cut a character in two.
    rendered[part] = result.text.toWellFormed();
  }
  rendered.subject = oneLine(rendered.subject);
  rendered.text = tidyText(rendered.text);
  return INVISIBLE.test(rendered.subject)
    ? { problem: { part: "subject", message: "the subject is empty" } }
    : rendered;
}

function textsFor(template: Template, locale: string): Rendered | undefined {
  const { locales } = template;
  if (Object.hasOwn(locales, locale)) return locales[locale];
  const language = locale.split("-")[0];
  const near = Object.keys(locales).find((name) => name.split("-")[0] === language);
  return near === undefined ? undefined : locales[near];
}

/** What templates see. `locale` and `timezone` also steer the filters `money` and `date`. */
function scopeOf(input: RenderInput): Record<string, unknown> {
  return {
    profile: present(input.profile),
    event: present(input.event),
    shop: present(input.shop),
    unsubscribeUrl: input.links.unsubscribe.trim() === "" ? undefined : input.links.unsubscribe,
    preferencesUrl: input.links.preferences.trim() === "" ? undefined : input.links.preferences,
    lawfulBasis: input.lawfulBasis,
    locale: input.locale,
    ...(input.timezone !== undefined && { timezone: input.timezone }),
  };
}

/** A copy without nulls and blank texts, and without characters that no mail may carry. */
function present(fields: JsonObject): JsonObject {
  const kept: [string, Json][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const clean = presentValue(value);
    if (clean !== undefined) kept.push([name, clean]);
  }
  return Object.fromEntries(kept);
}

function presentValue(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") {
    const clean = UNCLEAN.test(value) ? cleaned(value) : value;
    return INVISIBLE.test(clean) ? undefined : clean;
  }
  if (typeof value !== "object") return value;
  return Array.isArray(value) ? value.flatMap((item) => presentValue(item) ?? []) : present(value);
}

function cleaned(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(UNSENDABLE, "");
}

function valueAt(scope: Record<string, unknown>, path: string): unknown {
  let value: unknown = scope;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Line by line: one pattern over the whole text would take quadratic time on long runs of blanks. */
function tidyText(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

function oneLine(text: string): string {
  const line = text.replace(SUBJECT_SPACE, " ").trim();
  if (line.length <= MAX_SUBJECT) return line;
  const cut = line.slice(0, MAX_SUBJECT - 1).replace(/[\ud800-\udbff]$/, "");
  return `${cut.trimEnd()}…`;
}
