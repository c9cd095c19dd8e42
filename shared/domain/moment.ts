// Decides how a point in time is looked at: within or before the last days, ahead, before or after a date.
import { parseDateTrait } from "./date-trait.ts";
import type { InputProblem } from "./event.ts";
import { DAY_MS, type Instant, parseDuration, parseInstant } from "./instant.ts";
import type { Json, JsonObject } from "./json.ts";
import { type Truth, type Verdict, verdictOf } from "./verdict.ts";

const LENGTHS = ["within", "olderThan", "ahead"] as const;
const BOUNDS = ["before", "after"] as const;

/** The fields of a moment; what has happened is never ahead. */
export const momentKeys = [...LENGTHS, ...BOUNDS] as const;
export const pastMomentKeys = momentKeys.filter((key) => key !== "ahead");

/**
 * When a moment meets what was written: from `from` (included) until `until` (not), as time goes by. `undefined`: never.
 * A moment exactly `within` ago is `olderThan` that: the two leave no gap and never hold both.
 */
export type Moment = (of: Instant, zone: () => string) => { from: Instant; until: Instant } | undefined;

/** Compiles the checked fields of a moment; all must hold. A date alone is its first instant in the person's own zone. */
export function compileMoment(condition: JsonObject): Moment {
  const [within, olderThan, ahead] = LENGTHS.map((key) =>
    key in condition ? parseDuration(condition[key] as string) : undefined,
  );
  const before = boundOf(condition["before"] as string | undefined);
  const after = boundOf(condition["after"] as string | undefined);
  return (of, zone) => {
    if (before !== undefined && of >= before(zone)) return undefined;
    if (after !== undefined && of <= after(zone)) return undefined;
    let from = Number.NEGATIVE_INFINITY;
    let until = Number.POSITIVE_INFINITY;
    if (within !== undefined) [from, until] = [of, of + within];
    if (olderThan !== undefined) from = Math.max(from, of + olderThan);
    if (ahead !== undefined) [from, until] = [Math.max(from, of - ahead), Math.min(until, of)];
    return { from, until };
  };
}

/** An instant is the same everywhere; a date is asked for once per zone. */
function boundOf(text: string | undefined): ((zone: () => string) => Instant) | undefined {
  if (text === undefined) return undefined;
  if (text.length > 10) {
    const at = parseInstant(text) as Instant;
    return () => at;
  }
  const known = new Map<string, Instant>();
  return (zone) => {
    const name = zone();
    const at = known.get(name) ?? (parseDateTrait(text, name) as Instant);
    known.set(name, at);
    return at;
  };
}

/** The verdict on a moment at an instant; `knownAt`: when the moment became known, before which nothing was so. */
export function judgeMoment(span: ReturnType<Moment>, at: Instant, knownAt: Instant): Verdict {
  if (span === undefined) return { is: false, since: knownAt };
  const { from, until } = span;
  const is = at >= from && at < until;
  const turn = at >= until ? until : is ? from : knownAt;
  const next = at < from ? from : is ? until : undefined;
  const flipAt = next !== undefined && Number.isFinite(next) && from < until ? next : undefined;
  return verdictOf(is, Math.max(turn, knownAt), flipAt);
}

export function momentHolds(span: ReturnType<Moment>, at: Instant): Truth {
  return span !== undefined && at >= span.from && at < span.until;
}

/** A moment in words, as written. */
export function momentText(condition: JsonObject): string {
  return momentKeys
    .filter((key) => key in condition)
    .map((key) => `${key} ${String(condition[key])}`)
    .join(" and ");
}

/** What is wrong with the fields of a moment. `keys`: those that make sense here. */
export function checkMoment(
  condition: JsonObject,
  path: string,
  { keys, checkLength }: { keys: readonly string[]; checkLength: (text: Json, path: string) => InputProblem[] },
): InputProblem[] {
  const used = keys.filter((key) => key in condition);
  if (used.length === 0) {
    const message = `says what to look at but not when; add one of ${keys.join(", ")}, for example within: 30 days`;
    return [{ code: "moment_missing", path, message }];
  }
  const problems = used.flatMap((key) => {
    const value = condition[key] as Json;
    if (key !== "before" && key !== "after") return checkLength(value, `${path}.${key}`);
    return typeof value === "string" && parseInstant(value) !== undefined
      ? []
      : [
          {
            code: "not_an_instant",
            path: `${path}.${key}`,
            message: "must be a date such as 2026-12-01, or an ISO instant",
          },
        ];
  });
  return problems.length > 0 || canComeTrue(condition)
    ? problems
    : [{ code: "never_true", path, message: `can never be true: no moment is ${momentText(condition)}` }];
}

/** A date and an instant are compared with a day to spare, since the person's zone is not known here. */
function canComeTrue(condition: JsonObject): boolean {
  const lengthOf = (key: string) => (key in condition ? parseDuration(condition[key] as string) : undefined);
  if ("ahead" in condition && ("within" in condition || "olderThan" in condition)) return false;
  if ((lengthOf("olderThan") ?? -Infinity) >= (lengthOf("within") ?? Infinity)) return false;
  const [before, after] = BOUNDS.map((key) => condition[key] as string | undefined);
  if (before === undefined || after === undefined) return true;
  const spareMs = before.length === after.length ? 0 : DAY_MS;
  return (parseInstant(after) as Instant) < (parseInstant(before) as Instant) + spareMs;
}
