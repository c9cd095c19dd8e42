// Decides conditions on values of past events: { sum: purchase.completed, of: amount, within: 30 days, gte: 500 EUR }; also
// average, min and max.
import { type Facts, leaf, type Operator } from "../clause.ts";
import { comparisonsIn, comparisonText, compileComparison, quantityKeys } from "../comparison.ts";
import { checkComparison, kindOf, quantity } from "../comparison-check.ts";
import { counterKey, measureKey } from "../counter.ts";
import { type Measure, totalOf } from "../day-buckets.ts";
import type { InputProblem } from "../event.ts";
import { DAY_MS, type Instant, parseDuration } from "../instant.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Activity, Bucket } from "../profile.ts";
import { inWindow, judgeAllTime, judgeWindow, ofAllTime } from "../window-verdict.ts";
import { checkEventType, checkName, checkWhere, checkWindow, filterOf, whereText } from "./fields.ts";

type Kind = "sum" | "average" | "min" | "max";

/** One bucket a day is kept, so a window may hold no more than two years of them. */
const MAX_DAYS = 731;

/** What the events come to; `undefined`: nothing can be said. Who never did it has a sum of zero. */
function quantityOf(kind: Kind, all: Bucket | undefined): number | undefined {
  if (all === undefined) return kind === "sum" ? 0 : undefined;
  if (all.readable === 0) return undefined;
  if (kind === "sum") return totalOf(all);
  return kind === "average" ? totalOf(all) / all.readable : all[kind];
}

/** The literals of all comparisons of a condition. */
const literalsOf = (condition: JsonObject) => comparisonsIn(condition).flatMap(([, literal]) => [literal].flat());

function check(kind: Kind, condition: JsonObject, path: string): InputProblem[] {
  const problems = [
    ...checkEventType(condition[kind], `${path}.${kind}`),
    ...checkName(
      condition["of"],
      `${path}.of`,
      "an event property that holds a number or an amount, for example amount",
    ),
    ...("within" in condition
      ? checkWindow(condition["within"], `${path}.within`, { wholeDays: true, maxDays: MAX_DAYS })
      : []),
    ...checkComparison(condition, path, quantityKeys),
  ];
  const kinds = [...new Set(literalsOf(condition).map(kindOf))];
  if (problems.length > 0 || (kinds.length === 1 && kinds[0] !== undefined)) return problems;
  const message = 'must compare with numbers, or with amounts of one currency such as "500 EUR"';
  return [{ code: kinds.includes(undefined) ? "not_comparable" : "mixed_currencies", path, message }];
}

/** The comparison as one of plain numbers: amounts are in minor units, as they are kept, so that means need no rounding. */
function compileQuantity(condition: JsonObject): (value: number | undefined) => boolean | undefined {
  const plain = comparisonsIn(condition).map(([key, literal]): [string, Json] => [
    key,
    Array.isArray(literal) ? literal.map(quantity) : quantity(literal),
  ]);
  return compileComparison(Object.fromEntries(plain));
}

/** Lifetime totals of `amount` are kept for every event type; no counter is needed for them. */
function lifetime(activity: Activity | undefined, currency: string): Bucket[] {
  if (activity === undefined) return [];
  const sum = activity.sums?.[currency];
  const none = { millionths: 0, min: 0, max: 0, lastAt: activity.lastAt };
  return [
    sum === undefined
      ? { ...none, sum: 0, readable: 0, unreadable: activity.count }
      : { ...none, sum, readable: activity.count, unreadable: 0 },
  ];
}

type Find = (facts: Facts) => Bucket[];

function measureOf(condition: JsonObject): Measure {
  const kinds = literalsOf(condition).map(kindOf);
  const within = condition["within"] as string | undefined;
  return {
    property: condition["of"] as string,
    ...(kinds[0] !== "numbers" && { currency: kinds[0] as string }),
    ...(within !== undefined && { days: (parseDuration(within) as number) / DAY_MS }),
  };
}

function aggregate(kind: Kind): Operator {
  return {
    key: kind,
    looksAt: "profile",
    fields: ["of", "within", "where", ...quantityKeys],
    check: (condition, context) => [...check(kind, condition, context.path), ...checkWhere(condition, context)],
    compile: (condition, context, nested) => {
      const eventType = condition[kind] as string;
      const measure = measureOf(condition);
      const { property, currency, days } = measure;
      const isKept =
        kind === "sum" &&
        property === "amount" &&
        currency !== undefined &&
        days === undefined &&
        !("where" in condition);
      const key = measureKey(counterKey(eventType, condition["where"]), measure);
      if (!isKept)
        context.needs.counters.push({ key, eventType, keep: 0, measure, ...filterOf(condition, context, nested) });
      const find: Find = isKept
        ? ({ profile }) => lifetime(profile.activity[eventType], currency)
        : ({ profile }) => profile.counters[key]?.buckets ?? [];
      const holds = compileQuantity(condition);
      const judge = (all: Bucket | undefined) => holds(quantityOf(kind, all));
      const window = days === undefined ? "" : ` within ${condition["within"]}`;
      const all = (facts: Facts, at: Instant) =>
        days === undefined ? ofAllTime(find(facts), at) : inWindow(find(facts), at, days);
      return leaf(
        context.path,
        `${kind} of ${property} of ${eventType}${window}${whereText(condition)} ${comparisonText(condition)}`,
        {
          judge: (facts, at) =>
            days === undefined
              ? judgeAllTime(find(facts), at, judge)
              : judgeWindow({ buckets: find(facts), days }, at, judge),
          holds: (facts, at) => judge(all(facts, at)),
          found: (facts, at) => found(quantityOf(kind, all(facts, at)), currency),
        },
      );
    },
  };
}

/** As a person reads it: amounts rounded to the minor unit. */
function found(value: number | undefined, currency: string | undefined): Json {
  if (value === undefined) return null;
  return currency === undefined ? value : { amount: Math.round(value), currency };
}

export const sum = aggregate("sum");
export const average = aggregate("average");
export const min = aggregate("min");
export const max = aggregate("max");
