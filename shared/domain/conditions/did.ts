// Decides conditions on past events: { did: purchase.completed, atLeast: 2, within: 90 days }, { didNot: ..., for: 60 days }.
import type { CheckContext, Clause, Compile, CompileContext, Facts, Operator } from "../clause.ts";
import { leaf } from "../clause.ts";
import { counterKey, MAX_THRESHOLD } from "../counter.ts";
import type { InputProblem } from "../event.ts";
import { type Instant, iso, parseDuration } from "../instant.ts";
import type { Json, JsonObject } from "../json.ts";
import { atLeast, happenedAtLeast, lastUpTo, type Span } from "../stamps.ts";
import { all, not, type Truth, UNKNOWN } from "../verdict.ts";
import { checkEventType, checkWhere, checkWindow, filterOf, whereText } from "./fields.ts";

const COUNTS = ["atLeast", "atMost", "exactly"] as const;

/** How often: at least `low` times, and not `tooMany` times. */
type Often = { low: number; tooMany: number | undefined };

/** Which events of whom: `type` where every event of it counts, so that its first one is known. */
type Asked = Often & { key: string; type: string | undefined; windowMs: number | undefined; sinceEntry: boolean };

function checkCounts(condition: JsonObject, path: string): InputProblem[] {
  const used = COUNTS.filter((key) => key in condition);
  if (used.length > 1)
    return [{ code: "too_many_counts", path, message: `use one of ${COUNTS.join(", ")}, not ${used.join(" and ")}` }];
  return used.flatMap((key) => {
    const n = condition[key];
    const fine = typeof n === "number" && Number.isInteger(n) && n >= 0 && n <= MAX_THRESHOLD;
    const message = `must be a whole number from 0 to ${MAX_THRESHOLD}`;
    return fine ? [] : [{ code: "not_a_count", path: `${path}.${key}`, message }];
  });
}

/** `since: entry` counts what came after the run was entered, so there must be a run. */
function checkSince(condition: JsonObject, { path, scope }: CheckContext): InputProblem[] {
  const since = `${path}.since`;
  if (condition["since"] !== "entry") return [{ code: "not_entry", path: since, message: "must be entry" }];
  if (scope === "run") return [];
  const message = "there is no run here: since: entry belongs to branches, exitWhen and goals; use within";
  return [{ code: "no_run_here", path: since, message }];
}

function oftenOf(condition: JsonObject): Often & { words: string } {
  const atMost = condition["atMost"] as number | undefined;
  if (atMost !== undefined) return { low: 0, tooMany: atMost + 1, words: `atMost ${atMost}` };
  const exactly = condition["exactly"] as number | undefined;
  if (exactly !== undefined) return { low: exactly, tooMany: exactly + 1, words: `exactly ${exactly}` };
  const low = (condition["atLeast"] as number | undefined) ?? 1;
  return { low, tooMany: undefined, words: `atLeast ${low}` };
}

/** The span that is asked about; `undefined` when it begins with a run and there is none. */
function spanAt({ windowMs, sinceEntry }: Asked, facts: Facts, at: Instant): Span | undefined {
  if (!sinceEntry) return { at, windowMs, after: undefined };
  return facts.enteredAt === undefined ? undefined : { at, windowMs, after: facts.enteredAt };
}

