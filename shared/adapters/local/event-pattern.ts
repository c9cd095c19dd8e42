// Decides whether an event matches an EventBridge event pattern: which fields of the event a pattern looks at, and how
// conditions on the elements of one array belong together.
import type { Json } from "../../domain/json.ts";
import { badPattern, type FieldTest, fieldTests } from "./event-pattern-fields.ts";

/** One condition: some value at `path` passes one of `tests`. */
type Clause = { path: string; tests: FieldTest[] };

/** A value at the end of a path; `places` says which element of which array (by the array's own path) it lies in. */
type Leaf = { value: string | number | boolean | null; places: Map<string, number> };

/** EventBridge refuses patterns whose alternatives multiply to more. */
const MAX_ALTERNATIVES = 1_000;
const MATCHER_KEYS = new Set([
  "prefix",
  "suffix",
  "equals-ignore-case",
  "anything-but",
  "numeric",
  "exists",
  "cidr",
  "wildcard",
]);

/**
 * Compiles an event pattern; throws the fault `bad_pattern` (not retryable) that names the field and what is wrong.
 * Semantics: "Amazon EventBridge event patterns" in the user guide, and for arrays of objects event-ruler's rule that
 * the fields of one pattern object come from one array element.
 */
export function compilePattern(pattern: unknown): (event: { [field: string]: unknown }) => boolean {
  const alternatives = expand(pattern, []);
  const wanted = new Set<string>();
  for (const { path } of alternatives.flat()) {
    for (let end = path.length; end > 0; end = path.lastIndexOf(".", end - 1)) wanted.add(path.slice(0, end));
  }
  return (event) => {
    const leaves = new Map<string, Leaf[]>();
    collect(event as Json, { path: "", places: new Map(), wanted, leaves });
    return alternatives.some((clauses) => matches(clauses, leaves, new Map()));
  };
}

/** The alternatives of a pattern object: `$or` multiplies, fields add a clause to each. */
function expand(pattern: unknown, parents: string[]): Clause[][] {
  const where = parents.join(".") || "the pattern";
  if (!isObject(pattern)) throw badPattern(where, "must be an object, or an array of values to match");
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw badPattern(where, "must not be empty");
  let alternatives: Clause[][] = [[]];
  for (const [name, value] of fields) {
    alternatives = product(
      alternatives,
      name === "$or" && isOr(value) ? value.flatMap((one) => expand(one, parents)) : field(value, [...parents, name]),
    );
    if (alternatives.length > MAX_ALTERNATIVES)
      throw badPattern(where, `has more than ${MAX_ALTERNATIVES} alternatives`);
  }
  return alternatives;
}

function field(value: unknown, parents: string[]): Clause[][] {
  if (!Array.isArray(value)) return expand(value, parents);
  const path = parents.join(".");
  return [[{ path, tests: fieldTests(path, value) }]];
}

function product(left: Clause[][], right: Clause[][]): Clause[][] {
  return left.flatMap((a) => right.map((b) => [...a, ...b]));
}

/** As event-ruler: `$or` is the operator when it lists two or more sub-patterns; otherwise it is a field of that name. */
function isOr(value: unknown): value is { [field: string]: unknown }[] {
  if (!Array.isArray(value) || value.length < 2) return false;
  return value.every((one) => isObject(one) && !Object.keys(one).every((key) => MATCHER_KEYS.has(key)));
}

type Collecting = { path: string; places: Map<string, number>; wanted: Set<string>; leaves: Map<string, Leaf[]> };

/** Gathers the values at the wanted paths; an array gives each of its elements, at the array's own path. */
function collect(value: Json | undefined, at: Collecting): void {
  if (Array.isArray(value)) {
    // A nested array has the path of the outer one, so its depth keeps the two apart.
    const array = `${at.path}[${[...at.places.keys()].filter((key) => key.startsWith(`${at.path}[`)).length}]`;
    for (const [i, element] of value.entries()) collect(element, { ...at, places: new Map(at.places).set(array, i) });
  } else if (typeof value === "object" && value !== null) {
    for (const name in value) {
      const path = at.path === "" ? name : `${at.path}.${name}`;
      if (at.wanted.has(path)) collect(value[name], { ...at, path });
    }
  } else if (value !== undefined) {
    const leaves = at.leaves.get(at.path);
    if (leaves) leaves.push({ value, places: at.places });
    else at.leaves.set(at.path, [{ value, places: at.places }]);
  }
}

/** Tries to satisfy the clauses one by one, each with a value that lies in the same array elements as those before. */
function matches(clauses: Clause[], leaves: Map<string, Leaf[]>, places: Map<string, number>): boolean {
  const [clause, ...rest] = clauses;
  if (!clause) return true;
  const found = leaves.get(clause.path) ?? [];
  if (found.length === 0) return clause.tests.some((test) => test === "absent") && matches(rest, leaves, places);
  return found.some(
    (leaf) =>
      agree(leaf.places, places) &&
      clause.tests.some((test) => test !== "absent" && test(leaf.value)) &&
      matches(rest, leaves, leaf.places.size === 0 ? places : new Map([...places, ...leaf.places])),
  );
}

function agree(a: Map<string, number>, b: Map<string, number>): boolean {
  for (const [array, i] of a) {
    if ((b.get(array) ?? i) !== i) return false;
  }
  return true;
}

function isObject(value: unknown): value is { [field: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
