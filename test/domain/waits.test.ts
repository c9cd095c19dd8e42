// Guarantees of waits: how long a run stands at each kind of wait, in the person's own zone, whatever the order of arrival.
import { describe, expect, test } from "vitest";
import { HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import {
  aCatalogue,
  aLife,
  anEvent,
  anIdentify,
  aReachable,
  days,
  type Life,
  NOW,
  publishedAfter,
  sendsOf,
} from "../support/builders.ts";

const campaign = (wait: Json, more: JsonObject = {}): JsonObject => ({
  campaign: "c",
  on: { event: "cart.updated", key: "cart_id" },
  sendBefore: "365 days",
  steps: [
    { id: "pause", wait },
    { id: "say", send: "mail" },
  ],
  ...more,
});
const waiting = (wait: Json, more: JsonObject = {}) =>
  aLife(aCatalogue({ campaigns: [campaign(wait, more)] }), aReachable(NOW - days(400)));
const aCart = (at: number, cart = "1") => anEvent("cart.updated", { cart_id: cart }, { occurredAt: at });
const mailsAt = (life: Life) => sendsOf(life.effects).map(({ intendedAt }) => iso(intendedAt).slice(0, 16));
const endsOf = (life: Life) =>
  life.effects.flatMap((effect) => (effect.kind === "run-ended" ? [[effect.reason, iso(effect.at).slice(0, 16)]] : []));

describe("a wait for a local time", () => {
  // NOW is Monday 2 March 2026, 10:00 UTC: 11:00 in Paris, 05:00 in New York.
  test.each([
    ["later today", "Europe/Paris", { until: "14:00" }, "2026-03-02T13:00"],
    ["already over today", "Europe/Paris", { until: "09:00" }, "2026-03-03T08:00"],
    ["now exactly", "Europe/Paris", { until: "11:00" }, "2026-03-02T10:00"],
    ["in the reader's own zone", "America/New_York", { until: "09:00" }, "2026-03-02T14:00"],
    ["on a named day", "Europe/Paris", { until: "09:00", on: ["thursday"] }, "2026-03-05T08:00"],
    ["on the same day next week", "Europe/Paris", { until: "09:00", on: ["monday"] }, "2026-03-09T08:00"],
    ["on any working day", "Europe/Paris", { until: "18:00", on: ["monday", "tuesday"] }, "2026-03-02T17:00"],
  ])("%s", (...[_what, timezone, wait, at]) => {
    const life = waiting(wait);
    life.arrive(NOW - 1, [anIdentify({ timezone }, { occurredAt: NOW - 1 })]);
    life.arrive(NOW, [aCart(NOW)]);
    life.passUntil(NOW + days(30));
    expect(mailsAt(life)).toEqual([at]);
  });

  test("is reckoned when the wait begins: who moves meanwhile is written to at the time that was meant then", () => {
    const life = waiting({ until: "14:00", on: ["monday"] });
    const from = NOW + days(1);
    life.arrive(from, [aCart(from)]);
    life.arrive(from + 1, [anIdentify({ timezone: "America/New_York" }, { occurredAt: from + 1 })]);
    life.passUntil(NOW + days(30));
    expect(mailsAt(life)).toEqual(["2026-03-09T13:00"]);
    expect(endsOf(life)).toEqual([["completed", "2026-03-09T13:00"]]);
  });

  test("a time that the clock change skips is the first valid instant after it, one that comes twice is the first", () => {
    const spring = Date.UTC(2026, 2, 28, 12);
    const autumn = Date.UTC(2026, 9, 24, 12);
    for (const [from, at] of [
      [spring, "2026-03-29T01:00"],
      [autumn, "2026-10-25T00:30"],
    ] as const) {
      const life = waiting({ until: "02:30" });
      life.arrive(from, [aCart(from)]);
      life.passUntil(from + days(2));
      expect(mailsAt(life)).toEqual([at]);
    }
  });
});

describe("a wait for a date", () => {
  const known = (traits: JsonObject, wait: Json) => {
    const life = waiting(wait);
    life.arrive(NOW - 1, [anIdentify(traits, { occurredAt: NOW - 1 })]);
    life.arrive(NOW, [aCart(NOW)]);
    return life;
  };
  const trial = { trialEndsAt: "2026-03-20" };

  test.each([
    ["the day itself, at midnight in the reader's zone", trial, { date: "trialEndsAt" }, "2026-03-19T23:00"],
    ["three days before", trial, { date: "trialEndsAt", offset: "-3 days" }, "2026-03-16T23:00"],
    ["at a local time", trial, { date: "trialEndsAt", offset: "-3 days", at: "09:00" }, "2026-03-17T08:00"],
    ["an instant", { trialEndsAt: "2026-03-20T12:34:00Z" }, { date: "trialEndsAt" }, "2026-03-20T12:34"],
    ["one day after", trial, { date: "trialEndsAt", offset: "1 day", at: "09:00" }, "2026-03-21T08:00"],
    [
      "a date that has passed is no reason to wait",
      { trialEndsAt: "2025-01-01" },
      { date: "trialEndsAt" },
      "2026-03-02T10:00",
    ],
  ])("%s", (...[_what, traits, wait, at]) => {
    const life = known(traits, wait);
    life.passUntil(NOW + days(60));
    expect(mailsAt(life)).toEqual([at]);
  });

  test("whole days are days of the calendar, also when a clock change lies between", () => {
    for (const [trialEndsAt, offset, at] of [
      ["2026-03-30", "-3 days", "2026-03-27T08:00"],
      ["2026-03-28", "1 day", "2026-03-29T07:00"],
      ["2026-10-24", "3 days", "2026-10-27T08:00"],
      ["2026-03-30", "-1 week", "2026-03-23T08:00"],
    ] as const) {
      const life = known({ trialEndsAt }, { date: "trialEndsAt", offset, at: "09:00" });
      life.passUntil(NOW + days(300));
      expect(mailsAt(life), trialEndsAt).toEqual([at]);
    }
  });

  test("a date that is moved into the past ends the wait when that is told, and one that is taken away the run", () => {
    for (const [moved, sent, ended] of [
      ["2026-03-01", ["2026-03-05T10:00"], "completed"],
      [null, [], "date-missing"],
    ] as const) {
      const life = known(trial, { date: "trialEndsAt" });
      life.arrive(NOW + days(3), [anIdentify({ trialEndsAt: moved }, { occurredAt: NOW + days(3) })]);
      life.passUntil(NOW + days(60));
      expect(mailsAt(life)).toEqual(sent);
      expect(endsOf(life)).toEqual([[ended, "2026-03-05T10:00"]]);
    }
  });

  test("a date nobody knows, or that does not exist, ends the run with a reason", () => {
    for (const traits of [
      {},
      { trialEndsAt: "2026-02-29" },
      { trialEndsAt: 5 },
      { trialEndsAt: "soon" },
    ] as JsonObject[]) {
      const life = known(traits, { date: "trialEndsAt" });
      expect(endsOf(life)).toEqual([["date-missing", "2026-03-02T10:00"]]);
      expect(mailsAt(life)).toEqual([]);
    }
  });

  test("a date that moves while a run waits moves the wait, in both directions", () => {
    for (const [moved, at] of [
      ["2026-04-10", "2026-04-09T22:00"],
      ["2026-03-05", "2026-03-04T23:00"],
    ] as const) {
      const life = known(trial, { date: "trialEndsAt" });
      life.arrive(NOW + days(1), [anIdentify({ trialEndsAt: moved }, { occurredAt: NOW + days(1) })]);
      life.passUntil(NOW + days(60));
      expect(mailsAt(life)).toEqual([at]);
    }
  });
});

describe("a wait for an event", () => {
  const wait = { event: "purchase.completed", key: "cart_id", timeout: "4 hours", onEvent: "exit" };
  const bought = (at: number, cart: Json = "1", receivedAt = at) =>
    anEvent("purchase.completed", { cart_id: cart }, { occurredAt: at, receivedAt });

  test("a cart that is not bought within four hours is reminded of", () => {
    const life = waiting(wait);
    life.arrive(NOW, [aCart(NOW)]);
    life.passUntil(NOW + days(1));
    expect(mailsAt(life)).toEqual(["2026-03-02T14:00"]);
    expect(endsOf(life)).toEqual([["completed", "2026-03-02T14:00"]]);
  });

  test("a cart that is bought is not, and the run ends when it is", () => {
    const life = waiting(wait);
    life.arrive(NOW, [aCart(NOW)]);
    life.arrive(NOW + HOUR_MS, [bought(NOW + HOUR_MS)]);
    life.passUntil(NOW + days(1));
    expect(mailsAt(life)).toEqual([]);
    expect(endsOf(life)).toEqual([["event-came", "2026-03-02T11:00"]]);
    expect(life.profile().runs).toEqual([]);
  });

  test("another cart's purchase, an earlier one and one without the key leave the run waiting", () => {
    const life = waiting(wait);
    life.arrive(NOW, [bought(NOW - 1), aCart(NOW)]);
    life.arrive(NOW + HOUR_MS, [
      bought(NOW + HOUR_MS, "2"),
      bought(NOW + HOUR_MS, null),
      bought(NOW + HOUR_MS, { a: 1 }),
    ]);
    life.passUntil(NOW + days(1));
    expect(mailsAt(life)).toEqual(["2026-03-02T14:00"]);
  });

  test("a number as key is the same as its text", () => {
    const life = waiting(wait);
    life.arrive(NOW, [anEvent("cart.updated", { cart_id: 17 }, { occurredAt: NOW })]);
    life.arrive(NOW + HOUR_MS, [bought(NOW + HOUR_MS, "17")]);
    expect(endsOf(life)).toEqual([["event-came", "2026-03-02T11:00"]]);
  });

  test("a long or odd key is found again too", () => {
    const odd = `cart with spaces # ${"x".repeat(80)}`;
    const life = waiting(wait);
    life.arrive(NOW, [aCart(NOW, odd)]);
    life.arrive(NOW + HOUR_MS, [bought(NOW + HOUR_MS, odd)]);
    expect(endsOf(life)).toEqual([["event-came", "2026-03-02T11:00"]]);
  });

  test("a purchase that arrives before its cart, late, or after the timeout it kept, counts when it happened", () => {
    const before = waiting(wait);
    before.arrive(NOW + HOUR_MS, [bought(NOW + HOUR_MS)]);
    before.arrive(NOW + 2 * HOUR_MS, [aCart(NOW)]);
    before.passUntil(NOW + days(1));
    expect(mailsAt(before)).toEqual([]);
    const tooLate = waiting(wait);
    tooLate.arrive(NOW, [aCart(NOW)]);
    tooLate.arrive(NOW + 5 * HOUR_MS, [bought(NOW + 5 * HOUR_MS)]);
    expect(mailsAt(tooLate)).toEqual(["2026-03-02T14:00"]);
  });

  test("where and no key: any matching event after the wait began", () => {
    const life = waiting({
      event: "purchase.completed",
      where: { property: "category", eq: "books" },
      timeout: "4 hours",
    });
    life.arrive(NOW, [aCart(NOW)]);
    life.arrive(NOW + 1_000, [anEvent("purchase.completed", { category: "music" }, { occurredAt: NOW + 1_000 })]);
    expect(mailsAt(life)).toEqual([]);
    life.arrive(NOW + MINUTE_MS, [
      anEvent("purchase.completed", { category: "books" }, { occurredAt: NOW + MINUTE_MS }),
    ]);
    expect(mailsAt(life)).toEqual(["2026-03-02T10:01"]);
  });

  test("what is six hours late is given two minutes for what happened behind it, in whatever batches it comes", () => {
    const present = NOW + 6 * HOUR_MS;
    for (const [cartAfter, boughtAfter, mails] of [
      [0, 0, 0],
      [0, 1_000, 0],
      [0, 3 * MINUTE_MS, 1],
    ] as const) {
      const life = waiting(wait);
      life.arrive(present + cartAfter, [{ ...aCart(NOW), receivedAt: present }]);
      life.arrive(present + boughtAfter, [bought(NOW + MINUTE_MS, "1", present)]);
      life.passUntil(present + days(1));
      expect(mailsAt(life)).toHaveLength(mails);
    }
  });

  test("a paused campaign does not forget that it came", () => {
    const campaigns = (status: string) =>
      aCatalogue({ campaigns: [campaign({ ...wait, onEvent: "continue" }, { status })] });
    const live = campaigns("live");
    const life = aLife(live, aReachable(NOW - days(400)));
    life.arrive(NOW, [aCart(NOW)]);
    const paused = publishedAfter(live, campaigns("paused"), NOW + 1);
    life.publish(paused, NOW + 1);
    life.arrive(NOW + HOUR_MS, [bought(NOW + HOUR_MS)]);
    for (let n = 1; n <= 20; n++) life.arrive(NOW + 6 * HOUR_MS + n, [bought(NOW + 6 * HOUR_MS + n)]);
    expect(mailsAt(life)).toEqual([]);
    life.publish(publishedAfter(paused, live, NOW + days(1)), NOW + days(1));
    expect(mailsAt(life)).toHaveLength(1);
    expect(endsOf(life)).toEqual([["completed", "2026-03-02T11:00"]]);
  });

  test("nothing that came in time ends the run where the timeout says so", () => {
    const life = waiting({ ...wait, onEvent: "continue", onTimeout: "exit" });
    life.arrive(NOW, [aCart(NOW)]);
    life.passUntil(NOW + days(1));
    expect(endsOf(life)).toEqual([["timeout", "2026-03-02T14:00"]]);
  });

  test("the same event may start one run and end the wait of an earlier one", () => {
    const life = waiting({ event: "cart.updated", timeout: "4 hours", onEvent: "exit" });
    life.arrive(NOW, [aCart(NOW, "1")]);
    life.arrive(NOW + HOUR_MS, [aCart(NOW + HOUR_MS, "2")]);
    life.passUntil(NOW + days(1));
    expect(endsOf(life)).toEqual([
      ["event-came", "2026-03-02T11:00"],
      ["completed", "2026-03-02T15:00"],
    ]);
  });
});

test("a campaign keyed by cart waits for each cart by itself", () => {
  const life = waiting({ event: "purchase.completed", key: "cart_id", timeout: "4 hours", onEvent: "exit" });
  for (const n of [1, 2, 3]) life.arrive(NOW + n, [aCart(NOW + n, String(n))]);
  life.arrive(NOW + HOUR_MS, [anEvent("purchase.completed", { cart_id: "2" }, { occurredAt: NOW + HOUR_MS })]);
  life.passUntil(NOW + days(1));
  expect(sendsOf(life.effects).map(({ key }) => key)).toEqual(["1", "3"]);
});
