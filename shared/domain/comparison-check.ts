// Decides whether the comparison of a condition is sound: values of the right kind, and something that can hold at all.
import {
  type ComparisonKey,
  comparisonKeys,
  comparisonsIn,
  compileComparison,
  isComparison,
  type Literal,
} from "./comparison.ts";
import type { InputProblem } from "./event.ts";
import type { Json, JsonObject } from "./json.ts";
import { parseMoney } from "./money.ts";

const isLiteral = (value: Json | undefined): value is Literal =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
const isComparable = (value: Json | undefined): value is string | number => kindOf(value) !== undefined;
const isText = (value: Json | undefined) => typeof value === "string" && value !== "";

/** What an ordered literal is a quantity of: "numbers", or its currency; `undefined` when it is neither. */
export function kindOf(literal: Json | undefined): string | undefined {
  if (typeof literal === "number" && Number.isFinite(literal)) return "numbers";
  return typeof literal === "string" ? parseMoney(literal)?.currency : undefined;
}

const COMPARABLE = {
  code: "not_comparable",
  fix: 'must be a number or an amount such as "80 EUR"; dates go under date:',
};
const TEXT = { code: "not_a_text", fix: "must be a text of at least one letter" };
const VALUE = { code: "not_a_value", fix: "must be a text, a number, true or false" };

/** What each comparison must be given. */
const demands: Record<ComparisonKey, { fine: (value: Json) => boolean; code: string; fix: string }> = {
  eq: { fine: isLiteral, ...VALUE },
  ne: { fine: isLiteral, ...VALUE },
  lt: { fine: isComparable, ...COMPARABLE },
  lte: { fine: isComparable, ...COMPARABLE },
  gt: { fine: isComparable, ...COMPARABLE },
  gte: { fine: isComparable, ...COMPARABLE },
  between: {
    fine: (value) => Array.isArray(value) && value.length === 2 && value.every(isComparable),
    code: "not_a_range",
    fix: 'must be a list of two numbers or two amounts, the lower first, for example [18, 65] or ["50 EUR", "100 EUR"]',
  },
  in: {
    fine: (value) => Array.isArray(value) && value.length > 0 && value.every(isLiteral),
    code: "not_a_list",
    fix: "must be a list of at least one value, for example [FR, BE]",
  },
  contains: {
    fine: (value) => isLiteral(value) && value !== "",
    code: "not_a_value",
    fix: "must be a text of at least one letter, or a value that a list may hold",
  },
  startsWith: { fine: isText, ...TEXT },
  endsWith: { fine: isText, ...TEXT },
  exists: { fine: (value) => typeof value === "boolean", code: "not_a_boolean", fix: "must be true or false" },
};

/** What is wrong with the comparison fields of a condition; every one of them must hold, so there must be one at least. */
export function checkComparison(
  condition: JsonObject,
  path: string,
  allowed: readonly ComparisonKey[] = comparisonKeys,
): InputProblem[] {
  const used = comparisonsIn(condition);
  if (used.length === 0) {
    const message = `says what to look at but not what to compare with; add one of ${allowed.join(", ")}, for example ${allowed.includes("exists") ? "eq: FR" : "gte: 10"}`;
    return [{ code: "comparison_missing", path, message }];
  }
  const wrong = used.flatMap(([key, value]): InputProblem[] => {
    const { fine, code, fix } = demands[key];
    return fine(value) ? [] : [{ code, path: `${path}.${key}`, message: misfit(key, value) ?? fix }];
  });
  return wrong.length > 0 ? wrong : contradictions(condition, path);
}

/** Two bounds under one bound is a mistake with a fix of its own. */
function misfit(key: ComparisonKey, value: Json): string | undefined {
  if (!["lt", "lte", "gt", "gte"].includes(key) || !Array.isArray(value)) return undefined;
  return "must be one number or one amount; for two bounds use between: [low, high]";
}

