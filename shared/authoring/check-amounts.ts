// Decides whether conditions that must hold together ask the same value for amounts of different currencies.
import { comparisonsIn } from "../domain/comparison.ts";
import type { InputProblem } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import { parseMoney } from "../domain/money.ts";
import { isObject, type Part } from "./condition-parts.ts";

/** Looks at one list under `all`: the same trait or property in two currencies can never be both. */
export function checkAmounts({ fields, path }: Part): (InputProblem & { severity: "error" })[] {
  const parts = fields["all"];
  if (!Array.isArray(parts)) return [];
  const seen = new Map<string, string>();
  return parts.flatMap((part, index) => {
    if (!isObject(part)) return [];
    const what =
      typeof part["trait"] === "string"
        ? `trait ${part["trait"]}`
        : typeof part["property"] === "string"
          ? `property ${part["property"]}`
          : undefined;
    const currency = comparisonsIn(part).flatMap(([, literal]) => currenciesIn(literal))[0];
    if (what === undefined || currency === undefined) return [];
    const before = seen.get(what) ?? currency;
    seen.set(what, before);
    if (before === currency) return [];
    const message = `can never be true: the ${what} cannot be in ${before} and in ${currency}; put the currencies under any:`;
    return [{ severity: "error" as const, code: "mixed_currencies", path: `${path}.all[${index}]`, message }];
  });
}

const currenciesIn = (literal: Json): string[] =>
  [literal].flat().flatMap((one) => (typeof one === "string" ? (parseMoney(one)?.currency ?? []) : []));
