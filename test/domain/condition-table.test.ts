// Guarantees of the operators that look at more than one value: what each says of facts that are there, absent, null or of the
// wrong type. Unknown is neither true nor false, and stays so when it is turned round.
import { describe, expect, test } from "vitest";
import type { Facts, Needs } from "../../shared/domain/clause.ts";
import { compileCondition } from "../../shared/domain/condition.ts";
import { mergeSpecs } from "../../shared/domain/counter.ts";
import type { Event } from "../../shared/domain/event.ts";
import { fold } from "../../shared/domain/fold.ts";
import { HOUR_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type { Truth, Verdict } from "../../shared/domain/verdict.ts";
import { aCatalogue, anEvent, anIdentify, aProfile, days, NOW } from "../support/builders.ts";

const { settings, constants } = aCatalogue();
const EUR = (amount: number) => ({ amount, currency: "EUR" });

/** The verdict on somebody who saw the events, in Paris, at NOW unless told. */
function verdictOn(condition: Json, events: Event[], changes: Partial<Facts> & { at?: number } = {}): Verdict {
  const needs: Needs = { counters: [], segments: [] };
  const rule = compileCondition(condition, { path: "where", needs });
  const counters = Map.groupBy(mergeSpecs(needs.counters), (spec) => spec.eventType);
  const profile = aProfile();
  for (const event of events) fold(profile, event, { settings, constants, counters });
  const { at = NOW, ...others } = changes;
  const facts: Facts = { profile, zone: () => "Europe/Paris", segment: () => ({ is: undefined }), ...others };
  const verdict = rule.judge(facts, at);
  const negated = compileCondition({ not: condition }, { path: "where", needs }).judge(facts, at);
  expect(negated.is).toBe(verdict.is === undefined ? undefined : !verdict.is);
  expect(rule.holds(facts, at)).toBe(verdict.is);
  return verdict;
}

const bought = (value: Json | undefined, ageDays = 1, more: JsonObject = {}) =>
  anEvent(
    "purchase.completed",
    { ...(value !== undefined && { amount: value }), ...more },
    { occurredAt: NOW - days(ageDays) },
  );
const told = (value: Json | undefined) => [
  anIdentify(value === undefined ? {} : { fact: value }, { occurredAt: NOW - days(1) }),
];

type Row = [what: string, condition: JsonObject, events: Event[], is: Truth];
const of = (key: string, rest: JsonObject): JsonObject => ({ [key]: "purchase.completed", of: "amount", ...rest });
const READABLE = [bought(EUR(3_000)), bought(EUR(5_000), 2)];
const UNREADABLE: [string, Event][] = [
  ["absent", bought(undefined)],
  ["null", bought(null)],
  ["a text", bought("50 EUR")],
  ["a plain number", bought(50)],
  ["in another currency", bought({ amount: 5_000, currency: "CHF" })],
];

describe.each([
  ["sum", { gte: "80 EUR" }, { gt: "80 EUR" }],
  ["average", { between: ["40 EUR", "40 EUR"] }, { ne: "40 EUR" }],
  ["min", { lte: "30 EUR" }, { lt: "30 EUR" }],
  ["max", { eq: "50 EUR" }, { in: ["30 EUR", "80 EUR"] }],
] as [string, JsonObject, JsonObject][])("%s", (key, yes, no) => {
  const windows: JsonObject[] = [{}, { within: "30 days" }, { where: { property: "gift", exists: false } }];
  const rows = windows.flatMap((window): Row[] => [
    ["readable values that meet it", of(key, { ...yes, ...window }), READABLE, true],
    ["readable values that do not", of(key, { ...no, ...window }), READABLE, false],
    ["no events", of(key, { lt: "1 EUR", ...window }), [], key === "sum" ? true : undefined],
    ...UNREADABLE.map(([what, event]): Row => [what, of(key, { lt: "1 EUR", ...window }), [event], undefined]),
    ...UNREADABLE.map(
      ([what, event]): Row => [
        `${what}, beside readable ones`,
        of(key, { ...yes, ...window }),
        [event, ...READABLE],
        true,
      ],
    ),
  ]);
  test.each(rows)("of %s: %j", (...[_what, condition, events, is]) => {
    expect(verdictOn(condition, events).is).toBe(is);
  });

  test("of plain numbers, which amounts are not", () => {
    const plain = (value: Json) =>
      verdictOn({ ...of(key, { gte: 5 }), of: "n" }, [bought(undefined, 1, { n: value })]).is;
    expect([plain(5), plain(4), plain("5"), plain(null), plain(EUR(5)), plain(true)]).toEqual([
      true,
      false,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("did, didNot, first and last", () => {
  const books = { where: { property: "category", eq: "books" } };
  const book = (category: Json | undefined) => bought(1, 1, category === undefined ? {} : { category });
  test.each([
    ["an event", [bought(1)], {}, { did: true, didNot: false, first: true, last: true }],
    ["no event", [], {}, { did: false, didNot: true, first: undefined, last: undefined }],
    ["an event that matches", [book("books")], books, { did: true, didNot: false, first: true, last: true }],
    ["one that does not", [book("games")], books, { did: false, didNot: true, first: undefined, last: undefined }],
    [
      "one without the property",
      [book(undefined)],
      books,
      { did: false, didNot: true, first: undefined, last: undefined },
    ],
    [
      "one whose property is null",
      [book(null)],
      books,
      { did: false, didNot: true, first: undefined, last: undefined },
    ],
    ["one of the wrong type", [book(5)], books, { did: false, didNot: true, first: undefined, last: undefined }],
  ] as [string, Event[], JsonObject, Record<string, Truth>][])("of %s", (...[_what, events, where, said]) => {
    const type = "purchase.completed";
    const is = (condition: JsonObject) => verdictOn({ ...condition, ...where }, events).is;
    expect({
      did: is({ did: type, within: "3 days" }),
      didNot: is({ didNot: type, for: "3 days" }),
      first: is({ first: type, within: "3 days" }),
      last: is({ last: type, within: "3 days" }),
    }).toEqual(said);
  });

  test("since entry counts what came after the run was entered, and without a run says nothing", () => {
    const events = [bought(1, 3), bought(1, 2), bought(1, 1)];
    const since = (n: number, enteredAt?: number) =>
      verdictOn(
        { did: "purchase.completed", atLeast: n, since: "entry" },
        events,
        enteredAt === undefined ? {} : { enteredAt },
      ).is;
    expect([since(2, NOW - days(3)), since(3, NOW - days(3)), since(1, NOW - days(1)), since(1)]).toEqual([
      true,
      false,
      false,
      undefined,
    ]);
  });
});

const DATES: [string, Json | undefined, Truth][] = [
  ["a day that is near", "2026-03-04", true],
  ["a day that is far", "2026-06-04", false],
  ["an instant", "2026-03-04T10:00:00Z", true],
  ["absent", undefined, undefined],
  ["null", null, undefined],
  ["a day that does not exist", "2026-02-30", undefined],
  ["a text", "soon", undefined],
  ["a number", 20_260_304, undefined],
  ["a list", ["2026-03-04"], undefined],
];

describe("date and anniversary", () => {
  test.each(DATES)("a date ahead, of %s", (_what, value, is) => {
    expect(verdictOn({ date: "fact", ahead: "3 days" }, told(value)).is).toBe(is);
  });

  test.each([
    ...DATES.map(([what, value, is]) => [what, typeof value === "string" ? value.replace("2026", "1990") : value, is]),
    ["a day without a year", "--03-04", true],
    ["a day without a year that does not exist", "--02-30", undefined],
  ] as typeof DATES)("an anniversary within 3 days, of %s", (_what, value, is) => {
    expect(verdictOn({ anniversary: "fact", within: "3 days" }, told(value)).is).toBe(is);
  });

  test("the anniversary of a first event, or of one that never was", () => {
    const yearAgo = [bought(1, 365)];
    const anniversary = { anniversary: { first: "purchase.completed" } };
    expect(verdictOn(anniversary, yearAgo).is).toBe(true);
    expect(verdictOn(anniversary, yearAgo, { at: NOW - days(365) }).is).toBe(false);
    expect(verdictOn(anniversary, yearAgo, { at: NOW - days(365) - 1 }).is).toBeUndefined();
    expect(verdictOn(anniversary, []).is).toBeUndefined();
  });
});

describe("inSegment, for at least", () => {
  const held = (membership: Verdict) => verdictOn({ inSegment: "a", for: "3 days" }, [], { segment: () => membership });

  test("is true from three days after the entry on, and says when it will be", () => {
    expect(held({ is: true, since: NOW - days(3) })).toEqual({ is: true, since: NOW });
    expect(held({ is: true, since: NOW - days(3) + 1, flipAt: NOW + days(9) })).toEqual({
      is: false,
      since: NOW - days(3) + 1,
      flipAt: NOW + 1,
    });
    expect(held({ is: true, since: NOW, flipAt: NOW + HOUR_MS }).flipAt).toBe(NOW + HOUR_MS);
  });

  test("of somebody who always was a member is true; of others it is the membership's truth", () => {
    expect(held({ is: true, flipAt: NOW + 5 })).toEqual({ is: true, flipAt: NOW + 5 });
    expect(held({ is: false, since: NOW - 9, flipAt: NOW + 5 })).toEqual({
      is: false,
      since: NOW - 9,
      flipAt: NOW + 5,
    });
    expect(held({ is: undefined, flipAt: NOW + 5 })).toEqual({ is: undefined, flipAt: NOW + 5 });
  });
});

describe("bucket", () => {
  const inTenth = (name: string) =>
    Array.from({ length: 4_000 }, (_, n) => n).filter(
      (n) => verdictOn({ bucket: name, lt: 10 }, [], { profile: aProfile({ id: `p${n}` }) }).is,
    );

  test("is known of everybody, the same each time, and a tenth is a tenth", () => {
    const one = inTenth("spring");
    expect(inTenth("spring")).toEqual(one);
    expect(one.length).toBeGreaterThan(330);
    expect(one.length).toBeLessThan(470);
  });

  test("of one name says nothing of the lots of another", () => {
    const autumn = new Set(inTenth("autumn"));
    expect(inTenth("spring").filter((n) => autumn.has(n)).length).toBeLessThan(80);
  });
});
