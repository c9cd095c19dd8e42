// Decides what one YAML file defines: the settings, a segment or a campaign, checked by the schema of its kind.
import * as z from "zod";
import { checkCampaign } from "../domain/campaign.ts";
import { closest } from "../domain/closest.ts";
import { type Definition, SETTINGS_ID } from "../domain/definition.ts";
import type { InputProblem } from "../domain/event.ts";
import type { JsonObject } from "../domain/json.ts";
import { problemsOf } from "../domain/problem.ts";
import { checkSegment } from "../domain/segment.ts";
import { settingsSchema } from "../domain/settings.ts";
import { plainly } from "./plain-problem.ts";
import { atField, type SourceProblem } from "./source-problem.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

/** `id` is there whenever the file names one, sound or not, so that references to it are not called unknown. */
export type Read = { id?: string; source?: YamlSource; definition?: Definition; problems: SourceProblem[] };

type Kind = "settings" | "segment" | "campaign";
const checks: Record<Kind, (body: JsonObject) => InputProblem[]> = {
  settings: checkSettings,
  segment: checkSegment,
  campaign: checkCampaign,
};

/** Reads one definition; `definition` is present when nothing is wrong with it, seen alone. */
export function readDefinition(kind: Kind, file: string, text: string): Read {
  const source = readYaml(file, text);
  if ("problems" in source) return { id: guessedId(kind, file, text), ...source };
  const { body, lines } = source;
  const errors = checks[kind](body).map((problem) => atField(source, plainly(hinted(kind, problem), body)));
  const warnings = warningsOf(kind, body).map((problem) => atField(source, problem, "warning"));
  const named = kind === "settings" ? SETTINGS_ID : body[kind];
  const id = typeof named === "string" ? named : undefined;
  return {
    source,
    problems: [...errors, ...warnings],
    ...(id !== undefined && { id }),
    ...(id !== undefined && errors.length === 0 && { definition: { kind, id, body, file, lines } }),
  };
}

/** A field that is known elsewhere: set for the whole shop, or spelled a little differently beside it. */
function hinted(kind: Kind, problem: InputProblem): InputProblem {
  const { code, path, message } = problem;
  if (code !== "unknown_field") return problem;
  if (kind === "campaign" && Object.hasOwn(settingsSchema.shape, path)) {
    const where = "it is set in relance.yaml, once for all campaigns; move it there";
    return { ...problem, message: `is not a field of a campaign: ${where}` };
  }
  if (kind !== "settings" || message.includes(";")) return problem;
  const names = path.split(".");
  const nearest = closest(names.at(-1) ?? "", fieldsAt(settingsSchema, names.slice(0, -1)));
  return nearest === undefined ? problem : { ...problem, message: `${message}; did you mean ${nearest}?` };
}

/** The names that a map of the settings may have. */
function fieldsAt(schema: unknown, [name, ...rest]: string[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return fieldsAt(schema.unwrap(), name === undefined ? [] : [name, ...rest]);
  if (!(schema instanceof z.ZodObject)) return [];
  return name === undefined ? Object.keys(schema.shape) : fieldsAt(schema.shape[name], rest);
}

/** What is sound, but hardly meant. */
function warningsOf(kind: Kind, body: JsonObject): InputProblem[] {
  if (kind === "segment" || body["holdout"] !== 100) return [];
  const what = kind === "campaign" ? "nobody gets a mail of this campaign" : "nobody gets any marketing";
  const message = `holds everybody out: ${what}, and there is nothing to compare with; choose less, such as 10`;
  return [{ code: "everybody_held_out", path: "holdout", message }];
}

/** The id a broken file probably has: as written, else as the file is named. */
function guessedId(kind: Kind, file: string, text: string): string {
  const written = new RegExp(`^${kind}:[ \\t]*["']?([a-z0-9-]+)`, "m").exec(text)?.[1];
  return written ?? idFromFile(file);
}

/** The id a file has by custom: its name. */
export function idFromFile(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.yaml$/, "");
}

function checkSettings(body: JsonObject): InputProblem[] {
  const parsed = settingsSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) return problemsOf(parsed.error, Object.keys(settingsSchema.shape));
  const { locales, shop } = parsed.data;
  const problems: InputProblem[] = [];
  if (!locales.supported.includes(locales.default)) {
    const message = `must be one of locales.supported (${locales.supported.join(", ")})`;
    problems.push({ code: "unknown_locale", path: "locales.default", message });
  }
  if (!/^https?:\/\/[^\s/]+/i.test(shop.url)) {
    const message = "must be a web address that begins with https://, for example https://shop.example";
    problems.push({ code: "not_a_web_address", path: "shop.url", message });
  }
  return problems;
}
