// Guarantees of checking conditions: what is wrong is named with its path and a way to mend it, and nothing wrong compiles.
import { describe, expect, test } from "vitest";
import type { Scope } from "../../shared/domain/clause.ts";
import { checkCondition, looksOnlyAtProperties } from "../../shared/domain/condition.ts";
import type { Json } from "../../shared/domain/json.ts";

const check = (condition: Json, scope: Scope = "run") => checkCondition(condition, "where", { scope });

describe("a sound condition has no problem", () => {
  test.each([
    { trait: "country", eq: "FR" },
    { trait: "age", gte: 18, lt: 65 },
    { trait: "country", exists: false },
    { property: "amount", gte: "80 EUR" },
    { did: "purchase.completed" },
    { did: "purchase.completed", atLeast: 3, within: "30 days" },
    {
      did: "purchase.completed",
      exactly: 0,
      where: { all: [{ property: "category", eq: "books" }, { not: { property: "gift", eq: true } }] },
    },
    { didNot: "purchase.completed", for: "60 days" },
    { sum: "purchase.completed", of: "amount", gte: "500 EUR", lt: "1000 EUR" },
    { sum: "purchase.completed", of: "amount", within: "30 days", between: ["5 EUR", "9 EUR"] },
    { average: "page.viewed", of: "seconds", gt: 10, where: { property: "page", startsWith: "/shop" } },
    { min: "purchase.completed", of: "items.count", within: "2 weeks", in: [1, 2] },
    { max: "purchase.completed", of: "amount", ne: "5 EUR" },
    { did: "purchase.completed", since: "entry", atLeast: 2, within: "3 days" },
    { trait: "tags", contains: "vip" },
    { trait: "email", startsWith: "a", endsWith: ".fr", contains: "@" },
    { trait: "age", between: [18, 18] },
    { trait: "spent", gte: "5 EUR", lt: "9 EUR", ne: "6 EUR" },
    { trait: "code", in: [1, "5 EUR", "FR"] },
    { first: "purchase.completed", before: "2026-01-01", where: { property: "category", eq: "books" } },
    { last: "purchase.completed", olderThan: "60 days", within: "90 days" },
    { date: "trialEnds", ahead: "3 days" },
    { date: "trialEnds", after: "2026-01-01", before: "2026-01-01T12:00:00Z" },
    { anniversary: "birthday" },
    { anniversary: { first: "purchase.completed" }, within: "7 days" },
    { bucket: "spring-test", lt: 10 },
    { bucket: "spring-test", gte: 10, lte: 20 },
    { inSegment: "leads", for: "7 days" },
    { inSegment: "leads" },
    { churnRisk: false },
    { all: [{ any: [{ not: { trait: "x", eq: 1 } }] }, { none: [{ inSegment: "leads" }] }] },
  ] as Json[])("%j", (condition) => {
    expect(check(condition)).toEqual([]);
  });
});

