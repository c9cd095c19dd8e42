// Guarantees of the estimate when all mails will be out: the rate, whole windows of the daily quota, and what must be resumed.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, SECOND_MS } from "../../shared/domain/instant.ts";
import {
  type Backlog,
  type DailyCeiling,
  type SendingLimits,
  type SendingRate,
  sendOutTime,
} from "../../shared/domain/send-out-time.ts";
import { NOW } from "../support/builders.ts";

type Asked = Partial<Backlog & SendingRate>;
const NOTHING: Backlog = { total: 0, stopped: 0, offline: 0, sandboxed: 0, tooLate: 0 };
const out = (asked: Asked, closed?: string, more: Partial<SendingLimits> = {}) => {
  const all = Object.assign({ ...NOTHING, perSecond: 10, perDay: 50_000, sentToday: 0 }, asked);
  return sendOutTime(all, all, { now: NOW, ...(closed !== undefined && { closed }), ...more });
};
/** A ceiling of 1,000 a day with 300 mails waiting, whose day ends in an hour. */
const aCeiling = (other: Partial<DailyCeiling> = {}): DailyCeiling => ({
  of: "the shop",
  going: 300,
  used: 0,
  most: 1_000,
  endsAt: NOW + HOUR_MS,
  ...other,
});

describe("all mails will be out", () => {
  test.each([
    ["at once, when nothing waits", { total: 0 }, 0],
    ["backlog / rate later", { total: 100 }, 10 * SECOND_MS],
    ["up to the last mail of the quota", { total: 40_000, sentToday: 10_000 }, 4_000 * SECOND_MS],
    ["in the next window, from one mail over the quota", { total: 40_001, sentToday: 10_000 }, DAY_MS + SECOND_MS / 10],
    ["in the next window, all of it", { total: 100_000 }, DAY_MS + 5_000 * SECOND_MS],
    ["a window later for one more mail", { total: 100_001 }, 2 * DAY_MS + SECOND_MS / 10],
    ["in the next window, when more left than the quota", { total: 10, sentToday: 60_000 }, DAY_MS + SECOND_MS],
    ["from the instant the quota is open again", { total: 10, quotaUntil: NOW + HOUR_MS }, HOUR_MS + SECOND_MS],
    ["by the rate alone, when the quota was used up before", { total: 10, quotaUntil: NOW }, SECOND_MS],
    [
      "by the rate alone, without a daily limit",
      { total: 2_000_000, perDay: Number.MAX_SAFE_INTEGER },
      200_000 * SECOND_MS,
    ],
    ["when the gates let the last one go", { total: 10, heldUntil: NOW + DAY_MS }, DAY_MS],
    ["later than the gates say, when the rate takes longer", { total: 100, heldUntil: NOW + 1 }, 10 * SECOND_MS],
    ["counting only those that need no resume", { total: 100, stopped: 90 }, SECOND_MS],
  ] as [string, Asked, number][])("%s", (_what, asked, laterMs) => {
    expect(iso(out(asked).at ?? 0)).toBe(iso(NOW + laterMs));
  });

  test.each([
    ["all wait for a resume", () => out({ total: 3, stopped: 3 }), "3 mails must be resumed first."],
    [
      "their campaigns are paused in their file",
      () => out({ total: 2, offline: 2 }),
      "2 mails of campaigns that are paused in their file: publish them live first.",
    ],
    [
      "the sandbox does not let them through",
      () => out({ total: 2, sandboxed: 2 }),
      "2 mails to addresses that the provider's sandbox does not let through.",
    ],
    [
      "all sending is paused",
      () => out({ total: 1 }, "all sending is paused"),
      "1 mail cannot leave: all sending is paused.",
    ],
    [
      "the provider lets none out",
      () => out({ total: 1_000, perDay: 0 }),
      "1,000 mails cannot leave: the provider lets none out.",
    ],
  ])("never by themselves, when %s", (_what, reckoned, sentence) => {
    expect(reckoned()).toEqual({ says: [sentence] });
  });

  test("and the reckoning is told in words", () => {
    const { says } = out({ total: 120_500, stopped: 500, heldUntil: NOW + 9 * DAY_MS, sentToday: 45_000 });
    expect(says).toEqual([
      "120,000 mails at 10 a second.",
      "The provider takes 50,000 in 24 hours, 5,000 more now: the rest needs 3 windows of 24 hours behind this one.",
      `The gates hold some of them until ${iso(NOW + 9 * DAY_MS)}.`,
      "Not in this time: 500 mails must be resumed first.",
    ]);
  });

  test.each([
    ["at once, with room for all today", [aCeiling({ used: 700 })], 30 * SECOND_MS],
    ["next day, from one mail over the ceiling", [aCeiling({ used: 701 })], HOUR_MS + SECOND_MS / 10],
    ["next day, when today is full", [aCeiling({ used: 1_000 })], HOUR_MS + 30 * SECOND_MS],
    ["next day, when more left than a ceiling that was lowered", [aCeiling({ used: 5_000 })], HOUR_MS + 30 * SECOND_MS],
    [
      "two days later, 1 behind two days",
      [aCeiling({ going: 2_001, used: 1_000 })],
      HOUR_MS + 2 * DAY_MS + SECOND_MS / 10,
    ],
    [
      "when the slowest of several has let go",
      [aCeiling(), aCeiling({ most: 100 })],
      HOUR_MS + DAY_MS + 10 * SECOND_MS,
    ],
  ] as [string, DailyCeiling[], number][])("with a daily ceiling: %s", (_what, ceilings, laterMs) => {
    const asked = { total: Math.max(...ceilings.map(({ going }) => going)) };
    expect(iso(out(asked, undefined, { ceilings }).at ?? 0)).toBe(iso(NOW + laterMs));
  });

  test("and says which ceiling needs how many days, and that quiet hours may add hours", () => {
    const ceilings = [aCeiling({ going: 1_509, used: 900, most: 1_000 }), aCeiling({ of: "welcome", going: 1 })];
    expect(out({ total: 1_510 }, undefined, { ceilings, quietHours: true }).says).toEqual([
      "1,510 mails at 10 a second.",
      "maxPerDay of the shop is 1,000, 100 more today: the rest needs 2 days behind this one.",
      "Quiet hours may add hours.",
    ]);
    expect(out({ total: 0 }, undefined, { quietHours: true }).says).toEqual(["Nothing waits to be sent."]);
  });

  test("without those that waited too long, which are told apart", () => {
    expect(out({ total: 110, tooLate: 100 })).toEqual({
      at: NOW + SECOND_MS,
      says: ["10 mails at 10 a second.", "100 mails waited too long and will not leave: not worth sending any more."],
    });
    expect(out({ total: 382, tooLate: 353 }, "all sending is paused")).toEqual({
      says: [
        "29 mails cannot leave: all sending is paused.",
        "353 mails waited too long and will not leave: not worth sending any more.",
      ],
    });
    expect(out({ total: 3, tooLate: 3 }).at).toBe(NOW);
  });

  test("never earlier for more mails", () => {
    const instants = [1, 10, 49_999, 50_000, 50_001, 99_999, 100_001, 400_000].map((total) => out({ total }).at ?? 0);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });
});
