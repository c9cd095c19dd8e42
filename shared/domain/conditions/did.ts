// Decides conditions on past events: { did: purchase.completed, atLeast: 2, within: 90 days }, { didNot: ..., for: 60 days }.
import type { Clause, CompileContext, Facts, Operator } from "../clause.ts";
import { leaf } from "../clause.ts";
import { counterKey, MAX_THRESHOLD } from "../counter.ts";
import { EVENT_TYPE, type InputProblem } from "../event.ts";
import { type Instant, iso, parseDuration } from "../instant.ts";
import type { Json, JsonObject } from "../json.ts";
import { all, FALSE, not, TRUE, UNKNOWN, type Verdict } from "../verdict.ts";

const COUNTS = ["atLeast", "atMost", "exactly"] as const;

type Counted = { key: string; windowMs: number | undefined };

/** A counter as it stood at an instant; `forgotten`: older events whose stamps are not kept any more. */
type Stand = { recent: Instant[]; count: number; forgotten: number };

/** The stamps of a counter up to an instant, newest first, and how many events there were in all up to it. */
function upTo(facts: Facts, key: string, at: Instant): Stand {
  const counter = facts.profile.counters[key];
  if (counter === undefined) return { recent: [], count: 0, forgotten: 0 };
  const later = counter.recent.findIndex((stamp) => stamp <= at);
  const skipped = later === -1 ? counter.recent.length : later;
  const forgotten = counter.count - counter.recent.length;
  return { recent: counter.recent.slice(skipped), count: counter.count - skipped, forgotten };
}

/**
 * Whether the event happened at least n times, ever or in the window that ends at the instant (a stamp exactly one window
 * old is out). Unknown at an instant so long ago that the stamps that would tell are not kept.
 */
function atLeast({ n, key, windowMs }: Counted & { n: number }, facts: Facts, at: Instant): Verdict {
  if (n === 0) return TRUE;
  const stand = upTo(facts, key, at);
  const { recent, count, forgotten } = stand;
  if (count < n) return FALSE;
  const oldest = recent.at(-1);
  if (windowMs === undefined) {
    if (oldest === undefined) return UNKNOWN;
    return { is: true, since: (n === 1 ? facts.profile.activity[key]?.firstAt : undefined) ?? reachedAt(n, stand) };
  }
  const nth = recent[n - 1];
  if (nth === undefined) return oldest !== undefined && at - oldest >= windowMs ? FALSE : UNKNOWN;
  if (at - nth < windowMs) return { is: true, since: heldSince(recent, n, windowMs), flipAt: nth + windowMs };
  const lostAt = heldUntil(recent, n, windowMs) ?? (forgotten > 0 ? (oldest as Instant) + windowMs : undefined);
  return lostAt === undefined ? FALSE : { is: false, since: lostAt };
}

/** When the n-th event happened; where its stamp is forgotten, the oldest one that is kept. */
function reachedAt(n: number, { recent, count }: Stand): Instant {
  return recent[Math.min(recent.length - 1, count - n)] as Instant;
}

/** Since when the window has held n without a break, as far back as the kept stamps tell. */
function heldSince(recent: Instant[], n: number, windowMs: number): Instant {
  let since = recent[0] as Instant;
  for (let index = 1; ; index++) {
    const nth = recent[index + n - 1];
    if (nth === undefined || nth + windowMs < since) return since;
    const newest = recent[index] as Instant;
    if (newest - nth < windowMs) since = newest;
  }
}

/** When the window last ceased to hold n; `undefined` when the kept stamps were never close enough. */
function heldUntil(recent: Instant[], n: number, windowMs: number): Instant | undefined {
  const last = recent.findIndex((newest, index) => newest - (recent[index + n - 1] ?? -Infinity) < windowMs);
  return last === -1 ? undefined : (recent[last + n - 1] as Instant) + windowMs;
}

function checkEvent(condition: JsonObject, key: string, path: string): InputProblem[] {
  const type = condition[key];
  return typeof type === "string" && EVENT_TYPE.test(type)
    ? []
    : [
        {
          code: "not_an_event",
          path: `${path}.${key}`,
          message: "must be an event type in lower case with a dot, for example purchase.completed",
        },
      ];
}

function checkWindow(condition: JsonObject, key: string, path: string): InputProblem[] {
  const text = condition[key];
  const fine = typeof text === "string" && (parseDuration(text) ?? 0) > 0;
  return fine
    ? []
    : [{ code: "not_a_duration", path: `${path}.${key}`, message: "must be a duration such as 30 days or 12 hours" }];
}