describe("a wrong condition is answered with path, reason and fix", () => {
  test.each([
    ["leads", "where", "not_a_condition", "trait: country"],
    [null, "where", "not_a_condition", "condition"],
    [[{ inSegment: "leads" }], "where", "not_a_condition", "condition"],
    [{}, "where", "no_operator", "needs one of"],
    [{ traits: "country", eq: "FR" }, "where", "no_operator", "did you mean trait?"],
    [{ insegment: "leads" }, "where", "no_operator", "did you mean inSegment?"],
    [{ trait: "country", did: "lead.created" }, "where", "two_operators", "all:"],
    [{ trait: "country", equals: "FR" }, "where.equals", "unknown_field", "beside trait it allows eq"],
    [{ trait: "country", exist: true }, "where.exist", "unknown_field", "did you mean exists?"],
    [{ did: "lead.created", whithin: "3 days" }, "where.whithin", "unknown_field", "did you mean within?"],
    [{ inSegment: "leads", eq: 1 }, "where.eq", "unknown_field", "beside inSegment it allows for"],
    [{ churnRisk: true, eq: 1 }, "where.eq", "unknown_field", "stands alone"],
    [{ trait: "country" }, "where", "comparison_missing", "add one of eq"],
    [{ trait: "", eq: 1 }, "where.trait", "not_a_name", "name of a trait"],
    [{ property: 5, eq: 1 }, "where.property", "not_a_name", "name of an event property"],
    [{ trait: "country", eq: null }, "where.eq", "not_a_value", "a text, a number"],
    [{ trait: "country", eq: ["FR"] }, "where.eq", "not_a_value", "a text, a number"],
    [{ trait: "country", in: "FR" }, "where.in", "not_a_list", "[FR, BE]"],
    [{ trait: "country", in: [] }, "where.in", "not_a_list", "at least one"],
    [{ trait: "country", exists: "yes" }, "where.exists", "not_a_boolean", "true or false"],
    [{ trait: "age", gte: "old" }, "where.gte", "not_comparable", "80 EUR"],
    [{ trait: "age", lt: true }, "where.lt", "not_comparable", "number"],
    [{ did: "Order Completed" }, "where.did", "not_an_event", "purchase.completed"],
    [{ did: "lead.created", atLeast: 1, atMost: 3 }, "where", "too_many_counts", "use one of"],
    [{ did: "lead.created", atLeast: 1.5 }, "where.atLeast", "not_a_count", "whole number"],
    [{ did: "lead.created", atLeast: 51 }, "where.atLeast", "not_a_count", "50"],
    [{ did: "lead.created", exactly: -1 }, "where.exactly", "not_a_count", "whole number"],
    [{ did: "lead.created", within: "soon" }, "where.within", "not_a_duration", "30 days"],
    [{ did: "lead.created", within: "0 days" }, "where.within", "not_a_duration", "30 days"],
    [{ didNot: "lead.created" }, "where.for", "not_a_duration", "30 days"],
    [
      { did: "lead.created", where: { trait: "country", eq: "FR" } },
      "where.where",
      "not_a_property",
      "properties of the event",
    ],
    [
      { did: "lead.created", where: { any: [{ property: "a", eq: 1 }, { inSegment: "leads" }] } },
      "where.where.any[1]",
      "not_a_property",
      "properties",
    ],
    [{ did: "lead.created", where: { property: "a" } }, "where.where", "comparison_missing", "add one of"],
    [{ trait: "age", gte: [1, 2] }, "where.gte", "not_comparable", "between: [low, high]"],
    [{ trait: "age", gt: "2026-01-01" }, "where.gt", "not_comparable", "dates go under date:"],
    [{ trait: "age", eq: Infinity }, "where.eq", "not_a_value", "a text, a number"],
    [{ trait: "age", between: [18] }, "where.between", "not_a_range", "two numbers"],
    [{ trait: "age", between: ["a", "b"] }, "where.between", "not_a_range", "[18, 65]"],
    [{ trait: "age", between: 18 }, "where.between", "not_a_range", "the lower first"],
    [{ trait: "age", between: [65, 18] }, "where", "never_true", "between [65,18]"],
    [{ trait: "age", gt: 5, lte: 5 }, "where", "never_true", "can never be true"],
    [{ trait: "age", gte: 18, between: [1, 9] }, "where", "never_true", "can never be true"],
    [{ trait: "age", eq: 5, gt: 5 }, "where", "never_true", "can never be true"],
    [{ trait: "age", in: [1, 2], gte: 3 }, "where", "never_true", "can never be true"],
    [{ trait: "age", eq: 5, ne: 5 }, "where", "never_true", "can never be true"],
    [{ trait: "age", exists: false, eq: 5 }, "where", "never_true", "can never be true"],
    [{ trait: "age", startsWith: "a", gte: 3 }, "where", "never_true", "can never be true"],
    [{ trait: "plan", eq: "pro", startsWith: "b" }, "where", "never_true", "can never be true"],
    [{ trait: "spent", gte: "5 EUR", lt: "9 USD" }, "where", "mixed_currencies", "EUR and USD"],
    [{ trait: "spent", between: ["5 EUR", "9 USD"] }, "where", "mixed_currencies", "one currency"],
    [{ trait: "spent", in: ["5 EUR", "9 USD"] }, "where", "mixed_currencies", "one currency"],
    [{ trait: "spent", gte: 5, lt: "9 EUR" }, "where", "mixed_currencies", "EUR and numbers"],
    [{ trait: "plan", contains: "" }, "where.contains", "not_a_value", "at least one letter"],
    [{ trait: "plan", startsWith: "" }, "where.startsWith", "not_a_text", "at least one letter"],
    [{ trait: "plan", endsWith: 5 }, "where.endsWith", "not_a_text", "must be a text"],
    [{ did: "lead.created", within: "6000 days" }, "where.within", "window_too_long", "1827 days"],
    [{ didNot: "lead.created", for: "300 weeks" }, "where.for", "window_too_long", "it is 2100 days"],
    [{ did: "lead.created", since: "monday" }, "where.since", "not_entry", "must be entry"],
    [{ sum: "purchase", of: "amount", gte: "1 EUR" }, "where.sum", "not_an_event", "purchase.completed"],
    [{ sum: "purchase.completed", gte: "1 EUR" }, "where.of", "not_a_name", "for example amount"],
    [{ sum: "purchase.completed", of: "amount" }, "where", "comparison_missing", "gte: 10"],
    [
      { sum: "purchase.completed", of: "amount", exists: true },
      "where.exists",
      "unknown_field",
      "beside sum it allows of",
    ],
    [{ sum: "purchase.completed", of: "amount", eq: "lots" }, "where", "not_comparable", "one currency"],
    [
      { sum: "purchase.completed", of: "amount", gte: "5 EUR", lt: "9 USD" },
      "where",
      "mixed_currencies",
      "EUR and USD",
    ],
    [{ sum: "purchase.completed", of: "amount", gte: 5, lt: "9 EUR" }, "where", "mixed_currencies", "one currency"],
    [{ sum: "purchase.completed", of: "amount", in: [5, "9 EUR"] }, "where", "mixed_currencies", "one currency"],
    [{ max: "purchase.completed", of: "amount", gt: "9 EUR", lt: "5 EUR" }, "where", "never_true", "can never"],
    [{ sum: "purchase.completed", of: "n", gte: 1, within: "36 hours" }, "where.within", "not_whole_days", "UTC day"],
    [{ average: "purchase.completed", of: "n", gte: 1, within: "800 days" }, "where.within", "window_too_long", "731"],
    [{ min: "purchase.completed", of: "n", gte: 1, within: "0 days" }, "where.within", "not_a_duration", "30 days"],
    [
      { sum: "purchase.completed", of: "n", gte: 1, where: { did: "lead.created" } },
      "where.where",
      "not_a_property",
      "properties of the event",
    ],
    [{ first: "purchase.completed" }, "where", "moment_missing", "add one of within"],
    [{ last: "purchase.completed", ahead: "3 days" }, "where.ahead", "unknown_field", "beside last it allows"],
    [{ last: "purchase.completed", within: "soon" }, "where.within", "not_a_duration", "30 days"],
    [{ last: "purchase.completed", before: "soon" }, "where.before", "not_an_instant", "2026-12-01"],
    [{ date: "ends", after: "2026-02-30" }, "where.after", "not_an_instant", "2026-12-01"],
    [{ last: "purchase.completed", olderThan: "9 days", within: "9 days" }, "where", "never_true", "olderThan 9 days"],
    [{ date: "ends", ahead: "9 days", within: "9 days" }, "where", "never_true", "no moment is"],
    [{ date: "ends", after: "2026-02-01", before: "2026-02-01" }, "where", "never_true", "no moment is"],
    [{ date: 5, ahead: "1 days" }, "where.date", "not_a_name", "trait that holds a date"],
    [{ anniversary: 5 }, "where.anniversary", "not_a_name", "for example birthday"],
    [{ anniversary: { last: "lead.created" } }, "where.anniversary", "not_a_name", "{ first: purchase.completed }"],
    [{ anniversary: { first: "lead" } }, "where.anniversary.first", "not_an_event", "purchase.completed"],
    [{ anniversary: "birthday", within: "365 days" }, "where.within", "window_too_long", "at most 363 days"],
    [{ anniversary: "birthday", within: "12 hours" }, "where.within", "not_whole_days", "whole days"],
    [{ bucket: "", lt: 5 }, "where.bucket", "not_a_name", "lots"],
    [{ bucket: "a" }, "where", "comparison_missing", "add one of lt"],
    [{ bucket: "a", eq: 5 }, "where.eq", "unknown_field", "beside bucket it allows lt"],
    [{ bucket: "a", lt: 101 }, "where", "not_a_percentage", "0 to 100"],
    [{ bucket: "a", lt: "5 EUR" }, "where", "not_a_percentage", "0 to 100"],
    [{ bucket: "a", lt: 0 }, "where", "never_true", "less than 100"],
    [{ bucket: "a", gte: 100 }, "where", "never_true", "less than 100"],
    [{ bucket: "a", gte: 20, lt: 10 }, "where", "never_true", "can never be true"],
    [{ inSegment: "leads", for: "now" }, "where.for", "not_a_duration", "30 days"],
    [{ inSegment: 5 }, "where.inSegment", "not_a_segment", "id of a segment"],
    [{ churnRisk: "high" }, "where.churnRisk", "not_a_boolean", "true or false"],
    [{ all: [] }, "where.all", "not_a_list", "1 to 50"],
    [{ any: { inSegment: "leads" } }, "where.any", "not_a_list", "1 to 50"],
    [{ not: [{ inSegment: "leads" }] }, "where.not", "not_a_condition", "condition"],
    [
      { all: [{ inSegment: "leads" }, { not: { trai: "x" } }] },
      "where.all[1].not",
      "no_operator",
      "did you mean trait?",
    ],
  ] as [Json, string, string, string][])("%j", (...[condition, path, code, fix]) => {
    const [problem] = check(condition);
    expect(problem).toMatchObject({ path, code });
    expect(problem?.message).toContain(fix);
  });

  test("several problems are all told", () => {
    const problems = check({ all: [{ trait: "a" }, { churnRisk: 1 }, { did: "x", atLeast: "2" }] });
    expect(problems.map(({ path }) => path)).toEqual([
      "where.all[0]",
      "where.all[1].churnRisk",
      "where.all[2].did",
      "where.all[2].atLeast",
    ]);
  });

  test("nesting and width are bounded, so that the cost of a rule is known", () => {
    const nested = (levels: number): Json => (levels === 0 ? { inSegment: "leads" } : { not: nested(levels - 1) });
    expect(check(nested(7))).toEqual([]);
    expect(check(nested(8))[0]?.code).toBe("too_deep");
    expect(check({ all: Array.from({ length: 51 }, () => ({ inSegment: "leads" })) })[0]?.code).toBe("not_a_list");
  });

  test("no more than 500 values are compared with in one condition, lists and parts included", () => {
    const list = (length: number) => ({ trait: "country", in: Array.from({ length }, (_, n) => `c${n}`) });
    const some = (parts: number) => ({ all: Array.from({ length: parts }, () => ({ not: list(50) })) });
    expect(check(some(10))).toEqual([]);
    expect(check({ all: [some(10), { trait: "country", eq: "FR" }] })).toEqual([
      {
        code: "too_many_values",
        path: "where",
        message: "compares with 501 values; at most 500 in one condition: split it into segments",
      },
    ]);
    expect(check(list(501))[0]?.code).toBe("too_many_values");
    const filter = {
      did: "purchase.completed",
      where: { property: "sku", in: Array.from({ length: 501 }, () => "a") },
    };
    expect(check(filter)[0]?.code).toBe("too_many_values");
  });
});