/** Comparisons that no value can meet together. */
function contradictions(condition: JsonObject, path: string): InputProblem[] {
  const used = comparisonsIn(condition);
  const kinds = [...new Set(quantitiesOf(used).map(kindOf))].toSorted();
  if (kinds.length > 1) {
    const message = `mixes ${kinds.join(" and ")}; one condition compares with numbers, or with amounts of one currency`;
    return [{ code: "mixed_currencies", path, message }];
  }
  return canHold(condition, used) ? [] : [{ code: "never_true", path, message: neverText(used) }];
}

const neverText = (used: [ComparisonKey, Json][]) =>
  `can never be true: no value meets ${used.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(" and ")}`;

/** What bounds are made of; of `eq`, `ne` and `in` only amounts and numbers beside such bounds. */
function quantitiesOf(used: [ComparisonKey, Json][]): Json[] {
  const ordered = used.flatMap(([key, value]) => (boundsOf(key, value) === undefined ? [] : [value].flat()));
  const equals = used.flatMap(([key, value]) => (key === "eq" || key === "ne" || key === "in" ? [value].flat() : []));
  const amounts = equals.filter((value) => typeof value === "string" && kindOf(value) !== undefined);
  return [...ordered, ...(ordered.length > 0 ? equals.filter((value) => kindOf(value) !== undefined) : amounts)];
}

type Bounds = { low?: Json; high?: Json; strict: boolean };

function boundsOf(key: ComparisonKey, value: Json): Bounds | undefined {
  if (key === "gt" || key === "gte") return { low: value, strict: key === "gt" };
  if (key === "lt" || key === "lte") return { high: value, strict: key === "lt" };
  if (key !== "between") return undefined;
  const [low, high] = value as [Json, Json];
  return { low, high, strict: false };
}

function canHold(condition: JsonObject, used: [ComparisonKey, Json][]): boolean {
  if (condition["exists"] === false) return used.length === 1;
  const named = "eq" in condition ? [condition["eq"] as Json] : (condition["in"] as Json[] | undefined);
  if (named !== undefined) {
    const holds = compileComparison(condition);
    return named.some((value) => holds(value) === true || holds(asAmount(value)) === true);
  }
  return !(isEmpty(used) || isOfTwoTypes(used));
}

/** Whether the bounds leave nothing between them. */
function isEmpty(used: [ComparisonKey, Json][]): boolean {
  const bounds = used.flatMap(([key, value]) => boundsOf(key, value) ?? []);
  return bounds.some(({ low, strict }) =>
    bounds.some((other) => {
      if (low === undefined || other.high === undefined) return false;
      const room = quantity(other.high) - quantity(low);
      return room < 0 || (room === 0 && (strict || other.strict));
    }),
  );
}

/** Nothing is a text and a quantity at once. */
function isOfTwoTypes(used: [ComparisonKey, Json][]): boolean {
  const isOfText = used.some(([key]) => key === "startsWith" || key === "endsWith" || key === "contains");
  return isOfText && used.some(([key, value]) => boundsOf(key, value) !== undefined);
}

function asAmount(value: Json): Json {
  return (typeof value === "string" ? parseMoney(value) : undefined) ?? value;
}

/** A number as it is, an amount in minor units. */
export function quantity(value: Json): number {
  return typeof value === "number" ? value : (parseMoney(value as string)?.amount ?? Number.NaN);
}

/** How many values a condition compares with, those of its parts down to `depth` levels included. */
export function literalsIn(condition: Json, depth: number): number {
  if (typeof condition !== "object" || condition === null || depth < 0) return 0;
  if (Array.isArray(condition)) return condition.reduce<number>((sum, part) => sum + literalsIn(part, depth), 0);
  return Object.entries(condition).reduce((sum, [key, value]) => {
    if (isComparison(key)) return sum + (Array.isArray(value) ? value.length : 1);
    return sum + literalsIn(value, depth - 1);
  }, 0);
}
