// Decides conditions on yearly days: { anniversary: birthday }, { anniversary: { first: purchase.completed }, within: 7 days }.
import { stretchesAround, type Yearly } from "../anniversary.ts";
import { type Facts, leaf, type Operator } from "../clause.ts";
import type { InputProblem } from "../event.ts";
import { DAY_MS, type Instant, iso, parseDuration, parseInstant } from "../instant.ts";
import type { Json, JsonObject } from "../json.ts";
import { parseMonthDay } from "../month-day.ts";
import { traitNamed } from "../trait.ts";
import { UNKNOWN, type Verdict, verdictOf } from "../verdict.ts";
import { localDate } from "../zone.ts";
import { checkEventType, checkName, checkWindow } from "./fields.ts";

/** A year ahead or more would always be true. */
const MAX_AHEAD_DAYS = 363;

/** The yearly day, and since when it is known. */
type Found = { yearly: Yearly; knownAt: Instant };

function yearlyOf(value: Json | undefined, zone: () => string): Yearly | undefined {
  if (typeof value !== "string") return undefined;
  const at = value.length > 10 ? parseInstant(value) : undefined;
  return at === undefined ? parseMonthDay(value) : localDate(at, zone());
}

function findIn(of: Json): (facts: Facts, at: Instant) => Found | undefined {
  if (typeof of === "string") {
    return ({ profile, zone }) => {
      const trait = traitNamed(profile.traits, of);
      const yearly = yearlyOf(trait?.value, zone);
      return trait === undefined || yearly === undefined ? undefined : { yearly, knownAt: trait.at };
    };
  }
  const type = (of as JsonObject)["first"] as string;
  return ({ profile, zone }, at) => {
    const firstAt = profile.activity[type]?.firstAt;
    return firstAt === undefined || firstAt > at ? undefined : { yearly: localDate(firstAt, zone()), knownAt: firstAt };
  };
}

function check(condition: JsonObject, path: string): InputProblem[] {
  const of = condition["anniversary"];
  const within =
    "within" in condition
      ? checkWindow(condition["within"], `${path}.within`, { wholeDays: true, maxDays: MAX_AHEAD_DAYS })
      : [];
  const isEvent = typeof of === "object" && of !== null && !Array.isArray(of) && Object.keys(of).join() === "first";
  if (isEvent) return [...checkEventType(of["first"], `${path}.anniversary.first`), ...within];
  const what = "a trait that holds a date, for example birthday, or { first: purchase.completed }";
  return [...checkName(of, `${path}.anniversary`, what), ...within];
}

function judged({ yearly, knownAt }: Found, at: Instant, where: { zone: string; days: number }): Verdict {
  const { last, next } = stretchesAround(yearly, at, where);
  if (last === undefined) return verdictOf(false, knownAt, next.from);
  const is = at < last.until;
  return verdictOf(is, Math.max(is ? last.from : last.until, knownAt), is ? last.until : next.from);
}

export const anniversary: Operator = {
  key: "anniversary",
  looksAt: "profile",
  fields: ["within"],
  check: (condition, { path }) => check(condition, path),
  compile: (condition, { path }) => {
    const of = condition["anniversary"] as Json;
    const within = condition["within"] as string | undefined;
    const days = within === undefined ? 0 : (parseDuration(within) as number) / DAY_MS;
    const find = findIn(of);
    const name = typeof of === "string" ? of : `first ${(of as JsonObject)["first"]}`;
    return leaf(path, `anniversary of ${name}${within === undefined ? "" : ` within ${within}`}`, {
      judge: (facts, at) => {
        const found = find(facts, at);
        return found === undefined ? UNKNOWN : judged(found, at, { zone: facts.zone(), days });
      },
      found: ({ profile }) =>
        typeof of === "string"
          ? traitNamed(profile.traits, of)?.value
          : firstText(profile.activity[(of as JsonObject)["first"] as string]?.firstAt),
    });
  },
};

const firstText = (at: Instant | undefined) => (at === undefined ? null : iso(at));
