// Decides what is different between two sets of definitions: what came, what went, and clause by clause what changed.
import { diffBodies } from "./body-diff.ts";
import { type Definition, type DefinitionKind, definitionKinds, placeOf } from "./definition.ts";
import type { Json, JsonObject } from "./json.ts";

/** One changed clause. `path` as people read it, `place` is file:line:column in the new files. */
export type ClauseChange = {
  path: string;
  place: string;
  kind: "added" | "removed" | "changed";
  before?: Json;
  after?: Json;
};

/** `changes` only of a definition that is in both. `title`: the new one where there is a choice. */
export type DefinitionDiff = {
  kind: DefinitionKind;
  id: string;
  title?: string;
  file: string;
  change: "added" | "removed" | "changed";
  changes: ClauseChange[];
};

/** What differs in meaning: lines, files and the order of fields do not count. In the order settings, segments, campaigns, templates. */
export function diffDefinitions(before: readonly Definition[], after: readonly Definition[]): DefinitionDiff[] {
  return definitionKinds.flatMap((kind) => {
    const was = byId(before, kind);
    const is = byId(after, kind);
    const ids = [...new Set([...was.keys(), ...is.keys()])].sort();
    return ids.flatMap((id) => diffOf(was.get(id), is.get(id)));
  });
}

function byId(definitions: readonly Definition[], kind: DefinitionKind): Map<string, Definition> {
  return new Map(definitions.flatMap((definition) => (definition.kind === kind ? [[definition.id, definition]] : [])));
}

function diffOf(before: Definition | undefined, after: Definition | undefined): DefinitionDiff[] {
  const shown = (after ?? before) as Definition;
  const { kind, id, file, body } = shown;
  const title = typeof body["title"] === "string" ? { title: body["title"] } : {};
  const base = { kind, id, ...title, file };
  if (before === undefined) return [{ ...base, change: "added", changes: [] }];
  if (after === undefined) return [{ ...base, change: "removed", changes: [] }];
  const bodies =
    kind === "template" ? [shortTemplate(before, after), shortTemplate(after, before)] : [before.body, body];
  const changes = diffBodies(bodies[0] as JsonObject, bodies[1] as JsonObject).map(
    ({ shown: path, path: written, ...change }): ClauseChange => ({ path, place: placeOf(after, written), ...change }),
  );
  return changes.length === 0 ? [] : [{ ...base, change: "changed", changes }];
}

/** A template with its long parts cut down to what a reader of a list can use: how long they are, and whether they are the same. */
function shortTemplate({ body }: Definition, other: Definition): JsonObject {
  const others = localesOf(other.body);
  const locales = Object.entries(localesOf(body)).map(([locale, parts]): [string, Json] => {
    const short = Object.entries(parts).map(([part, text]): [string, Json] => [
      part,
      part === "subject" || typeof text !== "string" ? text : summaryOf(text, others[locale]?.[part]),
    ]);
    return [locale, Object.fromEntries(short)];
  });
  return { ...body, locales: Object.fromEntries(locales) };
}

/** Two texts of one length that differ must not look the same. */
function summaryOf(text: string, other: Json | undefined): string {
  const length = `${text.length} characters`;
  return text !== other && typeof other === "string" && text.length === other.length
    ? `${length}, ${text.slice(firstDifference(text, other)).slice(0, 40)}`
    : length;
}

function firstDifference(text: string, other: string): number {
  let at = 0;
  while (text[at] === other[at]) at++;
  return at;
}

function localesOf(body: JsonObject): Record<string, JsonObject> {
  const locales = body["locales"];
  return typeof locales === "object" && locales !== null ? (locales as Record<string, JsonObject>) : {};
}
