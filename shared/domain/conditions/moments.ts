// Decides conditions on when something was or is: { last: purchase.completed, olderThan: 60 days }, { date: trialEnds, ahead: 3 days }.
import { type Facts, leaf, type Operator } from "../clause.ts";
import { counterKey } from "../counter.ts";
import { parseDateTrait } from "../date-trait.ts";
import { type Instant, iso } from "../instant.ts";
import type { JsonObject } from "../json.ts";
import {
  checkMoment,
  compileMoment,
  judgeMoment,
  momentHolds,
  momentKeys,
  momentText,
  pastMomentKeys,
} from "../moment.ts";
import { lastUpTo } from "../stamps.ts";
import { traitNamed } from "../trait.ts";
import { UNKNOWN } from "../verdict.ts";
import { checkEventType, checkName, checkWhere, checkWindow, filterOf, whereText } from "./fields.ts";

/** The moment a clause looks at, and when it became known; `undefined`: not known. */
type Find = (facts: Facts, at: Instant) => { of: Instant; knownAt: Instant } | undefined;

function clauseOn(condition: JsonObject, { path, says, find }: { path: string; says: string; find: Find }) {
  const moment = compileMoment(condition);
  return leaf(path, `${says} ${momentText(condition)}`, {
    judge: (facts, at) => {
      const found = find(facts, at);
      return found === undefined ? UNKNOWN : judgeMoment(moment(found.of, facts.zone), at, found.knownAt);
    },
    holds: (facts, at) => {
      const found = find(facts, at);
      return found === undefined ? undefined : momentHolds(moment(found.of, facts.zone), at);
    },
    found: (facts, at) => {
      const found = find(facts, at);
      return found === undefined ? null : iso(found.of);
    },
  });
}

/** Stamps of the last event: one more than the newest, so that what was so before it is known too. */
const LAST_STAMPS = 3;

function happening(key: "first" | "last"): Operator {
  return {
    key,
    looksAt: "profile",
    fields: ["where", ...pastMomentKeys],
    check: (condition, context) => [
      ...checkEventType(condition[key], `${context.path}.${key}`),
      ...checkMoment(condition, context.path, { keys: pastMomentKeys, checkLength: checkWindow }),
      ...checkWhere(condition, context),
    ],
    compile: (condition, context, nested) => {
      const type = condition[key] as string;
      const counter = counterKey(type, condition["where"]);
      const filter = filterOf(condition, context, nested);
      const find = key === "last" ? lastOf(counter) : firstOf(type, "where" in condition ? counter : undefined);
      if (key === "last") context.needs.counters.push({ key: counter, eventType: type, keep: LAST_STAMPS, ...filter });
      else if ("where" in condition)
        context.needs.counters.push({ key: counter, eventType: type, keep: 0, first: true, ...filter });
      return clauseOn(condition, { path: context.path, says: `${key} ${type}${whereText(condition)}`, find });
    },
  };
}

const lastOf =
  (counter: string): Find =>
  ({ profile }, at) => {
    const of = lastUpTo(profile.counters[counter], at);
    return of === undefined ? undefined : { of, knownAt: of };
  };

/** The first event of a type is known without counting. */
const firstOf =
  (type: string, counter: string | undefined): Find =>
  ({ profile }, at) => {
    const of = counter === undefined ? profile.activity[type]?.firstAt : profile.counters[counter]?.firstAt;
    return of === undefined || of > at ? undefined : { of, knownAt: of };
  };

export const first = happening("first");
export const last = happening("last");

export const date: Operator = {
  key: "date",
  looksAt: "profile",
  fields: momentKeys,
  check: (condition, { path }) => [
    ...checkName(condition["date"], `${path}.date`, "a trait that holds a date, for example trialEnds"),
    ...checkMoment(condition, path, { keys: momentKeys, checkLength: checkWindow }),
  ],
  compile: (condition, { path }) => {
    const name = condition["date"] as string;
    const find: Find = (facts) => {
      const trait = traitNamed(facts.profile.traits, name);
      const of = trait === undefined ? undefined : parseDateTrait(trait.value, facts.zone());
      return trait === undefined || of === undefined ? undefined : { of, knownAt: trait.at };
    };
    return clauseOn(condition, { path, says: `date ${name}`, find });
  },
};
