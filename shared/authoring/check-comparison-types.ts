// Decides whether a comparison can ever meet a value of the type that is known, and how to write it otherwise.
import { type ComparisonKey, comparisonsIn } from "../domain/comparison.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { FactType } from "../domain/known-facts.ts";
import { moneyText, parseMoney } from "../domain/money.ts";

/** `key`: the comparison that can never hold. */
export type Misfit = { key: string; message: string };

const ORDER: readonly string[] = ["lt", "lte", "gt", "gte", "between"] satisfies ComparisonKey[];
const EQUAL: readonly string[] = ["eq", "ne", "in"] satisfies ComparisonKey[];

/** Every comparison of the condition that no value of this type meets. `what` is how the value is called. */
export function misfits(fields: JsonObject, what: string, type: FactType): Misfit[] {
  if (type === "any") return [];
  return comparisonsIn(fields).flatMap(([key, literal]) => {
    if (key === "exists") return [];
    const wrong = [literal].flat().map((one) => reason(key, one, type));
    const message = wrong.find((found) => found !== undefined);
    return message === undefined ? [] : [{ key, message: `can never match: ${what} ${message}` }];
  });
}

function reason(key: ComparisonKey, literal: Json, type: FactType): string | undefined {
  if (type === "list") return key === "contains" ? undefined : "is a list; ask for one of its values with contains";
  if (type === "object") return "is a group of fields; name one of them with a dot";
  if (type === "money") return ofMoney(key, literal);
  if (type === "number") return ofNumber(key, literal);
  if (type === "boolean") return ofBoolean(key, literal);
  return ofText(key, literal, type);
}

function ofMoney(key: ComparisonKey, literal: Json): string | undefined {
  if (!ORDER.includes(key) && !EQUAL.includes(key))
    return 'is an amount of money; compare it with gte, lt or between, for example gte: "80 EUR"';
  if (typeof literal === "number") return `is an amount of money; write the currency too: "${literal} EUR"`;
  return typeof literal === "string" && parseMoney(literal) !== undefined
    ? undefined
    : 'is an amount of money; write an amount with its currency: "80 EUR"';
}

function ofNumber(key: ComparisonKey, literal: Json): string | undefined {
  if (!ORDER.includes(key) && !EQUAL.includes(key)) return "is a number; compare it with eq, gte, lt or between";
  if (typeof literal === "number") return undefined;
  const amount = typeof literal === "string" ? parseMoney(literal) : undefined;
  if (amount !== undefined)
    return `is a plain number; write ${moneyText(amount).replace(/(\.0+)? .*$/, "")} without a currency`;
  const isNumber = typeof literal === "string" && literal.trim() !== "" && Number.isFinite(Number(literal));
  return isNumber
    ? `is a number; write ${literal} without quotes`
    : `is a number, not ${JSON.stringify(literal)}; write a number`;
}

function ofBoolean(key: ComparisonKey, literal: Json): string | undefined {
  if (!EQUAL.includes(key)) return "is true or false; compare it with eq";
  if (typeof literal === "boolean") return undefined;
  return literal === "true" || literal === "false"
    ? `is true or false; write ${literal} without quotes`
    : "is true or false; write eq: true or eq: false";
}

function ofText(key: ComparisonKey, literal: Json, type: "text" | "date" | "any"): string | undefined {
  if (ORDER.includes(key)) {
    return type === "date"
      ? "is a date; a trait is looked at with date: and before, after, within, olderThan or ahead"
      : "is a text and has no order; use eq, in, contains, startsWith or endsWith";
  }
  return typeof literal === "string" ? undefined : `is a text; put it in quotes: "${String(literal)}"`;
}
