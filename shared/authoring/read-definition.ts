// Decides what one YAML file defines: the settings, a segment or a campaign, checked by the schema of its kind.
import { checkCampaign } from "../domain/campaign.ts";
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
  const problems = checks[kind](body).map((problem) => atField(source, plainly(problem, body)));
  const named = kind === "settings" ? SETTINGS_ID : body[kind];
  const id = typeof named === "string" ? named : undefined;
  return {
    source,
    problems,
    ...(id !== undefined && { id }),
    ...(id !== undefined && problems.length === 0 && { definition: { kind, id, body, file, lines } }),
  };
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
