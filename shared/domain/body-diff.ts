// Decides how two versions of a written body differ: field by field, steps and arms by their names, conditions by what they ask.
import type { Json, JsonObject } from "./json.ts";

/**
 * One difference. `shown` is the path as people read it (steps[say-hello].wait), `path` where it is written in the new body,
 * or the nearest field around it when it is gone.
 */
export type BodyChange = {
  shown: string;
  path: string;
  kind: "added" | "removed" | "changed";
  before?: Json;
  after?: Json;
};

type At = { shown: string; path: string };

/** Everything that is different; equal bodies have no difference, whatever the order of their fields. */
export function diffBodies(before: JsonObject, after: JsonObject): BodyChange[] {
  return changesOf(before, after, { shown: "", path: "" });
}

function changesOf(before: Json, after: Json, at: At): BodyChange[] {
  if (canonical(before) === canonical(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, at);
  // Another operator is another question: both are shown whole.
  if (isObject(before) && isObject(after) && operatorOf(before) === operatorOf(after))
    return fieldChanges(before, after, at);
  return [{ ...at, kind: "changed", before, after }];
}

function fieldChanges(before: JsonObject, after: JsonObject, at: At): BodyChange[] {
  const inside = (name: string): At => ({ shown: join(at.shown, name), path: join(at.path, name) });
  const names = [...Object.keys(after), ...Object.keys(before).filter((name) => after[name] === undefined)];
  return names.flatMap((name): BodyChange[] => {
    const was = before[name];
    const is = after[name];
    if (was === undefined) return is === undefined ? [] : [{ ...inside(name), kind: "added", after: is }];
    if (is === undefined) return [{ ...inside(name), path: at.path, kind: "removed", before: was }];
    return changesOf(was, is, inside(name));
  });
}

function listChanges(before: Json[], after: Json[], at: At): BodyChange[] {
  const names = namesOf(before) !== undefined && namesOf(after) !== undefined;
  const shown = (list: Json[], index: number) => `${at.shown}[${names ? namesOf(list)?.[index] : index}]`;
  const pairs = pairsOf(before, after, names);
  const changes = after.flatMap((value, index): BodyChange[] => {
    const place = { shown: shown(after, index), path: `${at.path}[${index}]` };
    const partner = pairs.get(index);
    return partner === undefined
      ? [{ ...place, kind: "added", after: value }]
      : changesOf(before[partner] as Json, value, place);
  });
  const kept = new Set(pairs.values());
  const removed = before.flatMap((value, index): BodyChange[] =>
    kept.has(index) ? [] : [{ shown: shown(before, index), path: at.path, kind: "removed", before: value }],
  );
  return [...changes, ...removed, ...orderChange({ before, pairs, names }, at)];
}

type Aligned = { before: Json[]; pairs: Map<number, number>; names: boolean };

/** What stayed, when it stands in another order. */
function orderChange({ before, pairs, names }: Aligned, at: At): BodyChange[] {
  const inNewOrder = [...pairs].sort(([a], [b]) => a - b).map(([, index]) => index);
  const inOldOrder = [...inNewOrder].sort((a, b) => a - b);
  if (inNewOrder.every((index, place) => index === inOldOrder[place])) return [];
  const label = (index: number): Json => (names ? (namesOf(before)?.[index] as string) : (before[index] as Json));
  const change = { before: inOldOrder.map(label), after: inNewOrder.map(label) };
  return [{ shown: `${at.shown} (order)`, path: at.path, kind: "changed", ...change }];
}

/** New index → old index: by name where all have one, else equal ones first, then those that ask the same, then the same kind. */
function pairsOf(before: Json[], after: Json[], byName: boolean): Map<number, number> {
  const pairs = new Map<number, number>();
  const free = new Set(before.keys());
  const keysOf = byName
    ? [(value: Json) => nameOf(value)]
    : [canonical, (value: Json) => questionOf(value), (value: Json) => (isObject(value) ? kindOf(value) : undefined)];
  for (const keyOf of keysOf) {
    for (const [index, value] of after.entries()) {
      const key = keyOf(value);
      if (pairs.has(index) || key === undefined) continue;
      const partner = [...free].find((candidate) => keyOf(before[candidate] as Json) === key);
      if (partner === undefined) continue;
      pairs.set(index, partner);
      free.delete(partner);
    }
  }
  return pairs;
}

/** Steps have ids, arms have names. */
function nameOf(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const name = value["id"] ?? value["arm"];
  return typeof name === "string" ? name : undefined;
}

/** The names of all entries of a list, when each has one of its own. */
function namesOf(list: Json[]): string[] | undefined {
  const names = list.flatMap((value) => nameOf(value) ?? []);
  return names.length === list.length && new Set(names).size === names.length ? names : undefined;
}

const OPERATORS =
  "all any none not trait property did didNot sum average min max first last date inSegment anniversary bucket churnRisk".split(
    " ",
  );

function operatorOf(value: JsonObject): string | undefined {
  return OPERATORS.find((operator) => value[operator] !== undefined);
}

const kindOf = (value: JsonObject): string | undefined => operatorOf(value) ?? Object.keys(value)[0];

/** What a condition asks about, without what it compares with; of a way, its condition. */
function questionOf(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const kind = kindOf(value);
  return kind === undefined ? undefined : `${kind} ${canonical(value[kind] as Json)}`;
}

/** One text for equal values, whatever the order of their fields. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field as Json)}`).join()}}`;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const join = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);
