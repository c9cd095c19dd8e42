// Guarantees of every operator: what it says of a fact that is there, absent, null or of the wrong type. Unknown never matches.
import { describe, expect, test } from "vitest";
import { factsAt } from "../../shared/domain/deciding.ts";
import { fold } from "../../shared/domain/fold.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type { Profile } from "../../shared/domain/profile.ts";
import type { Truth } from "../../shared/domain/verdict.ts";
import { aLead, anIdentify, aProfile, aPurchase, aRule, days, NOW } from "../support/builders.ts";

const ABSENT = Symbol("absent");
type Found = Json | typeof ABSENT;
const EUR = (amount: number) => ({ amount, currency: "EUR" });

/** What the condition says of a trait, of the same property, and of their negations. */
function verdictsOn(comparison: JsonObject, found: Found): { trait: Truth; property: Truth; notTrait: Truth } {
  const profile = aProfile(found === ABSENT ? {} : { traits: { fact: { value: found, at: NOW, by: "shop/e" } } });
  const properties: JsonObject = found === ABSENT ? {} : { fact: found };
  const judge = (condition: Json) => {
    const { rule, catalogue } = aRule(condition);
    return rule.judge(factsAt({ draft: profile, catalogue }, NOW, { properties }), NOW).is;
  };
  return {
    trait: judge({ trait: "fact", ...comparison }),
    property: judge({ property: "fact", ...comparison }),
    notTrait: judge({ not: { trait: "fact", ...comparison } }),
  };
}

const turned = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);
const UNKNOWN_FOR_ALL: Found[] = [ABSENT, null, [], ["FR"], {}, { value: "FR" }];

const table: { comparison: JsonObject; yes: Json[]; no: Json[]; unknown: Json[] }[] = [
  { comparison: { eq: "FR" }, yes: ["FR"], no: ["fr", "BE", ""], unknown: [1, true] },
  { comparison: { eq: 18 }, yes: [18, 18.0], no: [17, 0, -18], unknown: ["18", true] },
  { comparison: { eq: true }, yes: [true], no: [false], unknown: ["true", 1] },
  {
    comparison: { eq: "80 EUR" },
    yes: [EUR(8_000), "80 EUR"],
    no: [EUR(8_001)],
    unknown: [{ amount: 8_000, currency: "USD" }, 80],
  },
  { comparison: { ne: "FR" }, yes: ["BE"], no: ["FR"], unknown: [1, false] },
  { comparison: { ne: "80 EUR" }, yes: [EUR(1)], no: [EUR(8_000)], unknown: [{ amount: 1, currency: "CHF" }] },
  { comparison: { in: ["FR", "BE"] }, yes: ["FR", "BE"], no: ["CH"], unknown: [1, true] },
  { comparison: { in: [1, 2] }, yes: [2], no: [3], unknown: ["1"] },
  { comparison: { lt: 18 }, yes: [17, -1], no: [18, 19], unknown: ["17", true, EUR(1)] },
  { comparison: { lte: 18 }, yes: [18, 17], no: [18.1], unknown: ["18"] },
  { comparison: { gt: 18 }, yes: [18.1], no: [18, 17], unknown: ["19"] },
  { comparison: { gte: 18 }, yes: [18], no: [17.9], unknown: ["18", false] },
  {
    comparison: { lt: "80 EUR" },
    yes: [EUR(7_999)],
    no: [EUR(8_000)],
    unknown: [{ amount: 1, currency: "USD" }, 79, "79 EUR"],
  },
  {
    comparison: { gte: "80 EUR" },
    yes: [EUR(8_000)],
    no: [EUR(7_999)],
    unknown: [{ amount: 9_000, currency: "CHF" }, 80, "80 EUR"],
  },
  { comparison: { between: [18, 65] }, yes: [18, 40, 65], no: [17.9, 65.1], unknown: ["20", EUR(2_000), true] },
  {
    comparison: { between: ["50 EUR", "80 EUR"] },
    yes: [EUR(5_000), EUR(8_000)],
    no: [EUR(4_999), EUR(8_001)],
    unknown: [{ amount: 6_000, currency: "CHF" }, 60, "60 EUR"],
  },
  { comparison: { in: [1, "FR"] }, yes: [1, "FR"], no: [2, "BE"], unknown: [true] },
  { comparison: { startsWith: "Fr" }, yes: ["Fr", "France"], no: ["fr", "Afr", ""], unknown: [1, true] },
  { comparison: { endsWith: "ce" }, yes: ["ce", "France"], no: ["CE", "cent", ""], unknown: [1, true] },
  { comparison: { gte: 18, lt: 65 }, yes: [18, 64], no: [17, 65], unknown: ["20"] },
];

