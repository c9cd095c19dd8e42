// Decides which operators the condition language has, and checks and compiles whole conditions by their operator key.

import type { Clause, CompileContext, Operator } from "./clause.ts";
import { closest } from "./closest.ts";
import { comparisonKeys } from "./comparison.ts";
import { churnRisk } from "./conditions/churn-risk.ts";
import { allOf, anyOf, noneOf, notOf } from "./conditions/combine.ts";
import { did, didNot } from "./conditions/did.ts";
import { inSegment } from "./conditions/in-segment.ts";
import { propertyCondition } from "./conditions/property.ts";
import { sum } from "./conditions/sum.ts";
import { traitCondition } from "./conditions/trait.ts";
import type { InputProblem } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";

/** A condition as a marketer writes it; YAML and JSON are the same structure. */
export type Condition = JsonObject;

/** To add a condition: one file in conditions/, one line here. `fields` are those it allows beside its key. */
const operators: [Operator, fields: string[]][] = [
  [allOf, []],
  [anyOf, []],
  [noneOf, []],
  [notOf, []],
  [traitCondition, comparisonKeys],
  [propertyCondition, comparisonKeys],
  [did, ["atLeast", "atMost", "exactly", "within", "where"]],
  [didNot, ["for", "where"]],
  [sum, ["of", ...comparisonKeys]],
  [inSegment, []],
  [churnRisk, []],
];
const byKey = new Map(operators.map(([operator, fields]) => [operator.key, { operator, fields }]));
const MAX_DEPTH = 8;

/** Everything that is wrong with a condition, with path and fix; empty when it can be compiled. */
export function checkCondition(condition: Json, path: string, depth = 1): InputProblem[] {
  if (typeof condition !== "object" || condition === null || Array.isArray(condition)) {
    return [{ code: "not_a_condition", path, message: `must be a condition such as { trait: country, eq: FR }` }];
  }
  if (depth > MAX_DEPTH) return [{ code: "too_deep", path, message: `is nested deeper than ${MAX_DEPTH} levels` }];
  const found = operatorOf(condition, path);
  if ("code" in found) return [found];
  const stray = Object.keys(condition).filter((key) => key !== found.operator.key && !found.fields.includes(key));
  if (stray.length > 0) return stray.map((key) => unknownField(key, found, path));
  return found.operator.check(condition, path, (part, partPath) => checkCondition(part, partPath, depth + 1));
}

/** Compiles a checked condition and notes in `needs` what it counts and which segments it uses. */
export function compileCondition(condition: Json, context: CompileContext): Clause {
  const key = Object.keys(condition as JsonObject).find((name) => byKey.has(name)) as string;
  return (byKey.get(key) as { operator: Operator }).operator.compile(
    condition as JsonObject,
    context,
    compileCondition,
  );
}

function operatorOf(condition: JsonObject, path: string): { operator: Operator; fields: string[] } | InputProblem {
  const keys = Object.keys(condition).filter((key) => byKey.has(key));
  const known = [...byKey.keys()];
  if (keys.length === 1) return byKey.get(keys[0] as string) as { operator: Operator; fields: string[] };
  if (keys.length > 1) {
    return {
      code: "two_operators",
      path,
      message: `says ${keys.join(" and ")} at once; put each into a list under all: or any:`,
    };
  }
  const nearest = Object.keys(condition)
    .map((key) => closest(key, known))
    .find((key) => key !== undefined);
  const hint = nearest === undefined ? `it needs one of ${known.join(", ")}` : `did you mean ${nearest}?`;
  return { code: "no_operator", path, message: `is no condition Relance knows; ${hint}` };
}

function unknownField(
  key: string,
  { operator, fields }: { operator: Operator; fields: string[] },
  path: string,
): InputProblem {
  const nearest = closest(key, fields);
  const allowed =
    fields.length === 0 ? `${operator.key} stands alone` : `beside ${operator.key} it allows ${fields.join(", ")}`;
  return {
    code: "unknown_field",
    path: `${path}.${key}`,
    message: `is not a field of ${operator.key}; ${nearest ? `did you mean ${nearest}?` : allowed}`,
  };
}
