// Decides whether definitions fit together as they are sent by a machine: each by its schema, ids once, references known.
import { type Campaign, checkCampaign, compileCampaign } from "./campaign.ts";
import { checkDrop } from "./check-drop.ts";
import { checkTemplate } from "./check-template.ts";
import { type Definition, placeOf, SETTINGS_ID } from "./definition.ts";
import type { InputProblem } from "./event.ts";
import type { JsonObject } from "./json.ts";
import { problemsOf } from "./problem.ts";
import { checkSegment, compileSegment, inOrderOfUse } from "./segment.ts";
import { settingsSchema } from "./settings.ts";

/** What is wrong, in which definition, and where it is written. */
export type DefinitionProblem = InputProblem & { kind: Definition["kind"]; id: string; place: string };

/** Everything that keeps a set of definitions from being published. */
export function checkDefinitions(definitions: readonly Definition[]): DefinitionProblem[] {
  const alone = definitions.flatMap((definition) => checkAlone(definition).map((problem) => at(definition, problem)));
  if (alone.length > 0) return alone;
  return [
    ...checkIds(definitions),
    ...checkSettings(definitions),
    ...checkReferences(definitions),
    ...checkDropped(definitions),
  ];
}

const at = (definition: Definition, problem: InputProblem): DefinitionProblem => {
  const { kind, id } = definition;
  return { ...problem, kind, id, place: placeOf(definition, problem.path) };
};

function checkAlone({ kind, id, body }: Definition): InputProblem[] {
  const problems = checks[kind](body);
  if (problems.length > 0) return problems;
  if (kind === "settings")
    return id === SETTINGS_ID
      ? []
      : [{ code: "other_id", path: "", message: `must be sent under the id ${SETTINGS_ID}` }];
  if (body[kind] === id) return [];
  return [{ code: "other_id", path: kind, message: `must be ${id}, the id it is sent under` }];
}

const checks: Record<Definition["kind"], (body: JsonObject) => InputProblem[]> = {
  settings: settingsProblems,
  segment: checkSegment,
  campaign: checkCampaign,
  template: checkTemplate,
};

function settingsProblems(body: JsonObject): InputProblem[] {
  const parsed = settingsSchema.safeParse(body, { reportInput: true });
  return parsed.success ? [] : problemsOf(parsed.error, Object.keys(settingsSchema.shape));
}

function checkIds(definitions: readonly Definition[]): DefinitionProblem[] {
  const seen = new Set<string>();
  return definitions.flatMap((definition) => {
    const name = `${definition.kind} ${definition.id}`;
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [at(definition, { code: "duplicate_id", path: definition.kind, message: "is defined twice" })];
  });
}

function checkSettings(definitions: readonly Definition[]): DefinitionProblem[] {
  if (definitions.some(({ kind }) => kind === "settings")) return [];
  const message = "are missing: the shop's name, sender, locales and time zones";
  return [{ code: "settings_missing", path: "", message, kind: "settings", id: "settings", place: "relance.yaml:1:1" }];
}

function checkDropped(definitions: readonly Definition[]): DefinitionProblem[] {
  const settings = definitions.find(({ kind }) => kind === "settings");
  return settings === undefined ? [] : checkDrop(definitions).map((problem) => at(settings, problem));
}

function checkReferences(definitions: readonly Definition[]): DefinitionProblem[] {
  const idsOf = (kind: Definition["kind"]) =>
    new Set(definitions.flatMap((definition) => (definition.kind === kind ? [definition.id] : [])));
  const known = { segment: idsOf("segment"), template: idsOf("template") };
  const segments = definitions.filter(({ kind }) => kind === "segment");
  const compiled = segments.map((definition) => compileSegment(definition, { counters: [], segments: [] }));
  const uses = [
    ...compiled.map(({ definition, uses: used }) => ({ definition, segment: used, template: [] as string[] })),
    ...definitions.flatMap((definition) => (definition.kind === "campaign" ? [usesOf(definition)] : [])),
  ];
  const unknown = uses.flatMap(({ definition, ...used }) =>
    (["segment", "template"] as const).flatMap((kind) =>
      used[kind]
        .filter((id) => !known[kind].has(id))
        .map((id) => at(definition, { code: `unknown_${kind}`, path: "", message: `there is no ${kind} ${id}` })),
    ),
  );
  return [...unknown, ...circle(compiled)];
}

function usesOf(definition: Definition): { definition: Definition; segment: string[]; template: string[] } {
  const needs = { counters: [], segments: [] as string[] };
  const { on, steps } = compileCampaign(definition, needs);
  const template = steps.flatMap((step) => (step.kind === "send" ? [step.template] : []));
  return { definition, segment: [...new Set([...needs.segments, ...triggeringSegment(on)])], template };
}

const triggeringSegment = (on: Campaign["on"]): string[] => (on.kind === "segment" ? [on.segment] : []);

function circle(segments: ReturnType<typeof compileSegment>[]): DefinitionProblem[] {
  const { cycle } = inOrderOfUse(segments);
  const definition = segments.find(({ id }) => id === cycle?.at(-2))?.definition;
  if (cycle === undefined || definition === undefined) return [];
  const message = `leads in a circle: ${cycle.join(" → ")}; a segment cannot depend on itself`;
  return [at(definition, { code: "segment_circle", path: "where", message })];
}