describe("a comparison", () => {
  const cases = table.flatMap(({ comparison, yes, no, unknown }) => [
    ...yes.map((found) => ({ comparison, found: found as Found, is: true as Truth })),
    ...no.map((found) => ({ comparison, found: found as Found, is: false as Truth })),
    ...[...unknown, ...UNKNOWN_FOR_ALL].map((found) => ({ comparison, found: found as Found, is: undefined as Truth })),
  ]);
  test.each(
    cases.map(
      (one) =>
        [JSON.stringify(one.comparison), one.found === ABSENT ? "absent" : JSON.stringify(one.found), one] as const,
    ),
  )("%s of %s", (_comparison, _found, { comparison, found, is }) => {
    expect(verdictsOn(comparison, found)).toEqual({ trait: is, property: is, notTrait: turned(is) });
  });

  test.each([
    ["ran", "France", true],
    ["ran", "RAN", false],
    ["ran", "", false],
    ["FR", ["BE", "FR"], true],
    ["FR", ["France"], false],
    ["FR", [], false],
    ["FR", [1, null], false],
    [1, [1, 2], true],
    [1, ["1"], false],
    ["5 EUR", [EUR(500)], true],
    ["5 EUR", [{ amount: 500, currency: "USD" }], false],
    [1, "1", undefined],
    ["FR", 1, undefined],
    ["FR", null, undefined],
    ["FR", ABSENT, undefined],
    ["FR", { FR: true }, undefined],
  ] as [Json, Found, Truth][])("contains %j of %j: a text in a text, or a value of a list", (contains, found, is) => {
    expect(verdictsOn({ contains }, found)).toEqual({ trait: is, property: is, notTrait: turned(is) });
  });

  test.each([
    ["there", "FR", true],
    ["empty", "", true],
    ["false", false, true],
    ["zero", 0, true],
    ["null", null, false],
    ["absent", ABSENT, false],
  ] as [string, Found, boolean][])("only exists sees absence: %s", (_what, found, is) => {
    expect(verdictsOn({ exists: true }, found)).toEqual({ trait: is, property: is, notTrait: !is });
    expect(verdictsOn({ exists: false }, found)).toEqual({ trait: !is, property: !is, notTrait: is });
  });

  test("a property is found at a dotted path, and only in objects", () => {
    const at = (properties: JsonObject, path: string) => {
      const { rule, catalogue } = aRule({ property: path, eq: "FR" });
      return rule.judge(factsAt({ draft: aProfile(), catalogue }, NOW, { properties }), NOW).is;
    };
    expect(at({ shipping: { country: "FR" } }, "shipping.country")).toBe(true);
    expect(at({ shipping: { country: "BE" } }, "shipping.country")).toBe(false);
    expect(at({ shipping: "FR" }, "shipping.country")).toBeUndefined();
    expect(at({ shipping: ["FR"] }, "shipping.0")).toBeUndefined();
    expect(at({}, "constructor.name")).toBeUndefined();
  });
});

/** Judges a segment rule on a profile that saw the events. */
function judged(
  condition: Json,
  events: Parameters<typeof fold>[1][],
  { changes = {}, others = {} }: { changes?: Partial<Profile>; others?: Record<string, Json> } = {},
) {
  const { rule, catalogue } = aRule(condition, others);
  const draft = aProfile(changes);
  for (const event of events) fold(draft, event, catalogue);
  return rule.judge(factsAt({ draft, catalogue }, NOW), NOW).is;
}

describe("sum", () => {
  const big = { sum: "purchase.completed", of: "amount", gte: "500 EUR" };
  const small = { sum: "purchase.completed", of: "amount", lt: "500 EUR" };

  test("adds up cents exactly", () => {
    const purchases = Array.from({ length: 5_000 }, () => aPurchase("0.10 EUR"));
    expect(judged({ ...big, eq: "500 EUR" }, purchases)).toBe(true);
    expect(judged(small, purchases)).toBe(false);
  });

  test("who never bought has a total of zero", () => {
    expect(judged(small, [])).toBe(true);
    expect(judged(big, [aLead()])).toBe(false);
  });

  test("purchases in another currency, or without a readable amount, make the total unknown, not zero", () => {
    for (const amount of ["900 CHF", "a lot"]) {
      expect(judged(big, [aPurchase(amount)])).toBeUndefined();
      expect(judged(small, [aPurchase(amount)])).toBeUndefined();
      expect(judged({ not: big }, [aPurchase(amount)])).toBeUndefined();
    }
  });

  test("other currencies do not add to it", () => {
    expect(judged(big, [aPurchase("499.99 EUR"), aPurchase("900 CHF")])).toBe(false);
  });
});

