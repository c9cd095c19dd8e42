// Guarantees of checking conditions: what is wrong is named with its path and a way to mend it, and nothing wrong compiles.
import { describe, expect, test } from "vitest";
import { checkCondition } from "../../shared/domain/condition.ts";
import type { Json } from "../../shared/domain/json.ts";

const check = (condition: Json) => checkCondition(condition, "where");

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
    [{ inSegment: "leads", eq: 1 }, "where.eq", "unknown_field", "stands alone"],
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
    [{ sum: "purchase", of: "amount", gte: "1 EUR" }, "where.sum", "not_an_event", "purchase.completed"],
    [{ sum: "purchase.completed", of: "total", gte: "1 EUR" }, "where.of", "not_summable", "amount"],
    [{ sum: "purchase.completed", of: "amount", gte: 500 }, "where", "not_money", "500 EUR"],
    [{ sum: "purchase.completed", of: "amount", gte: "5 EUR", lt: "9 USD" }, "where", "not_money", "one currency"],
    [{ sum: "purchase.completed", of: "amount", gte: 5, lt: "9 EUR" }, "where", "not_money", "one currency"],
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
});
