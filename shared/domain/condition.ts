// Decides which operators the condition language has, and checks and compiles whole conditions by their operator key.
import type { Clause, CompileContext, Operator, Scope } from "./clause.ts";
import { closest } from "./closest.ts";
import { literalsIn } from "./comparison-check.ts";
import { average, max, min, sum } from "./conditions/aggregate.ts";
import { anniversary } from "./conditions/anniversary.ts";
import { bucket } from "./conditions/bucket.ts";
import { churnRisk } from "./conditions/churn-risk.ts";
import { allOf, anyOf, noneOf, notOf } from "./conditions/combine.ts";
import { did, didNot } from "./conditions/did.ts";
import { inSegment } from "./conditions/in-segment.ts";
import { date, first, last } from "./conditions/moments.ts";
import { propertyCondition } from "./conditions/property.ts";
import { traitCondition } from "./conditions/trait.ts";
import type { InputProblem } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";

/** A condition as a marketer writes it; YAML and JSON are the same structure. */
export type Condition = JsonObject;

/** To add a condition: one file in conditions/, one line here. */
const operators: Operator[] = [
  allOf,
  anyOf,
  noneOf,
  notOf,
  traitCondition,
  propertyCondition,
  did,
  didNot,
  sum,
  average,
  min,
  max,
  first,
  last,
  date,
  inSegment,
  anniversary,
  bucket,
  churnRisk,
];
const byKey = new Map(operators.map((operator) => [operator.key, operator]));
const MAX_DEPTH = 8;
const MAX_LITERALS = 500;

/**
 * Everything that is wrong with a condition, with path and fix; empty when it can be compiled. `scope`: what it may look
 * at besides the profile; nothing when not said.
 */
export function checkCondition(
  condition: Json,
  path: string,
  { scope = "profile" }: { scope?: Scope } = {},
): InputProblem[] {
  const problems = checkPart(condition, path, { scope, depth: 1 });
  const literals = literalsIn(condition, MAX_DEPTH);
  if (literals <= MAX_LITERALS) return problems;
  const message = `compares with ${literals} values; at most ${MAX_LITERALS} in one condition: split it into segments`;
  return [...problems, { code: "too_many_values", path, message }];
}

function checkPart(condition: Json, path: string, { scope, depth }: { scope: Scope; depth: number }): InputProblem[] {
  if (typeof condition !== "object" || condition === null || Array.isArray(condition)) {
    return [{ code: "not_a_condition", path, message: `must be a condition such as { trait: country, eq: FR }` }];
  }
  if (depth > MAX_DEPTH) {
    const message = `is nested deeper than ${MAX_DEPTH} levels; give a part of it a name, as a segment`;
    return [{ code: "too_deep", path, message }];
  }
  const operator = operatorOf(condition, path);
  if ("code" in operator) return [operator];
  const stray = Object.keys(condition).filter((key) => key !== operator.key && !operator.fields.includes(key));
  if (stray.length > 0) return stray.map((key) => unknownField(key, operator, path));
  const outside = outOfScope(operator, scope, path);
  if (outside !== undefined) return [outside];
  return operator.check(condition, {
    path,
    scope,
    nested: (part, partPath, partScope = scope) => checkPart(part, partPath, { scope: partScope, depth: depth + 1 }),
  });
}

function outOfScope({ looksAt }: Operator, scope: Scope, path: string): InputProblem | undefined {
  if (scope === "properties" && looksAt === "profile") {
    const message = "may only look at properties of the event: { property: ..., eq: ... }";
    return { code: "not_a_property", path, message };
  }
  if (scope === "profile" && looksAt === "properties") {
    const message = "there is no event here; use a trait, or did: with where:";
    return { code: "no_event_here", path, message };
  }
  return undefined;
}

/** Whether a checked condition looks at the triggering event alone, so that nothing heard later changes its answer. */
export function looksOnlyAtProperties(condition: Json): boolean {
  return checkCondition(condition, "", { scope: "properties" }).length === 0;
}

/** Compiles a checked condition and notes in `needs` what it counts and which segments it uses. */
export function compileCondition(condition: Json, context: CompileContext): Clause {
  const fields = condition as JsonObject;
  const key = Object.keys(fields).find((name) => byKey.has(name)) as string;
  return (byKey.get(key) as Operator).compile(fields, context, compileCondition);
}

function operatorOf(condition: JsonObject, path: string): Operator | InputProblem {
  const keys = Object.keys(condition).filter((key) => byKey.has(key));
  const known = [...byKey.keys()];
  if (keys.length === 1) return byKey.get(keys[0] as string) as Operator;
  if (keys.length > 1) {
    const message = `says ${keys.join(" and ")} at once; put each into a list under all: or any:`;
    return { code: "two_operators", path, message };
  }
  const nearest = Object.keys(condition)
    .map((key) => closest(key, known))
    .find((key) => key !== undefined);
  const hint = nearest === undefined ? `it needs one of ${known.join(", ")}` : `did you mean ${nearest}?`;
  return { code: "no_operator", path, message: `is no condition Relance knows; ${hint}` };
}

function unknownField(key: string, { key: operator, fields }: Operator, path: string): InputProblem {
  const nearest = closest(key, fields);
  const allowed =
    fields.length === 0 ? `${operator} stands alone` : `beside ${operator} it allows ${fields.join(", ")}`;
  return {
    code: "unknown_field",
    path: `${path}.${key}`,
    message: `is not a field of ${operator}; ${nearest ? `did you mean ${nearest}?` : allowed}`,
  };
}