describe("what a condition may look at depends on where it stands", () => {
  const property = { property: "amount", gte: "80 EUR" };
  const sinceEntry = { did: "purchase.completed", since: "entry" };

  test.each([
    ["profile", property, "no_event_here", "use a trait, or did: with where:"],
    ["profile", { not: { all: [property] } }, "no_event_here", "there is no event here"],
    ["profile", sinceEntry, "no_run_here", "use within"],
    ["event", sinceEntry, "no_run_here", "branches, exitWhen and goals"],
    ["properties", { inSegment: "leads" }, "not_a_property", "properties of the event"],
  ] as [Scope, Json, string, string][])("%s: %j", (...[scope, condition, code, fix]) => {
    const [problem] = check(condition, scope);
    expect(problem?.code).toBe(code);
    expect(problem?.message).toContain(fix);
  });

  test.each([
    ["profile", { did: "purchase.completed", where: property }],
    ["event", property],
    ["run", property],
    ["run", sinceEntry],
    ["properties", { any: [property, { none: [property] }] }],
  ] as [Scope, Json][])("%s: %j is sound", (scope, condition) => {
    expect(check(condition, scope)).toEqual([]);
  });

  test("without a word about it, it is that of a segment", () => {
    expect(checkCondition(property, "where")[0]?.code).toBe("no_event_here");
  });

  test("a filter that looks at the event alone is told from one that looks at the profile too", () => {
    expect(looksOnlyAtProperties({ all: [property, { not: property }] })).toBe(true);
    expect(looksOnlyAtProperties({ all: [property, { trait: "country", eq: "FR" }] })).toBe(false);
    expect(looksOnlyAtProperties(sinceEntry)).toBe(false);
  });
});
