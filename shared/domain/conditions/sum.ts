// Decides conditions on lifetime totals: { sum: purchase.completed, of: amount, gte: 500 EUR }.
import { leaf, type Operator } from "../clause.ts";
import { checkComparison, comparisonKeys, comparisonText, compileComparison } from "../comparison.ts";
import { EVENT_TYPE, type InputProblem } from "../event.ts";
import type { Json, JsonObject } from "../json.ts";
import { parseMoney } from "../money.ts";
import type { Profile } from "../profile.ts";

/**
 * The total in the currency the rule asks for. Who never did it has a total of zero; events that name no amount in that
 * currency (another one, none, an unreadable one) make it unknown.
 */
function totalOf(profile: Profile, type: string, currency: string): Json | undefined {
  const activity = profile.activity[type];
  if (activity === undefined) return { amount: 0, currency };
  const amount = activity.sums?.[currency];
  return amount === undefined ? undefined : { amount, currency };
}

/** The currencies of all amounts that the condition compares with; `undefined` for what is no amount. */
function currenciesIn(condition: JsonObject): Set<string | undefined> {
  const literals = comparisonKeys
    .filter((key) => key !== "exists" && key in condition)
    .flatMap((key) => condition[key] as Json);
  return new Set(literals.map((literal) => (typeof literal === "string" ? parseMoney(literal)?.currency : undefined)));
}

function check(condition: JsonObject, path: string): InputProblem[] {
  if (typeof condition["sum"] !== "string" || !EVENT_TYPE.test(condition["sum"])) {
    return [
      { code: "not_an_event", path: `${path}.sum`, message: "must be an event type, for example purchase.completed" },
    ];
  }
  if (condition["of"] !== "amount") return [{ code: "not_summable", path: `${path}.of`, message: "must be amount" }];
  const problems = checkComparison(condition, path);
  if (problems.length > 0) return problems;
  const currencies = currenciesIn(condition);
  if (currencies.size === 1 && !currencies.has(undefined)) return [];
  return [{ code: "not_money", path, message: 'must compare with amounts of one currency, such as gte: "500 EUR"' }];
}

export const sum: Operator = {
  key: "sum",
  check,
  compile: (condition, { path }) => {
    const type = condition["sum"] as string;
    const [currency] = [...currenciesIn(condition)] as [string];
    const holds = compileComparison(condition);
    return leaf(path, `sum of amount of ${type} ${comparisonText(condition)}`, {
      judge: ({ profile }) => {
        const is = holds(totalOf(profile, type, currency));
        const lastAt = profile.activity[type]?.lastAt;
        return lastAt === undefined ? { is } : { is, since: lastAt };
      },
      found: ({ profile }) => totalOf(profile, type, currency),
    });
  },
};
