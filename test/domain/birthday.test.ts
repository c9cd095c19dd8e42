// Guarantees of birthdays: once per calendar year of the person's own zone, in the morning, whatever is changed meanwhile.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextBirthday, parseBirthday } from "../../shared/domain/birthday.ts";
import { DAY_MS, HOUR_MS, type Instant, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { localYear } from "../../shared/domain/zone.ts";
import {
  aCatalogue,
  aLife,
  anIdentify,
  days,
  derivedOf,
  type Life,
  NOW,
  REACHABLE,
  sendsOf,
  smallShop,
} from "../support/builders.ts";

describe("a birthday is read", () => {
  test.each([
    ["1990-05-17", { month: 5, day: 17 }],
    ["--05-17", { month: 5, day: 17 }],
    ["1992-02-29", { month: 2, day: 29 }],
    ["2000-02-29", { month: 2, day: 29 }],
    ["--02-29", { month: 2, day: 29 }],
    ["1990-12-31", { month: 12, day: 31 }],
  ])("%s", (text, date) => {
    expect(parseBirthday(text)).toEqual(date);
  });

  test.each([
    "1991-02-29",
    "1900-02-29",
    "1990-02-30",
    "1990-04-31",
    "1990-13-01",
    "1990-00-10",
    "1990-01-00",
    "--2-9",
    "17/05/1990",
    "1990-05",
    "-05-17",
    "",
  ])("%j is none", (text) => {
    expect(parseBirthday(text)).toBeUndefined();
  });
});

describe("the next birthday", () => {
  const next = (
    birthday: string,
    after: string,
    changes: { zone?: string; reachedYear?: number; at?: string } = {},
  ) => {
    const at = nextBirthday(birthday, { zone: "Europe/Paris", at: "09:00", after: Date.parse(after), ...changes });
    return at === undefined ? undefined : iso(at);
  };

  test.each([
    ["this year", "1990-05-17", "2026-03-02T10:00Z", {}, "2026-05-17T07:00:00.000Z"],
    ["today, still to come", "1990-03-02", "2026-03-02T07:59:59.999Z", {}, "2026-03-02T08:00:00.000Z"],
    ["today, at this very instant: next year", "1990-03-02", "2026-03-02T08:00Z", {}, "2027-03-02T08:00:00.000Z"],
    ["past this year", "1990-01-05", "2026-03-02T10:00Z", {}, "2027-01-05T08:00:00.000Z"],
    ["reached this year", "1990-05-17", "2026-03-02T10:00Z", { reachedYear: 2026 }, "2027-05-17T07:00:00.000Z"],
    ["29 February in a plain year", "--02-29", "2026-01-02T10:00Z", {}, "2026-02-28T08:00:00.000Z"],
    ["29 February in a leap year", "--02-29", "2028-01-02T10:00Z", {}, "2028-02-29T08:00:00.000Z"],
    [
      "29 February between 28 February and 1 March of a leap year",
      "--02-29",
      "2028-02-28T12:00Z",
      {},
      "2028-02-29T08:00:00.000Z",
    ],
    ["29 February in 2100, no leap year", "--02-29", "2100-01-02T10:00Z", {}, "2100-02-28T08:00:00.000Z"],
    [
      "1 January east of us, still last year here",
      "--01-01",
      "2026-12-31T12:00Z",
      { zone: "Pacific/Kiritimati" },
      "2026-12-31T19:00:00.000Z",
    ],
    [
      "31 December west of us, already next year here",
      "--12-31",
      "2027-01-01T03:00Z",
      { zone: "America/Los_Angeles", at: "20:00" },
      "2027-01-01T04:00:00.000Z",
    ],
    ["in the hour a clock change skips", "--03-29", "2026-03-02T10:00Z", { at: "02:30" }, "2026-03-29T01:00:00.000Z"],
  ])("%s", (...[_what, birthday, after, changes, expected]) => {
    expect(next(birthday, after, changes)).toBe(expected);
  });

  test("of a date that does not exist never comes", () => {
    expect(next("1991-02-29", "2026-03-02T10:00Z")).toBeUndefined();
  });
});

const reachedIn = (life: Life) => derivedOf(life.effects).filter(({ type }) => type === "birthday.reached");
const tell = (life: Life, at: Instant, traits: JsonObject) => life.arrive(at, [anIdentify(traits, { occurredAt: at })]);

describe("birthday.reached", () => {
  test("comes every year at nine in the person's own zone, with the year and the age", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "1990-05-17", country: "US" });
    life.passUntil(Date.UTC(2028, 0, 1));
    expect(reachedIn(life).map(({ occurredAt, properties }) => [iso(occurredAt), properties])).toEqual([
      ["2026-05-17T13:00:00.000Z", { year: 2026, age: 36 }],
      ["2027-05-17T13:00:00.000Z", { year: 2027, age: 37 }],
    ]);
  });

  test("says no age when the year of birth is not known", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "--05-17" });
    life.passUntil(NOW + days(100));
    expect(reachedIn(life).map(({ properties }) => properties)).toEqual([{ year: 2026 }]);
  });

  test("comes once in a year whose birthday is changed to a later day", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "1990-05-17" });
    tell(life, NOW + days(100), { birthday: "1990-11-03" });
    life.passUntil(Date.UTC(2028, 0, 1));
    expect(reachedIn(life).map(({ occurredAt }) => iso(occurredAt).slice(0, 10))).toEqual(["2026-05-17", "2027-11-03"]);
  });

  test("changed before it came, comes on the new day", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "1990-05-17" });
    tell(life, NOW + days(1), { birthday: "1990-11-03" });
    life.passUntil(Date.UTC(2027, 0, 1));
    expect(reachedIn(life).map(({ occurredAt }) => iso(occurredAt).slice(0, 10))).toEqual(["2026-11-03"]);
  });

  test("taken away, does not come; given back in the same year, does not come twice", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "1990-03-03" });
    tell(life, NOW + days(10), { birthday: null });
    tell(life, NOW + days(20), { birthday: "1990-10-01" });
    tell(life, NOW + days(30), { birthday: "no date" });
    life.passUntil(Date.UTC(2028, 0, 1));
    expect(reachedIn(life).map(({ occurredAt }) => iso(occurredAt).slice(0, 10))).toEqual(["2026-03-03"]);
  });

  test("moves with the person: a changed zone comes at nine there, once", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "--05-17", timezone: "Europe/Paris" });
    tell(life, NOW + days(1), { timezone: "Asia/Tokyo" });
    life.passUntil(Date.UTC(2026, 4, 17, 0, 30));
    tell(life, Date.UTC(2026, 4, 17, 1), { timezone: "America/Los_Angeles" });
    life.passUntil(Date.UTC(2027, 0, 1));
    expect(reachedIn(life).map(({ occurredAt }) => iso(occurredAt))).toEqual(["2026-05-17T00:00:00.000Z"]);
  });

  test("of 1 January, reached east of the date line, is not reached again after a move west", () => {
    const life = aLife(aCatalogue());
    tell(life, NOW, { birthday: "--01-01", timezone: "Pacific/Kiritimati" });
    life.passUntil(Date.UTC(2026, 11, 31, 20));
    tell(life, Date.UTC(2026, 11, 31, 20), { timezone: "America/Los_Angeles" });
    life.passUntil(Date.UTC(2027, 6, 1));
    expect(reachedIn(life)).toMatchObject([{ properties: { year: 2027 } }]);
  });

  test("that passed before we heard of it does not come this year, and history does not bring it", () => {
    const life = aLife(smallShop());
    const told = anIdentify({ ...REACHABLE, birthday: "--02-20" }, { occurredAt: NOW - days(40), receivedAt: NOW });
    expect(told.late).toBe(true);
    life.arrive(NOW, [told]);
    life.passUntil(NOW + days(300));
    expect(reachedIn(life)).toEqual([]);
  });

  test("comes at most once per birthday year in any life of changed birthdays and zones", () => {
    const date = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 })).map(([month, day]) => {
      const two = (n: number) => String(n).padStart(2, "0");
      return `--${two(month)}-${two(day)}`;
    });
    const birthday = fc.oneof(date, fc.constantFrom("--02-29", "--01-01", "--12-31"));
    const timezone = fc.constantFrom("Europe/Paris", "Pacific/Kiritimati", "America/Los_Angeles", "nowhere");
    const change = fc.record({
      afterHours: fc.integer({ min: 1, max: 6_000 }),
      traits: fc.record({ birthday, timezone }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const life = aLife(aCatalogue());
        let at = NOW;
        for (const { afterHours, traits } of changes) {
          at += afterHours * HOUR_MS;
          tell(life, at, traits);
        }
        life.passUntil(at + 800 * DAY_MS);
        const years = reachedIn(life).map(({ properties }) => properties["year"]);
        expect(new Set(years).size).toBe(years.length);
      }),
      { numRuns: 150 },
    );
  });

  test("leaves out no year while nothing is changed, 29 February included", () => {
    for (const birthday of ["1992-02-29", "--01-01", "--12-31", "--03-29"]) {
      const life = aLife(aCatalogue());
      tell(life, Date.UTC(2026, 0, 1), { birthday, timezone: "America/New_York" });
      life.passUntil(Date.UTC(2034, 0, 1, 6));
      const years = reachedIn(life).map(({ occurredAt }) => localYear(occurredAt, "America/New_York"));
      expect(years).toEqual([2026, 2027, 2028, 2029, 2030, 2031, 2032, 2033]);
    }
  });
});

test("one birthday mail per birthday year leaves, not even a second one is intended", () => {
  const life = aLife(smallShop());
  tell(life, NOW, { ...REACHABLE, birthday: "--05-17" });
  tell(life, NOW + days(90), { birthday: "--09-01" });
  tell(life, NOW + days(91), { timezone: "Asia/Tokyo" });
  life.passUntil(Date.UTC(2028, 0, 1));
  const mails = sendsOf(life.effects).filter(({ campaign }) => campaign === "birthday");
  expect(mails.map(({ key, causeAt, expiresAt }) => [key, iso(causeAt).slice(0, 10), expiresAt - causeAt])).toEqual([
    ["2026", "2026-05-17", 12 * HOUR_MS],
    ["2027", "2027-09-01", 12 * HOUR_MS],
  ]);
});
