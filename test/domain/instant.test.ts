// Guarantees of instants and durations: what is read is a real point in time, and what is not is refused, never guessed.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS, parseDuration, parseInstant, utcDay } from "../../shared/domain/instant.ts";

describe("parseInstant", () => {
  test.each([
    ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01T10:00:00.5Z", "2026-03-01T10:00:00.500Z"],
    ["2026-03-01T10:00:00,123456789Z", "2026-03-01T10:00:00.123Z"],
    ["2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"],
    ["2026-03-01T10:00:00-0530", "2026-03-01T15:30:00.000Z"],
    ["2026-03-01T00:30:00+02:00", "2026-02-28T22:30:00.000Z"],
    ["2024-02-29T23:30:00-02:00", "2024-03-01T01:30:00.000Z"],
    ["2026-03-01T10:00", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01 10:00:00", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01", "2026-03-01T00:00:00.000Z"],
  ])("%s is %s", (text, expected) => {
    const at = parseInstant(text);
    expect(at === undefined ? undefined : iso(at)).toBe(expected);
  });

  test.each([
    "2026-02-30",
    "2025-02-29T00:00:00Z",
    "2026-02-30T10:00:00+02:00",
    "2026-04-31T10:00:00",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-03-01T24:00:00Z",
    "2026-03-01T25:00:00Z",
    "2026-03-01T10:60:00Z",
    "2026-03-01T10:00:00+24:00",
    "2026-03-01T10:00:00+01:60",
    "03/01/2026",
    "1 March 2026",
    "2026-3-1",
    "1772359200",
    "2026-W10",
    "",
    " 2026-03-01",
    "2026-03-01T10:00:00Z; DROP",
  ])("%j is no instant", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test("an instant that would not sort as text is refused, because keys sort by it", () => {
    expect(parseInstant("9999-12-31T23:00:00-05:00")).toBeUndefined();
    expect(parseInstant("0000-01-01T00:00:00+05:00")).toBeUndefined();
  });

  test("what iso writes is read back to the same millisecond, and texts sort as instants do", () => {
    const instant = fc.integer({ min: Date.UTC(0), max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(parseInstant(iso(a))).toBe(a);
        expect(Math.sign(a - b)).toBe(iso(a) === iso(b) ? 0 : iso(a) < iso(b) ? -1 : 1);
      }),
    );
  });

  test("the offset only shifts: the same wall clock at +hh:mm is that much earlier", () => {
    const two = (n: number) => String(n).padStart(2, "0");
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.constantFrom(1, -1),
        (hours, minutes, sign) => {
          const text = `2026-06-15T12:00:00${sign === 1 ? "+" : "-"}${two(hours)}:${two(minutes)}`;
          expect(parseInstant(text)).toBe(Date.UTC(2026, 5, 15, 12) - sign * (hours * HOUR_MS + minutes * MINUTE_MS));
        },
      ),
    );
  });
});

describe("parseDuration", () => {
  test.each([
    ["30 days", 30 * DAY_MS],
    ["1 day", DAY_MS],
    ["12 hours", 12 * HOUR_MS],
    ["90 minutes", 90 * MINUTE_MS],
    ["2 weeks", 14 * DAY_MS],
    ["  3 days ", 3 * DAY_MS],
  ])("%j", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "days", "3", "3 months", "1.5 days", "-3 days", "3 days 2 hours", "P3D", "three days"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

test("a UTC day begins at midnight, before 1970 too", () => {
  expect(utcDay(Date.UTC(1970, 0, 2))).toBe(1);
  expect(utcDay(Date.UTC(1970, 0, 2) - 1)).toBe(0);
  expect(utcDay(-1)).toBe(-1);
});
