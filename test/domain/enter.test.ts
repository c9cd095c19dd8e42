// Guarantees of entering: who waits for facts and how long, who may enter again, and which condition was to blame.
import { describe, expect, test } from "vitest";
import { decide } from "../../shared/domain/decide.ts";
import { keyText } from "../../shared/domain/event-key.ts";
import { MINUTE_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { firstKey, SETTLE_MS } from "../../shared/domain/run.ts";
import {
  aCatalogue,
  aLead,
  aLife,
  anEvent,
  anIdentify,
  aPurchase,
  aReachable,
  days,
  judgementsOf,
  type Life,
  NOW,
  REACHABLE,
  sendsOf,
  smallShop,
} from "../support/builders.ts";

const starter = smallShop();
const mailsOf = (life: Life) => sendsOf(life.effects).map(({ campaign, intendedAt }) => [campaign, intendedAt - NOW]);
const reachable = (catalogue = starter) => aLife(catalogue, aReachable(NOW));

describe("settling", () => {
  test("a lead of whom nothing is known waits for its identify, and enters as soon as it comes", () => {
    const life = aLife(starter);
    life.arrive(NOW, [aLead()]);
    expect(judgementsOf(life.effects)).toEqual([{ campaign: "welcome", outcome: "settling" }]);
    life.arrive(NOW + SETTLE_MS - 1, [anIdentify(REACHABLE, { occurredAt: NOW })]);
    expect(mailsOf(life)).toEqual([["welcome", SETTLE_MS - 1]]);
    life.passUntil(NOW + days(1));
    expect(mailsOf(life)).toHaveLength(1);
  });

  test("ends two minutes after the event: it enters, and the gate has the last word on consent", () => {
    const life = aLife(starter);
    life.arrive(NOW, [aLead()]);
    expect(life.profile().runs).toMatchObject([{ state: "settling", dueAt: NOW + 2 * MINUTE_MS }]);
    life.passUntil(NOW + 2 * MINUTE_MS);
    expect(mailsOf(life)).toEqual([["welcome", 2 * MINUTE_MS]]);
    expect(life.profile().runs).toEqual([]);
  });

  const inFrance: JsonObject = {
    campaign: "hello",
    on: { event: "lead.created" },
    audience: { trait: "country", eq: "FR" },
  };

  test("an audience that is unknown is judged again when the fact comes, as of the event", () => {
    for (const [country, mails] of [
      ["FR", 1],
      ["BE", 0],
    ] as const) {
      const life = reachable(aCatalogue({ campaigns: [inFrance] }));
      life.arrive(NOW, [aLead()]);
      expect(sendsOf(life.effects)).toHaveLength(0);
      life.arrive(NOW + 1_000, [anIdentify({ country }, { occurredAt: NOW - 1_000, receivedAt: NOW + 1_000 })]);
      expect(sendsOf(life.effects)).toHaveLength(mails);
    }
  });

  test("an audience that stays unknown is not entered, and the reason says which condition", () => {
    const life = reachable(aCatalogue({ campaigns: [inFrance] }));
    life.arrive(NOW, [aLead()]);
    life.passUntil(NOW + SETTLE_MS);
    expect(sendsOf(life.effects)).toEqual([]);
    expect(judgementsOf(life.effects).at(-1)).toEqual({
      campaign: "hello",
      outcome: "not-entered",
      reason: "audience",
      clause: "audience",
    });
  });

  test("a trigger's where on the profile settles too, a where on the event does not", () => {
    const onProfile = { campaign: "hello", on: { event: "lead.created", where: { trait: "country", eq: "FR" } } };
    const life = reachable(aCatalogue({ campaigns: [onProfile] }));
    life.arrive(NOW, [aLead()]);
    life.arrive(NOW + 1_000, [anIdentify({ country: "FR" }, { occurredAt: NOW })]);
    expect(sendsOf(life.effects)).toHaveLength(1);
    const onEvent = { campaign: "hello", on: { event: "lead.created", where: { property: "country", eq: "FR" } } };
    const other = reachable(aCatalogue({ campaigns: [onEvent] }));
    other.arrive(NOW, [aLead()]);
    expect(judgementsOf(other.effects)).toEqual([]);
    expect(other.profile().runs).toEqual([]);
  });

  test("an event that was under way for long still waits two minutes for the facts behind it, counted from its arrival", () => {
    const arrivesAt = NOW + 10 * SETTLE_MS;
    const life = reachable(aCatalogue({ campaigns: [inFrance] }));
    life.arrive(arrivesAt, [aLead({ occurredAt: NOW, receivedAt: arrivesAt })]);
    expect(life.profile().runs).toMatchObject([{ state: "settling", dueAt: arrivesAt + SETTLE_MS }]);
    life.arrive(arrivesAt + 1_000, [anIdentify({ country: "FR" }, { occurredAt: NOW - 1_000 })]);
    expect(sendsOf(life.effects)).toHaveLength(1);
  });

  test("a later cause of the same entry takes the place of one that is still waiting for facts", () => {
    const bookish = {
      campaign: "hello",
      on: { event: "purchase.completed" },
      audience: { property: "category", eq: "books" },
    };
    const life = reachable(aCatalogue({ campaigns: [bookish] }));
    life.arrive(NOW, [aPurchase("20 EUR", { occurredAt: NOW, properties: {} })]);
    life.arrive(NOW + 1_000, [aPurchase("20 EUR", { occurredAt: NOW + 1_000, properties: { category: "books" } })]);
    expect(sendsOf(life.effects)).toHaveLength(1);
    expect(life.profile().runs).toEqual([]);
  });

  test("a service mail does not wait for consent", () => {
    const life = aLife(
      aCatalogue({ campaigns: [{ campaign: "receipt", purpose: "service", on: { event: "lead.created" } }] }),
    );
    life.arrive(NOW, [anIdentify({ email: "zoe@example.com" }), aLead()]);
    expect(sendsOf(life.effects)).toHaveLength(1);
  });
});

describe("re-entry", () => {
  const campaign = (more: JsonObject): JsonObject => ({
    campaign: "c",
    on: { event: "order.paid", key: "order" },
    ...more,
  });
  const paid = (order: unknown, at: number) => anEvent("order.paid", { order } as JsonObject, { occurredAt: at });
  const entries = (life: Life) =>
    life.effects.flatMap((effect) => (effect.kind === "run-started" ? [effect.run.key] : []));

  test.each([
    ["with a key: once per key", {}, ["1 on day 0", "2 on day 1"]],
    ["never: the same, once per key", { reentry: "never" }, ["1 on day 0", "2 on day 1"]],
    [
      "after 3 days: again with the same key, then",
      { reentry: "after 3 days" },
      ["1 on day 0", "2 on day 1", "1 on day 4"],
    ],
    [
      "always: every time, with the same key too",
      { reentry: "always" },
      ["1 on day 0", "2 on day 1", "1 on day 2", "1 on day 4"],
    ],
  ])("%s", (_what, more, expected) => {
    const life = reachable(aCatalogue({ campaigns: [campaign(more)] }));
    for (const [order, day] of [
      [1, 0],
      [2, 1],
      [1, 2],
      [1, 4],
    ] as const)
      life.arrive(NOW + days(day), [paid(order, NOW + days(day))]);
    const entered = life.effects.flatMap((effect) => (effect.kind === "run-started" ? [effect.run] : []));
    expect(entered.map((run) => `${firstKey(run)} on day ${(run.cause.at - NOW) / days(1)}`)).toEqual(expected);
    expect(new Set(sendsOf(life.effects).map(({ id }) => id)).size).toBe(expected.length);
  });

  test("nobody is in a campaign twice at once with the same key", () => {
    const steps = [
      { id: "rest", wait: "3 days" },
      { id: "say", send: "mail" },
    ];
    const life = reachable(aCatalogue({ campaigns: [campaign({ reentry: "always", steps })] }));
    for (const day of [0, 1, 4]) life.arrive(NOW + days(day), [paid(1, NOW + days(day))]);
    expect(judgementsOf(life.effects).map(({ reason, outcome }) => reason ?? outcome)).toEqual([
      "entered",
      "already-entered",
      "entered",
    ]);
  });

  test("a run that ends with the very event that triggers again is known as taken", () => {
    const steps = [
      { id: "rest", wait: { event: "order.paid", timeout: "1 day", onEvent: "exit" } },
      { id: "say", send: "mail" },
    ];
    for (const [reentry, outcomes] of [
      ["never", ["entered", "already-entered"]],
      ["after 9 days", ["entered", "reentry-too-soon"]],
      ["always", ["entered", "entered"]],
    ] as const) {
      const life = reachable(aCatalogue({ campaigns: [campaign({ reentry, steps })] }));
      for (const n of [0, 1]) life.arrive(NOW + n, [paid(1, NOW + n)]);
      expect(judgementsOf(life.effects).map(({ reason, outcome }) => reason ?? outcome)).toEqual(outcomes);
      life.passUntil(NOW + days(3));
      expect(sendsOf(life.effects)).toHaveLength(reentry === "always" ? 1 : 0);
    }
  });

  test("without a key and nothing said, one enters once for ever; with always at every event", () => {
    for (const [reentry, times] of [
      [undefined, 1],
      ["always", 2],
    ] as const) {
      const life = reachable(
        aCatalogue({ campaigns: [{ campaign: "c", on: { event: "order.paid" }, ...(reentry && { reentry }) }] }),
      );
      for (const n of [1, 2]) life.arrive(NOW + n, [paid(n, NOW + n)]);
      expect(entries(life)).toHaveLength(times);
    }
  });

  test("a key that is missing or no plain value is a reason not to enter", () => {
    const life = reachable(aCatalogue({ campaigns: [campaign({})] }));
    for (const order of [undefined, null, "", { id: 1 }])
      life.arrive(NOW, [anEvent("order.paid", order === undefined ? {} : { order })]);
    expect(judgementsOf(life.effects).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () => "entry-key-missing"),
    );
  });

  test("of two entries that settle side by side only the earlier one starts, in whatever order they arrive", () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const paidAtAll = { campaign: "c", on: { event: "order.paid" }, reentry: "after 30 days" };
      const life = aLife(aCatalogue({ campaigns: [paidAtAll] }));
      for (const n of order) life.arrive(NOW + 10_000 + n, [{ ...paid(n, NOW + n), id: `${9 - n}` }]);
      life.arrive(NOW + 20_000, [anIdentify(REACHABLE, { occurredAt: NOW })]);
      life.passUntil(NOW + days(1));
      expect(entries(life)).toEqual([keyText("shop/8")]);
      expect(judgementsOf(life.effects).at(-1)).toMatchObject({ outcome: "not-entered", reason: "reentry-too-soon" });
    }
  });

  test("an entry that turns out to be taken is not started, from an event or from settling", () => {
    const catalogue = aCatalogue({ campaigns: [campaign({})] });
    const taken = new Map([["c#1", NOW - 1]]);
    const event = paid(1, NOW);
    const direct = decide(aReachable(), { kind: "event", event }, { catalogue, now: NOW, taken });
    expect(judgementsOf(direct.effects)).toEqual([
      { campaign: "c", outcome: "not-entered", reason: "already-entered" },
    ]);
    const life = aLife(catalogue);
    life.arrive(NOW, [event]);
    const settled = decide(life.profile(), { kind: "wake" }, { catalogue, now: NOW + SETTLE_MS, taken });
    expect(sendsOf(settled.effects)).toEqual([]);
    expect(settled.profile.runs).toEqual([]);
  });
});

