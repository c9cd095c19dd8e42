// Guarantees of conditions that time turns: at which instant exactly, in zones, leap years and clock changes too.
import { describe, expect, test } from "vitest";
import type { Facts, Needs } from "../../shared/domain/clause.ts";
import { compileCondition } from "../../shared/domain/condition.ts";
import { mergeSpecs } from "../../shared/domain/counter.ts";
import type { Event } from "../../shared/domain/event.ts";
import { fold } from "../../shared/domain/fold.ts";
import { DAY_MS, HOUR_MS, type Instant, iso } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { aCatalogue, anEvent, anIdentify, aProfile, NOW } from "../support/builders.ts";

const { settings, constants } = aCatalogue();

function judging(condition: Json, events: Event[], zone = "UTC") {
  const needs: Needs = { counters: [], segments: [] };
  const rule = compileCondition(condition, { path: "where", needs });
  const counters = Map.groupBy(mergeSpecs(needs.counters), (spec) => spec.eventType);
  const profile = aProfile();
  for (const event of events) fold(profile, event, { settings, constants, counters });
  const facts: Facts = { profile, zone: () => zone, segment: () => ({ is: undefined }) };
  return {
    at: (at: Instant) => rule.judge(facts, at),
    found: (at: Instant) => rule.found(facts, at),
    says: rule.says,
  };
}