function judging(asked: Asked): Pick<Clause, "judge" | "holds" | "found"> {
  const { key, type, low, tooMany, windowMs } = asked;
  return {
    judge: (facts, at) => {
      const span = spanAt(asked, facts, at);
      if (span === undefined) return UNKNOWN;
      const counter = facts.profile.counters[key];
      const firstAt = type === undefined ? undefined : facts.profile.activity[type]?.firstAt;
      const known = firstAt === undefined ? span : { ...span, firstAt };
      if (tooMany === undefined) return atLeast(counter, low, known);
      const notMore = not(atLeast(counter, tooMany, known));
      return low === 0 ? notMore : all([atLeast(counter, low, known), notMore]);
    },
    holds: (facts, at) => {
      const span = spanAt(asked, facts, at);
      if (span === undefined) return undefined;
      const counter = facts.profile.counters[key];
      const enough = happenedAtLeast(counter, low, span);
      if (tooMany === undefined || enough === false) return enough;
      const more = happenedAtLeast(counter, tooMany, span);
      if (more === true) return false;
      return more === undefined ? undefined : enough;
    },
    found: (facts, at) => {
      const counter = facts.profile.counters[key];
      const last = lastUpTo(counter, at);
      const times = (counter?.count ?? 0) - (counter?.recent.filter((stamp) => stamp > at).length ?? 0);
      if (last === undefined) return { times };
      const span = spanAt(asked, facts, at);
      const after = span?.after ?? Number.NEGATIVE_INFINITY;
      const inSpan = (stamp: Instant) => stamp <= at && stamp > after && at - stamp < (windowMs ?? Infinity);
      const isWhole = windowMs === undefined && span?.after === undefined;
      return { times: isWhole ? times : (counter?.recent.filter(inSpan).length ?? 0), last: iso(last) };
    },
  };
}

/** Two stamps more than the threshold are kept: so the count is exact, and an entry that moved can be told from one that stayed. */
function ask(
  type: string,
  condition: JsonObject,
  how: { context: CompileContext; nested: Compile; often: Often; windowMs: number | undefined },
): Asked {
  const { context, often, windowMs } = how;
  const filter: Json | undefined = condition["where"];
  const key = counterKey(type, filter);
  const most = Math.max(often.low, (often.tooMany ?? 0) - 1);
  context.needs.counters.push({ key, eventType: type, keep: most + 2, ...filterOf(condition, context, how.nested) });
  return {
    low: often.low,
    tooMany: often.tooMany,
    key,
    type: filter === undefined ? type : undefined,
    windowMs,
    sinceEntry: condition["since"] === "entry",
  };
}

export const did: Operator = {
  key: "did",
  looksAt: "profile",
  fields: [...COUNTS, "within", "since", "where"],
  check: (condition, context) => [
    ...checkEventType(condition["did"], `${context.path}.did`),
    ...checkCounts(condition, context.path),
    ...("within" in condition ? checkWindow(condition["within"], `${context.path}.within`) : []),
    ...("since" in condition ? checkSince(condition, context) : []),
    ...checkWhere(condition, context),
  ],
  compile: (condition, context, nested) => {
    const type = condition["did"] as string;
    const within = condition["within"] as string | undefined;
    const { words, ...often } = oftenOf(condition);
    const windowMs = within === undefined ? undefined : parseDuration(within);
    const asked = ask(type, condition, { context, nested, often, windowMs });
    const says = `did ${type} ${words}${within ? ` within ${within}` : ""}${asked.sinceEntry ? " since entry" : ""}${whereText(condition)}`;
    return leaf(context.path, says, judging(asked));
  },
};

export const didNot: Operator = {
  key: "didNot",
  looksAt: "profile",
  fields: ["for", "where"],
  check: (condition, context) => [
    ...checkEventType(condition["didNot"], `${context.path}.didNot`),
    ...checkWindow(condition["for"], `${context.path}.for`),
    ...checkWhere(condition, context),
  ],
  compile: (condition, context, nested) => {
    const type = condition["didNot"] as string;
    const silence = condition["for"] as string;
    const often: Often = { low: 1, tooMany: undefined };
    const { judge, holds, found } = judging(
      ask(type, condition, { context, nested, often, windowMs: parseDuration(silence) }),
    );
    return leaf(context.path, `did not ${type} for ${silence}${whereText(condition)}`, {
      judge: (facts, at) => not(judge(facts, at)),
      holds: (facts, at): Truth => {
        const did = holds(facts, at);
        return did === undefined ? undefined : !did;
      },
      found,
    });
  },
};