describe("an explanation names the condition that settled it", () => {
  test.each([
    [
      {
        all: [
          { trait: "a", eq: 1 },
          { trait: "b", eq: 1 },
        ],
      },
      "audience.all[1]",
      2,
    ],
    [
      {
        not: {
          any: [
            { trait: "a", eq: 9 },
            { trait: "b", eq: 2 },
          ],
        },
      },
      "audience.not.any[1]",
      2,
    ],
    [
      {
        none: [
          { trait: "a", eq: 9 },
          { trait: "b", eq: 2 },
        ],
      },
      "audience.none[1]",
      2,
    ],
    [
      {
        any: [
          { trait: "a", eq: 9 },
          { trait: "b", eq: 9 },
        ],
      },
      "audience.any[0]",
      1,
    ],
    [{ not: { not: { trait: "a", eq: 9 } } }, "audience.not.not", 1],
  ] as [JsonObject, string, number][])("%j", (audience, clause, found) => {
    const life = reachable(aCatalogue({ campaigns: [{ campaign: "c", on: { event: "lead.created" }, audience }] }));
    life.arrive(NOW, [anIdentify({ a: 1, b: 2 }), aLead()]);
    expect(judgementsOf(life.effects)).toEqual([
      { campaign: "c", outcome: "not-entered", reason: "audience", clause, found },
    ]);
  });
});