function checkCounts(condition: JsonObject, path: string): InputProblem[] {
  const used = COUNTS.filter((key) => key in condition);
  if (used.length > 1)
    return [{ code: "too_many_counts", path, message: `use one of ${COUNTS.join(", ")}, not ${used.join(" and ")}` }];
  return used.flatMap((key) => {
    const n = condition[key];
    const fine = typeof n === "number" && Number.isInteger(n) && n >= 0 && n <= MAX_THRESHOLD;
    return fine
      ? []
      : [{ code: "not_a_count", path: `${path}.${key}`, message: `must be a whole number from 0 to ${MAX_THRESHOLD}` }];
  });
}

function checkWhere(
  condition: JsonObject,
  path: string,
  nested: (condition: Json, path: string) => InputProblem[],
): InputProblem[] {
  if (!("where" in condition)) return [];
  const problems = nested(condition["where"] as Json, `${path}.where`);
  return problems.length > 0 ? problems : propertyOnly(condition["where"] as Json, `${path}.where`);
}

/** What keeps a checked condition from being judged once, when the event arrives: everything but properties of the event. */
export function propertyOnly(condition: Json, path: string): InputProblem[] {
  const fields = condition as JsonObject;
  for (const key of ["all", "any", "none"]) {
    if (key in fields)
      return (fields[key] as Json[]).flatMap((part, index) => propertyOnly(part, `${path}.${key}[${index}]`));
  }
  if ("not" in fields) return propertyOnly(fields["not"] as Json, `${path}.not`);
  return "property" in fields
    ? []
    : [
        {
          code: "not_a_property",
          path,
          message: "may only look at properties of the event: { property: ..., eq: ... }",
        },
      ];
}

function compileDid(
  type: string,
  condition: JsonObject,
  how: CompileContext & { windowMs: number | undefined; nested: (where: Json, context: CompileContext) => Clause },
) {
  const filter = condition["where"];
  const key = counterKey(type, filter);
  const where = filter === undefined ? undefined : how.nested(filter, { ...how, path: `${how.path}.where` });
  const [count, n] = countOf(condition);
  const matches = where && ((properties: JsonObject) => where.judge({ properties } as Facts, 0).is === true);
  how.needs.counters.push({ key, eventType: type, keep: n + 2, ...(matches && { matches }) });
  const counted = { key, windowMs: how.windowMs };
  const judge = (facts: Facts, at: Instant): Verdict => {
    if (count === "atLeast") return atLeast({ ...counted, n }, facts, at);
    const notMore = not(atLeast({ ...counted, n: n + 1 }, facts, at));
    return count === "atMost" ? notMore : all([atLeast({ ...counted, n }, facts, at), notMore]);
  };
  const found = (facts: Facts, at: Instant): Json => {
    const { recent, count: ever } = upTo(facts, key, at);
    const inWindow =
      how.windowMs === undefined ? ever : recent.filter((stamp) => at - stamp < (how.windowMs as number)).length;
    return recent[0] === undefined ? { times: ever } : { times: inWindow, last: iso(recent[0]) };
  };
  return { judge, found, words: `${count} ${n}` };
}

function countOf(condition: JsonObject): ["atLeast" | "atMost" | "exactly", number] {
  for (const key of COUNTS) if (key in condition) return [key, condition[key] as number];
  return ["atLeast", 1];
}

export const did: Operator = {
  key: "did",
  check: (condition, path, nested) => [
    ...checkEvent(condition, "did", path),
    ...checkCounts(condition, path),
    ...("within" in condition ? checkWindow(condition, "within", path) : []),
    ...checkWhere(condition, path, nested),
  ],
  compile: (condition, context, nested) => {
    const type = condition["did"] as string;
    const within = condition["within"] as string | undefined;
    const compiled = compileDid(type, condition, {
      ...context,
      windowMs: within === undefined ? undefined : parseDuration(within),
      nested,
    });
    return leaf(context.path, `did ${type} ${compiled.words}${within ? ` within ${within}` : ""}`, compiled);
  },
};

export const didNot: Operator = {
  key: "didNot",
  check: (condition, path, nested) => [
    ...checkEvent(condition, "didNot", path),
    ...checkWindow(condition, "for", path),
    ...checkWhere(condition, path, nested),
  ],
  compile: (condition, context, nested) => {
    const type = condition["didNot"] as string;
    const silence = condition["for"] as string;
    const compiled = compileDid(type, condition, { ...context, windowMs: parseDuration(silence), nested });
    return leaf(context.path, `did not ${type} for ${silence}`, {
      judge: (facts, at) => not(compiled.judge(facts, at)),
      found: compiled.found,
    });
  },
};
