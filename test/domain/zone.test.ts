// Guarantees of zones: every profile has one that can be reckoned in, and a local time is found through clock changes.
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { iso } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { Traits } from "../../shared/domain/trait.ts";
import { isZone, localInstant, localYear, zoneOf } from "../../shared/domain/zone.ts";

const settings = { default: "Europe/Paris", byCountry: { CH: "Europe/Zurich" } };
const traits = (values: Record<string, Json>): Traits =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, at: 0, by: "s/1" }]));
const at = (date: string, time: string, zone: string) => {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return iso(localInstant({ year, month, day }, time, zone));
};

describe("the zone of a profile", () => {
  test.each([
    ["its own", { timezone: "America/New_York", country: "CH" }, "America/New_York"],
    ["its country's", { country: "CH" }, "Europe/Zurich"],
    ["its country's, written small", { country: "ch" }, "Europe/Zurich"],
    ["the default for an unknown country", { country: "XX" }, "Europe/Paris"],
    ["the default for nothing", {}, "Europe/Paris"],
    ["its country's when its own does not exist", { timezone: "Mars/Olympus", country: "CH" }, "Europe/Zurich"],
    ["the default when its own is no text", { timezone: 2 }, "Europe/Paris"],
    ["the default for a country named like a method", { country: "constructor" }, "Europe/Paris"],
  ])("is %s", (_what, values, zone) => {
    expect(zoneOf(traits(values), settings)).toBe(zone);
  });
});

describe("isZone", () => {
  test.each(["", "Paris", "+02:00", "UTC+1", "Europe/Paris ", "../etc/passwd", "2026"])("%j is none", (name) => {
    expect(isZone(name)).toBe(false);
  });

  test("whatever it takes can be reckoned in: no name makes an event fail later", () => {
    const odd = [
      "IST",
      "PST",
      "ACT",
      "EST",
      "EST5EDT",
      "GMT0",
      "Zulu",
      "US/Pacific",
      "europe/paris",
      "Asia/Calcutta",
      "Factory",
      "Etc/GMT+5",
    ];
    const names = [...Intl.supportedValuesOf("timeZone"), ...odd];
    const taken = names.filter(isZone);
    expect(taken.length).toBeGreaterThan(400);
    for (const zone of taken) expect(at("2026-03-29", "02:30", zone)).toMatch(/^2026-03-(28|29)T/);
  });
});

describe("a local time", () => {
  test.each([
    ["in winter", "2026-01-15", "09:00", "Europe/Paris", "2026-01-15T08:00:00.000Z"],
    ["in summer", "2026-07-15", "09:00", "Europe/Paris", "2026-07-15T07:00:00.000Z"],
    ["on the far side of the date line", "2026-01-01", "09:00", "Pacific/Kiritimati", "2025-12-31T19:00:00.000Z"],
    ["with a half-hour offset", "2026-01-15", "09:00", "Asia/Kolkata", "2026-01-15T03:30:00.000Z"],
    [
      "skipped by the clock: the first instant that exists",
      "2026-03-29",
      "02:30",
      "Europe/Paris",
      "2026-03-29T01:00:00.000Z",
    ],
    ["just before the gap", "2026-03-29", "01:59", "Europe/Paris", "2026-03-29T00:59:00.000Z"],
    ["skipped at midnight", "2026-03-29", "00:30", "Asia/Beirut", "2026-03-28T22:00:00.000Z"],
    ["that comes twice: the first one", "2026-10-25", "02:30", "Europe/Paris", "2026-10-25T00:30:00.000Z"],
    [
      "a day that a zone left out: the first instant after",
      "2011-12-30",
      "09:00",
      "Pacific/Apia",
      "2011-12-30T10:00:00.000Z",
    ],
    ["in a gap of half an hour", "2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:30:00.000Z"],
  ])("%s", (...[_what, date, time, zone, expected]) => {
    expect(at(date, time, zone)).toBe(expected);
  });

  test("of every day of the year at 09:00 is nine o'clock there", () => {
    for (const zone of ["Europe/Paris", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe"]) {
      for (let day = 1; day <= 365; day++) {
        const date = Temporal.PlainDate.from({ year: 2026, month: 1, day: 1 }).add({ days: day - 1 });
        const found = Temporal.Instant.from(at(date.toString(), "09:00", zone)).toZonedDateTimeISO(zone);
        expect(found.toPlainDateTime().toString()).toBe(`${date}T09:00:00`);
      }
    }
  });
});

test("the year is the zone's own", () => {
  const newYear = Date.UTC(2025, 11, 31, 23, 30);
  expect(localYear(newYear, "Europe/Paris")).toBe(2026);
  expect(localYear(newYear, "America/New_York")).toBe(2025);
});