/** A verdict with its instants as people write them. */
const readable = ({ is, since, flipAt }: Verdict) => [is, since && iso(since), flipAt && iso(flipAt)];
const utc = (text: string) => Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text}Z`);
const spent = (day: string, euros: number) =>
  anEvent(
    "purchase.completed",
    { amount: { amount: euros * 100, currency: "EUR" } },
    { occurredAt: utc(`${day}T10:00:00`) },
  );
const told = (value: Json, at = NOW) => [anIdentify({ fact: value }, { occurredAt: at })];

describe("a sum in a window", () => {
  const history = [spent("2026-03-01", 100), spent("2026-03-03", 10), spent("2026-03-04", 50), spent("2026-03-06", 30)];
  const sum = (comparison: JsonObject, events = history) =>
    judging({ sum: "purchase.completed", of: "amount", within: "7 days", ...comparison }, events);

  test("is of whole UTC days: that of seven days holds today and the six days before", () => {
    const { found } = sum({ gte: "1 EUR" });
    expect(found(utc("2026-03-07T23:59:59.999"))).toEqual({ amount: 19_000, currency: "EUR" });
    expect(found(utc("2026-03-08"))).toEqual({ amount: 9_000, currency: "EUR" });
    expect(found(utc("2026-03-20"))).toEqual({ amount: 0, currency: "EUR" });
  });

  test("turns at the start of the day on which enough has left the window, not with every day that leaves it", () => {
    expect(readable(sum({ gte: "80 EUR" }).at(utc("2026-03-06T12:00:00")))).toEqual([
      true,
      "2026-03-06T10:00:00.000Z",
      "2026-03-11T00:00:00.000Z",
    ]);
    expect(readable(sum({ gte: "80 EUR" }).at(utc("2026-03-30T12:00:00")))).toEqual([
      false,
      "2026-03-11T00:00:00.000Z",
      undefined,
    ]);
    expect(readable(sum({ lt: "500 EUR" }).at(utc("2026-03-06T12:00:00")))).toEqual([
      true,
      "2026-03-06T10:00:00.000Z",
      undefined,
    ]);
  });

  test("may turn and turn back: each time is told", () => {
    const between = sum({ between: ["80 EUR", "90 EUR"] });
    expect(readable(between.at(utc("2026-03-07")))).toEqual([
      false,
      "2026-03-06T10:00:00.000Z",
      "2026-03-08T00:00:00.000Z",
    ]);
    expect(readable(between.at(utc("2026-03-08")))).toEqual([
      true,
      "2026-03-08T00:00:00.000Z",
      "2026-03-11T00:00:00.000Z",
    ]);
    expect(readable(between.at(utc("2026-03-11")))).toEqual([false, "2026-03-11T00:00:00.000Z", undefined]);
  });

  test("an average that nothing is left of becomes unknown", () => {
    const average = judging({ average: "purchase.completed", of: "amount", within: "2 days", lt: "40 EUR" }, history);
    expect(readable(average.at(utc("2026-03-07")))).toEqual([
      true,
      "2026-03-06T10:00:00.000Z",
      "2026-03-08T00:00:00.000Z",
    ]);
    expect(average.at(utc("2026-03-08")).is).toBeUndefined();
    expect(average.found(utc("2026-03-08"))).toBeNull();
  });

  test("an average is compared to the fraction of a cent, and shown rounded", () => {
    const thirds = [spent("2026-03-01", 50), spent("2026-03-01", 50), spent("2026-03-01", 50.01)];
    const average = judging({ average: "purchase.completed", of: "amount", gt: "50 EUR" }, thirds);
    expect(average.at(NOW).is).toBe(true);
    expect(average.found(NOW)).toEqual({ amount: 5_000, currency: "EUR" });
    expect(average.says).toBe('average of amount of purchase.completed gt "50 EUR"');
  });

  test("in the past leaves out the days, and the single events, that came later", () => {
    expect(sum({ gte: "1 EUR" }).found(utc("2026-03-04T09:00:00"))).toEqual({ amount: 11_000, currency: "EUR" });
    expect(sum({ gte: "1 EUR" }).found(utc("2026-03-04T10:00:00"))).toEqual({ amount: 16_000, currency: "EUR" });
  });
});

describe("first and last", () => {
  const visits = [0, 5, 9].map((day) => anEvent("page.viewed", {}, { occurredAt: NOW + day * DAY_MS }));

  test("within and olderThan leave no gap and never hold together: did within, and did not for, say the same", () => {
    const end = NOW + 12 * DAY_MS;
    for (const at of [end - 1, end, end + 1]) {
      const is = (condition: JsonObject) => judging(condition, visits).at(at).is;
      expect(is({ last: "page.viewed", within: "3 days" })).toBe(is({ did: "page.viewed", within: "3 days" }));
      expect(is({ last: "page.viewed", olderThan: "3 days" })).toBe(is({ didNot: "page.viewed", for: "3 days" }));
      expect(is({ last: "page.viewed", within: "3 days" })).toBe(at < end);
    }
    expect(judging({ last: "page.viewed", olderThan: "3 days" }, visits).at(end)).toEqual({ is: true, since: end });
    expect(judging({ last: "page.viewed", olderThan: "3 days" }, visits).at(end - 1).flipAt).toBe(end);
  });

  test("is the first there was at the instant, and the last one up to it", () => {
    const last = judging({ last: "page.viewed", within: "1 days" }, visits);
    expect([last.found(NOW - 1), last.found(NOW + 8 * DAY_MS)]).toEqual([null, iso(NOW + 5 * DAY_MS)]);
    const first = judging({ first: "page.viewed", within: "1 days" }, visits);
    expect([first.found(NOW - 1), first.found(NOW + 8 * DAY_MS)]).toEqual([null, iso(NOW)]);
  });
});

describe("a date", () => {
  test("is midnight in the person's own zone, also where it is compared with", () => {
    const paris = judging({ date: "fact", ahead: "1 days" }, told("2026-05-01"), "Europe/Paris");
    expect(readable(paris.at(utc("2026-04-30T00:00:00"))).slice(0, 2)).toEqual([true, "2026-04-29T22:00:00.000Z"]);
    expect(paris.at(utc("2026-04-30T22:00:00")).is).toBe(false);
    for (const zone of ["Pacific/Kiritimati", "America/Los_Angeles"]) {
      expect(judging({ date: "fact", before: "2026-05-01" }, told("2026-05-01"), zone).at(NOW).is).toBe(false);
      expect(
        judging({ date: "fact", before: "2026-05-02", after: "2026-04-30" }, told("2026-05-01"), zone).at(NOW).is,
      ).toBe(true);
    }
  });

  test("was nothing before it was told", () => {
    expect(judging({ date: "fact", olderThan: "1 days" }, told("2020-01-01", NOW)).at(NOW + 5)).toEqual({
      is: true,
      since: NOW,
    });
  });
});

describe("an anniversary", () => {
  const days = (fact: string, zone: string, year: number) => {
    const { at } = judging({ anniversary: "fact" }, told(fact, utc("2020-01-01")), zone);
    const from = at(utc(`${year}-01-02`)).flipAt as number;
    return [iso(from), iso(at(from).flipAt as number)];
  };

  test.each([
    ["in Paris", "1990-05-17", "Europe/Paris", 2026, ["2026-05-16T22:00:00.000Z", "2026-05-17T22:00:00.000Z"]],
    [
      "of 29 February in a plain year",
      "1992-02-29",
      "UTC",
      2026,
      ["2026-02-28T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    ],
    ["of 29 February in a leap year", "--02-29", "UTC", 2028, ["2028-02-29T00:00:00.000Z", "2028-03-01T00:00:00.000Z"]],
    ["on a day of 23 hours", "--03-29", "Europe/Paris", 2026, ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]],
    [
      "where midnight is skipped",
      "--04-24",
      "Africa/Cairo",
      2026,
      ["2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"],
    ],
    [
      "of the last day of the year",
      "--12-31",
      "Pacific/Kiritimati",
      2026,
      ["2026-12-30T10:00:00.000Z", "2026-12-31T10:00:00.000Z"],
    ],
  ] as [string, string, string, number, string[]][])("%s lasts the local day", (...[_what, fact, zone, year, span]) => {
    expect(days(fact, zone, year)).toEqual(span);
  });

  test("is not kept in the year it began", () => {
    const { at } = judging({ anniversary: "fact" }, told("2026-03-02", NOW - DAY_MS));
    expect(readable(at(NOW))).toEqual([false, iso(NOW - DAY_MS), "2027-03-02T00:00:00.000Z"]);
  });

  test("that has not come yet this year is over since last year's", () => {
    const { at } = judging({ anniversary: "fact" }, told("--11-05", utc("2020-01-01")));
    expect(readable(at(NOW))).toEqual([false, "2025-11-06T00:00:00.000Z", "2026-11-05T00:00:00.000Z"]);
  });

  test("within days reaches over New Year, and is one stretch up to the day itself", () => {
    const { at } = judging({ anniversary: "fact", within: "7 days" }, told("--01-02"), "UTC");
    expect(readable(at(utc("2026-12-26")))).toEqual([true, "2026-12-26T00:00:00.000Z", "2027-01-03T00:00:00.000Z"]);
    expect(readable(at(utc("2026-12-25T23:59:59.999")))).toEqual([false, iso(NOW), "2026-12-26T00:00:00.000Z"]);
    expect(readable(at(utc("2027-01-03")))).toEqual([false, "2027-01-03T00:00:00.000Z", "2027-12-26T00:00:00.000Z"]);
  });
});

test("did since entry within a window ends with the window", () => {
  const needs: Needs = { counters: [], segments: [] };
  const rule = compileCondition({ did: "page.viewed", since: "entry", within: "3 hours" }, { path: "where", needs });
  const profile = aProfile();
  profile.counters["page.viewed"] = { count: 2, recent: [NOW + HOUR_MS, NOW] };
  const facts: Facts = { profile, zone: () => "UTC", segment: () => ({ is: undefined }), enteredAt: NOW };
  expect(rule.judge(facts, NOW + 2 * HOUR_MS)).toEqual({ is: true, since: NOW + HOUR_MS, flipAt: NOW + 4 * HOUR_MS });
  expect(rule.judge(facts, NOW + 4 * HOUR_MS)).toMatchObject({ is: false, since: NOW + 4 * HOUR_MS });
  expect(rule.says).toBe("did page.viewed atLeast 1 within 3 hours since entry");
});
