// Decides how one value is compared with what a marketer wrote: eq, ne, in, lt, lte, gt, gte, between, contains, startsWith,
// endsWith, exists.
import type { Json, JsonObject } from "./json.ts";
import { type Money, minorUnitsIn, parseMoney } from "./money.ts";
import type { Truth } from "./verdict.ts";

export type Literal = string | number | boolean;
export type Comparison = (found: Json | undefined) => Truth;

/** A wrongly typed or missing value is unknown, never false. */
function equal(literal: Literal): Comparison {
  const money = typeof literal === "string" ? parseMoney(literal) : undefined;
  const plain: Comparison = (found) => (typeof found === typeof literal ? found === literal : undefined);
  if (money === undefined) return plain;
  return (found) => {
    const amount = minorUnitsIn(money.currency, found);
    return amount === undefined ? plain(found) : amount === money.amount;
  };
}

function unequal(literal: Literal): Comparison {
  const compare = equal(literal);
  return (found) => {
    const same = compare(found);
    return same === undefined ? undefined : !same;
  };
}

function oneOf(literals: Literal[]): Comparison {
  const comparisons = literals.map(equal);
  return (found) => {
    let result: Truth;
    for (const compare of comparisons) {
      const same = compare(found);
      if (same === true) return true;
      if (same === false) result = false;
    }
    return result;
  };
}

/** Numbers with numbers, amounts with amounts of the same currency; everything else is unknown. */
function ordered(literal: Literal, holds: (difference: number) => boolean): Comparison {
  if (typeof literal === "number") return (found) => (typeof found === "number" ? holds(found - literal) : undefined);
  const { currency, amount } = parseMoney(literal as string) as Money;
  return (found) => {
    const value = minorUnitsIn(currency, found);
    return value === undefined ? undefined : holds(value - amount);
  };
}

const notBelow = (difference: number) => difference >= 0;
const notAbove = (difference: number) => difference <= 0;

function between([low, high]: Literal[]): Comparison {
  const atLeast = ordered(low as Literal, notBelow);
  const atMost = ordered(high as Literal, notAbove);
  return (found) => {
    const enough = atLeast(found);
    return enough === true ? atMost(found) : enough;
  };
}

/** A text within a text, or a value among those of a list. */
function contains(literal: Literal): Comparison {
  const compare = equal(literal);
  return (found) => {
    if (Array.isArray(found)) return found.some((item) => compare(item) === true);
    return typeof found === "string" && typeof literal === "string" ? found.includes(literal) : undefined;
  };
}

const ofText =
  (holds: (found: string, literal: string) => boolean) =>
  (literal: Json): Comparison =>
  (found) =>
    typeof found === "string" ? holds(found, literal as string) : undefined;

const exists =
  (literal: Json): Comparison =>
  (found) =>
    (found !== undefined && found !== null) === literal;

const builders = {
  eq: (literal) => equal(literal as Literal),
  ne: (literal) => unequal(literal as Literal),
  lt: (literal) => ordered(literal as Literal, (difference) => difference < 0),
  lte: (literal) => ordered(literal as Literal, notAbove),
  gt: (literal) => ordered(literal as Literal, (difference) => difference > 0),
  gte: (literal) => ordered(literal as Literal, notBelow),
  between: (literal) => between(literal as Literal[]),
  in: (literal) => oneOf(literal as Literal[]),
  contains: (literal) => contains(literal as Literal),
  startsWith: ofText((found, literal) => found.startsWith(literal)),
  endsWith: ofText((found, literal) => found.endsWith(literal)),
  exists,
} satisfies Record<string, (literal: Json) => Comparison>;

export type ComparisonKey = keyof typeof builders;

/** Every comparison, as the field that names it. */
export const comparisonKeys = Object.keys(builders) as ComparisonKey[];
/** Those that make sense of a computed number or amount. */
export const quantityKeys: ComparisonKey[] = ["eq", "ne", "lt", "lte", "gt", "gte", "between", "in"];

export const isComparison = (key: string): key is ComparisonKey => Object.hasOwn(builders, key);

/** The comparisons a condition makes, with what it compares with. */
export function comparisonsIn(condition: JsonObject): [ComparisonKey, Json][] {
  return comparisonKeys.flatMap((key) => (key in condition ? [[key, condition[key] as Json]] : []));
}

/** Compiles the comparison fields of a checked condition into one test: all must hold; only `exists` sees absence. */
export function compileComparison(condition: JsonObject): Comparison {
  const tests = comparisonsIn(condition).map(([key, literal]) => builders[key](literal));
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
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

/** The comparison in words, as written. */
export function comparisonText(condition: JsonObject): string {
  return comparisonsIn(condition)
    .map(([key, literal]) => `${key} ${JSON.stringify(literal)}`)
    .join(" and ");
}
