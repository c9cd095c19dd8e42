// Decides how one value is compared with what a marketer wrote: eq, ne, in, lt, lte, gt, gte, exists.
import type { InputProblem } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";
import { isMoney, parseMoney } from "./money.ts";
import type { Truth } from "./verdict.ts";

type Literal = string | number | boolean;
type Comparison = (found: Json | undefined) => Truth;

const isLiteral = (value: Json | undefined): value is Literal =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** A wrongly typed or missing value is unknown, never false. */
function equal(literal: Literal): Comparison {
  const money = typeof literal === "string" ? parseMoney(literal) : undefined;
  return (found) => {
    if (money !== undefined && isMoney(found))
      return found.currency === money.currency ? found.amount === money.amount : undefined;
    return typeof found === typeof literal ? found === literal : undefined;
  };
}

function ordered(literal: Literal, holds: (difference: number) => boolean): Comparison {
  const money = typeof literal === "string" ? parseMoney(literal) : undefined;
  return (found) => {
    if (money !== undefined) {
      return isMoney(found) && found.currency === money.currency ? holds(found.amount - money.amount) : undefined;
    }
    return typeof found === "number" && typeof literal === "number" ? holds(found - literal) : undefined;
  };
}

function oneOf(literals: Literal[]): Comparison {
  const comparisons = literals.map(equal);
  return (found) => {
    const results = comparisons.map((compare) => compare(found));
    return results.includes(true) ? true : results.includes(false) ? false : undefined;
  };
}

const builders: Record<string, (literal: Literal) => Comparison> = {
  eq: equal,
  ne: (literal) => {
    const compare = equal(literal);
    return (found) => {
      const same = compare(found);
      return same === undefined ? undefined : !same;
    };
  },
  lt: (literal) => ordered(literal, (difference) => difference < 0),
  lte: (literal) => ordered(literal, (difference) => difference <= 0),
  gt: (literal) => ordered(literal, (difference) => difference > 0),
  gte: (literal) => ordered(literal, (difference) => difference >= 0),
};
const ORDERED = new Set(["lt", "lte", "gt", "gte"]);

export const comparisonKeys = [...Object.keys(builders), "in", "exists"];

/** What is wrong with the comparison fields of a condition; every one of them must hold, so there must be one at least. */
export function checkComparison(condition: JsonObject, path: string): InputProblem[] {
  const used = comparisonKeys.filter((key) => key in condition);
  if (used.length === 0) {
    return [
      {
        code: "comparison_missing",
        path,
        message: `says what to look at but not what to compare with; add one of ${comparisonKeys.join(", ")}, for example eq: FR`,
      },
    ];
  }
  return used.flatMap((key) => checkOne(key, condition[key] as Json, `${path}.${key}`));
}

function checkOne(key: string, literal: Json, path: string): InputProblem[] {
  if (key === "exists")
    return typeof literal === "boolean" ? [] : [{ code: "not_a_boolean", path, message: "must be true or false" }];
  if (key === "in") {
    const fine = Array.isArray(literal) && literal.length > 0 && literal.every(isLiteral);
    return fine
      ? []
      : [{ code: "not_a_list", path, message: "must be a list of at least one value, for example [FR, BE]" }];
  }
  if (!isLiteral(literal)) return [{ code: "not_a_value", path, message: "must be a text, a number, true or false" }];
  const comparable = typeof literal === "number" || (typeof literal === "string" && parseMoney(literal) !== undefined);
  return ORDERED.has(key) && !comparable
    ? [{ code: "not_comparable", path, message: `must be a number or an amount such as "80 EUR"` }]
    : [];
}

/** Compiles the comparison fields of a checked condition into one test; only `exists` sees absence. */
export function compileComparison(condition: JsonObject): Comparison {
  const tests = comparisonKeys.filter((key) => key in condition).map((key) => compileOne(key, condition[key] as Json));
  return (found) => {
    let result: Truth = true;
    for (const test of tests) {
      const truth = test(found);
      if (truth === false) return false;
      if (truth === undefined) result = undefined;
    }
    return result;
  };
}

function compileOne(key: string, literal: Json): Comparison {
  if (key === "exists") return (found) => (found !== undefined && found !== null) === literal;
  if (key === "in") return oneOf(literal as Literal[]);
  return (builders[key] as (literal: Literal) => Comparison)(literal as Literal);
}

/** The comparison in words, as written. */
export function comparisonText(condition: JsonObject): string {
  return comparisonKeys
    .filter((key) => key in condition)
    .map((key) => `${key} ${JSON.stringify(condition[key])}`)
    .join(" and ");
}
