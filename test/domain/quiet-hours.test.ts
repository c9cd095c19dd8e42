// Guarantees of quiet hours: what the clock on the wall says decides, over midnight, in gaps and in hours that come twice.
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { type QuietHours, quietUntil } from "../../shared/domain/quiet-hours.ts";

const NIGHT: QuietHours = { from: "21:00", to: "08:00" };
const until = (local: string, zone: string, hours = NIGHT) => {
  const at = Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;
  const end = quietUntil(at, hours, zone);
  return end === undefined
    ? undefined
    : Temporal.Instant.fromEpochMilliseconds(end).toZonedDateTimeISO(zone).toString({ timeZoneName: "never" });
};

describe("quiet hours", () => {
  test.each([
    ["2026-03-02T20:59:59.999", undefined],
    ["2026-03-02T21:00", "2026-03-03T08:00:00+01:00"],
    ["2026-03-02T23:59:59.999", "2026-03-03T08:00:00+01:00"],
    ["2026-03-03T00:00", "2026-03-03T08:00:00+01:00"],
    ["2026-03-03T07:59:59.999", "2026-03-03T08:00:00+01:00"],
    ["2026-03-03T08:00", undefined],
    ["2026-03-03T12:00", undefined],
  ])("over midnight: at %s in Paris they last until %s", (local, expected) => {
    expect(until(local, "Europe/Paris")).toBe(expected);
  });

  test("within one day", () => {
    const siesta = { from: "13:00", to: "15:30" };
    expect(until("2026-03-02T12:59", "Europe/Paris", siesta)).toBeUndefined();
    expect(until("2026-03-02T13:00", "Europe/Paris", siesta)).toBe("2026-03-02T15:30:00+01:00");
    expect(until("2026-03-02T15:30", "Europe/Paris", siesta)).toBeUndefined();
  });

  test("are those of the reader's zone", () => {
    const at = Date.UTC(2026, 2, 2, 6);
    expect(iso(quietUntil(at, NIGHT, "Europe/Paris") as Instant)).toBe("2026-03-02T07:00:00.000Z");
    expect(iso(quietUntil(at, NIGHT, "America/New_York") as Instant)).toBe("2026-03-02T13:00:00.000Z");
    expect(quietUntil(at, NIGHT, "Asia/Kathmandu")).toBeUndefined();
  });

  test("an end that clocks skip is the first moment after the gap", () => {
    expect(until("2026-03-29T01:30", "Europe/Paris", { from: "21:00", to: "02:30" })).toBe("2026-03-29T03:00:00+02:00");
  });

  test("hours that clocks skip altogether are not there", () => {
    expect(until("2026-03-29T01:59", "Europe/Paris", { from: "02:00", to: "03:00" })).toBeUndefined();
    expect(until("2026-03-29T03:00", "Europe/Paris", { from: "02:00", to: "03:00" })).toBeUndefined();
  });

  test("an hour that comes twice is quiet twice", () => {
    const hours = { from: "21:00", to: "02:30" };
    const first = Date.UTC(2026, 9, 25, 0, 10);
    const ends = [0, HOUR_MS].map((later) => iso(quietUntil(first + later, hours, "Europe/Paris") as Instant));
    expect(ends).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]);
    // Between the two, half past two to three, it is not.
    expect(quietUntil(Date.UTC(2026, 9, 25, 0, 40), hours, "Europe/Paris")).toBeUndefined();
  });

  test("a day that a country skips takes its night with it", () => {
    expect(until("2011-12-29T22:00", "Pacific/Apia")).toBe("2011-12-31T08:00:00+14:00");
  });
});

/** Days around which clocks change, and an ordinary one. */
const CHANGES: [zone: string, day: string][] = [
  ["Europe/Paris", "2026-03-29"],
  ["Europe/Paris", "2026-10-25"],
  ["America/New_York", "2026-03-08"],
  ["America/New_York", "2026-11-01"],
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Pacific/Apia", "2011-12-30"],
  ["Pacific/Apia", "2021-04-04"],
  ["Asia/Kathmandu", "2026-05-01"],
];

/** Every minute of five days around a day, as the clock on the wall shows it, reckoned by nothing but Temporal. */
const wall = new Map(
  CHANGES.map(([zone, day]) => {
    const first = Date.parse(day) - 2 * DAY_MS;
    const minutes = Array.from({ length: 5 * 24 * 60 }, (_, n) =>
      Temporal.Instant.fromEpochMilliseconds(first + n * MINUTE_MS)
        .toZonedDateTimeISO(zone)
        .toPlainTime()
        .toString({ smallestUnit: "minute" }),
    );
    return [`${zone} ${day}`, { first, minutes }];
  }),
);

describe("by brute force, minute by minute", () => {
  const times = fc.integer({ min: 0, max: 24 * 12 - 1 }).map((n) => {
    const [hour, minute] = [Math.floor(n / 12), (n % 12) * 5].map((part) => String(part).padStart(2, "0"));
    return `${hour}:${minute}`;
  });
  const written = fc.tuple(times, times).filter(([from, to]) => from !== to);

  test.each(CHANGES)("in %s around %s they end at the first instant that is not quiet", (zone, day) => {
    const { first, minutes } = wall.get(`${zone} ${day}`) as { first: Instant; minutes: string[] };
    fc.assert(
      fc.property(fc.oneof(fc.constant(["21:00", "08:00"] as const), written), ([from, to]) => {
        const isQuiet = (time: string) => (from < to ? from <= time && time < to : from <= time || time < to);
        let end: Instant | undefined;
        // Backwards: the last day only tells where the night before it ends.
        for (let n = minutes.length - 1; n >= 0; n--) {
          const at = first + n * MINUTE_MS;
          const quiet = isQuiet(minutes[n] as string);
          if (!quiet) end = at;
          if (end === undefined || n >= 4 * 24 * 60) continue;
          const expected = quiet ? end : undefined;
          if (
            quietUntil(at, { from, to }, zone) !== expected ||
            quietUntil(at + MINUTE_MS - 1, { from, to }, zone) !== expected
          )
            expect({ at: iso(at), answer: quietUntil(at, { from, to }, zone) }).toEqual({
              at: iso(at),
              answer: expected,
            });
        }
      }),
      { numRuns: 40 },
    );
  });
});
