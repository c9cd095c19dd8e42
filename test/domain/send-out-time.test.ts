// Guarantees of the estimate when all mails will be out: the rate, whole windows of the daily quota, and what must be resumed.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, SECOND_MS } from "../../shared/domain/instant.ts";
import { type Backlog, type SendingRate, sendOutTime } from "../../shared/domain/send-out-time.ts";
import { NOW } from "../support/builders.ts";

type Asked = Partial<Backlog & SendingRate>;
const out = (asked: Asked, closed?: string) => {
  const all = { total: 0, stopped: 0, perSecond: 10, perDay: 50_000, sentToday: 0, ...asked };
  return sendOutTime(all, all, { now: NOW, ...(closed !== undefined && { closed }) });
};

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
    ["all wait for a resume", () => out({ total: 3, stopped: 3 }), "3 sends must be resumed first."],
    [
      "all sending is paused",
      () => out({ total: 1 }, "all sending is paused"),
      "1 send cannot leave: all sending is paused.",
    ],
    [
      "the provider lets none out",
      () => out({ total: 1_000, perDay: 0 }),
      "1,000 sends cannot leave: the provider lets none out.",
    ],
  ])("never by themselves, when %s", (_what, reckoned, sentence) => {
    expect(reckoned()).toEqual({ says: [sentence] });
  });

  test("and the reckoning is told in words", () => {
    const { says } = out({ total: 120_500, stopped: 500, heldUntil: NOW + 9 * DAY_MS, sentToday: 45_000 });
    expect(says).toEqual([
      "120,000 sends at 10 a second.",
      "The provider takes 50,000 in 24 hours, 5,000 more now: the rest needs 3 windows of 24 hours behind this one.",
      `The gates hold some of them until ${iso(NOW + 9 * DAY_MS)}.`,
      "Not in this time: 500 sends that must be resumed first.",
    ]);
  });

  test("never earlier for more mails", () => {
    const instants = [1, 10, 49_999, 50_000, 50_001, 99_999, 100_001, 400_000].map((total) => out({ total }).at ?? 0);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });
});