describe("inSegment", () => {
  const rich: Json = { sum: "purchase.completed", of: "amount", gte: "500 EUR" };

  test("is the other segment's truth, unknown included", () => {
    const others = { rich };
    expect(judged({ inSegment: "rich" }, [aPurchase("500 EUR")], { others })).toBe(true);
    expect(judged({ inSegment: "rich" }, [aPurchase("5 EUR")], { others })).toBe(false);
    expect(judged({ inSegment: "rich" }, [aPurchase("900 CHF")], { others })).toBeUndefined();
    expect(judged({ not: { inSegment: "rich" } }, [aPurchase("900 CHF")], { others })).toBeUndefined();
  });

  test("of a segment that does not exist is unknown", () => {
    expect(judged({ inSegment: "gone" }, [])).toBeUndefined();
    expect(judged({ none: [{ inSegment: "gone" }] }, [])).toBeUndefined();
  });
});

describe("churnRisk", () => {
  test("of somebody who never bought is unknown, either way", () => {
    expect(judged({ churnRisk: true }, [])).toBeUndefined();
    expect(judged({ churnRisk: false }, [])).toBeUndefined();
  });

  test("begins 120 days after a first purchase, at the very instant", () => {
    expect(judged({ churnRisk: true }, [aPurchase("1 EUR", { occurredAt: NOW - days(120) })])).toBe(true);
    expect(judged({ churnRisk: true }, [aPurchase("1 EUR", { occurredAt: NOW - days(120) + 1 })])).toBe(false);
    expect(judged({ churnRisk: false }, [aPurchase("1 EUR", { occurredAt: NOW - days(120) + 1 })])).toBe(true);
  });
});

describe("did and didNot", () => {
  test("silence is a fact: who never did it did not", () => {
    expect(judged({ did: "purchase.completed" }, [])).toBe(false);
    expect(judged({ didNot: "purchase.completed", for: "60 days" }, [])).toBe(true);
    expect(judged({ did: "purchase.completed", atLeast: 0 }, [])).toBe(true);
  });

  test("where counts only events that match for sure", () => {
    const books = { did: "purchase.completed", where: { property: "category", eq: "books" } };
    const notBooks = { did: "purchase.completed", where: { not: { property: "category", eq: "books" } } };
    const uncategorised = aPurchase("10 EUR");
    expect(judged(books, [uncategorised])).toBe(false);
    expect(judged(notBooks, [uncategorised])).toBe(false);
    expect(judged(books, [aPurchase("10 EUR", { properties: { category: "books" } })])).toBe(true);
    expect(judged(notBooks, [aPurchase("10 EUR", { properties: { category: "games" } })])).toBe(true);
  });
});

describe("all, any, none, not", () => {
  const yes = { trait: "country", eq: "FR" };
  const no = { trait: "country", eq: "BE" };
  const unknown = { trait: "age", lt: 18 };
  const france = [anIdentify({ country: "FR" })];

  test.each([
    [{ all: [yes, yes] }, true],
    [{ all: [yes, unknown] }, undefined],
    [{ all: [no, unknown] }, false],
    [{ any: [no, unknown] }, undefined],
    [{ any: [yes, unknown] }, true],
    [{ none: [no, no] }, true],
    [{ none: [no, unknown] }, undefined],
    [{ none: [yes, unknown] }, false],
    [{ not: unknown }, undefined],
    [{ not: { not: yes } }, true],
  ] as [Json, Truth][])("%j", (condition, is) => {
    expect(judged(condition, france)).toBe(is);
  });

  test("a rule on a missing age never lets anybody in, however it is put", () => {
    for (const condition of [unknown, { not: unknown }, { none: [unknown] }, { not: { all: [unknown, yes] } }]) {
      expect(judged(condition, france)).not.toBe(true);
    }
  });
});
