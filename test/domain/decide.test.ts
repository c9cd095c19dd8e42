// Guarantees of deciding: the four starter campaigns by hand, re-entry, settling, and what late events never do.
import { describe, expect, test } from "vitest";
import { decide } from "../../shared/domain/decide.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import {
  aCatalogue,
  aLead,
  aLife,
  anIdentify,
  aPurchase,
  aReachable,
  days,
  derivedOf,
  judgementsOf,
  type Life,
  NOW,
  permutations,
  REACHABLE,
  sendsOf,
  smallShop,
  splits,
} from "../support/builders.ts";

const starter = smallShop();
const mailsOf = (life: Life) => sendsOf(life.effects).map(({ campaign, intendedAt }) => [campaign, intendedAt - NOW]);
const reachable = (catalogue = starter) => aLife(catalogue, aReachable(NOW));

describe("the starter campaigns", () => {
  test("a new lead who can be written to is welcomed at once", () => {
    const life = reachable();
    life.arrive(NOW, [aLead()]);
    expect(mailsOf(life)).toEqual([["welcome", 0]]);
  });

  test("a lead is welcomed once for ever", () => {
    const life = reachable();
    for (const day of [0, 1, 400]) life.arrive(NOW + days(day), [aLead({ occurredAt: NOW + days(day) })]);
    expect(mailsOf(life)).toEqual([["welcome", 0]]);
    expect(judgementsOf(life.effects).map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      "entered",
      "already-entered",
      "already-entered",
    ]);
  });

  test.each([
    ["80 EUR", true],
    ["79.99 EUR", false],
    ["900 CHF", false],
    ["a lot", false],
  ])("a purchase of %s enters the upsell campaign: %s", (amount, enters) => {
    const life = reachable();
    life.arrive(NOW, [aPurchase(amount)]);
    life.passUntil(NOW + days(10));
    expect(mailsOf(life)).toEqual(enters ? [["upsell", days(3)]] : []);
  });

  test("the upsell mail waits three days from the purchase, not from its arrival", () => {
    const life = reachable();
    life.arrive(NOW + days(1), [aPurchase("80 EUR", { occurredAt: NOW, receivedAt: NOW + days(1) })]);
    expect(life.profile().runs).toMatchObject([{ state: "waiting", step: "let-it-arrive", dueAt: NOW + days(3) }]);
    life.passUntil(NOW + days(3) - 1);
    expect(mailsOf(life)).toEqual([]);
    life.passUntil(NOW + days(3));
    const [send] = sendsOf(life.effects);
    expect(send).toMatchObject({
      campaign: "upsell",
      intendedAt: NOW + days(3),
      causeAt: NOW,
      expiresAt: NOW + days(6),
    });
    expect(life.profile().runs).toEqual([]);
  });

  test("a second purchase within 30 days does not enter upsell again, one on day 30 does", () => {
    const life = reachable();
    for (const day of [0, 30 - 1 / 24, 30])
      life.arrive(NOW + days(day), [aPurchase("80 EUR", { occurredAt: NOW + days(day) })]);
    life.passUntil(NOW + days(40));
    expect(mailsOf(life)).toEqual([
      ["upsell", days(3)],
      ["upsell", days(33)],
    ]);
    expect(judgementsOf(life.effects)).toContainEqual({
      campaign: "upsell",
      outcome: "not-entered",
      reason: "reentry-too-soon",
    });
  });

  test("somebody who falls silent is written to once, at the instant of the risk", () => {
    const life = reachable();
    life.arrive(NOW, [aPurchase("20 EUR")]);
    life.passUntil(NOW + days(1_000));
    expect(mailsOf(life)).toEqual([["win-back", days(120)]]);
  });

  test("a birthday is congratulated at nine in the person's zone", () => {
    const life = reachable();
    life.arrive(NOW, [anIdentify({ birthday: "--03-03", country: "CH" })]);
    life.passUntil(NOW + days(300));
    expect(mailsOf(life)).toEqual([["birthday", 22 * HOUR_MS]]);
  });
});

describe("decide", () => {
  test("is pure: the same input gives the same answer and changes nothing of it", () => {
    const profile = Object.freeze(aReachable());
    for (const part of [
      profile.traits,
      profile.consents,
      profile.memberships,
      profile.runs,
      profile.entries,
      profile.counters,
    ])
      Object.freeze(part);
    const input = { kind: "event", event: aPurchase("80 EUR", { id: "e" }) } as const;
    const first = decide(profile, input, { catalogue: starter, now: NOW });
    expect(decide(profile, input, { catalogue: starter, now: NOW })).toEqual(first);
  });

  test("intends the same send id however often and whenever it decides the same entry", () => {
    const input = { kind: "event", event: aLead({ id: "lead" }) } as const;
    const ids = [NOW, NOW + 5_000].map(
      (now) => sendsOf(decide(aReachable(), input, { catalogue: starter, now }).effects)[0]?.id,
    );
    expect(ids[0]).toMatch(/^[0-9a-z]{24}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  test("time does not run backwards on a profile that was settled later", () => {
    const catalogue = aCatalogue({ segments: { active: { did: "lead.created", within: "3 days" } } });
    const life = aLife(catalogue);
    life.arrive(NOW, [aLead()]);
    life.passUntil(NOW + days(3));
    const again = decide(life.profile(), { kind: "wake" }, { catalogue, now: NOW + days(3) - 1 });
    expect(again.effects).toEqual([]);
    expect(again.profile.settledAt).toBe(NOW + days(3));
  });

  test("what time brought before an event comes before it", () => {
    const life = reachable();
    life.arrive(NOW, [aPurchase("20 EUR")]);
    const asleep = aLife(starter, life.profile());
    asleep.arrive(NOW + days(125), [aPurchase("20 EUR", { occurredAt: NOW + days(124), receivedAt: NOW + days(125) })]);
    expect(derivedOf(asleep.effects)).toMatchObject([{ type: "churn_risk.detected", occurredAt: NOW + days(120) }]);
    expect(asleep.profile().churn).toMatchObject({ lastAt: NOW + days(124), detected: false });
  });
});

describe("a late event", () => {
  const lateBy = (ms: number) => aLead({ occurredAt: NOW - ms, receivedAt: NOW });

  test("exactly 72 hours old still triggers, one millisecond more does not", () => {
    for (const [event, mails] of [
      [lateBy(72 * HOUR_MS), 1],
      [lateBy(72 * HOUR_MS + 1), 0],
    ] as const) {
      const life = aLife(starter, aReachable(NOW - days(10)));
      life.arrive(NOW, [event]);
      expect(sendsOf(life.effects)).toHaveLength(mails);
    }
  });

  test("updates history and segments, and triggers nothing, not even later", () => {
    const life = aLife(starter);
    life.arrive(NOW, [
      anIdentify({ ...REACHABLE, birthday: "--02-25" }, { occurredAt: NOW - days(30), receivedAt: NOW }),
      lateBy(days(20)),
      aPurchase("500 EUR", { occurredAt: NOW - days(10), receivedAt: NOW }),
    ]);
    expect(Object.keys(life.profile().memberships).toSorted()).toEqual(["big-spenders", "first-time-buyers"]);
    life.passUntil(NOW + days(20));
    expect(sendsOf(life.effects)).toEqual([]);
    expect(judgementsOf(life.effects)).toEqual([]);
  });

  test("told to a profile that slept brings nothing of the time it slept through", () => {
    const life = aLife(starter);
    life.arrive(NOW, [aLead()]);
    life.passUntil(NOW + days(1));
    const told = { ...REACHABLE, birthday: "--04-01" };
    life.arrive(NOW + days(100), [anIdentify(told, { occurredAt: NOW + days(10), receivedAt: NOW + days(100) })]);
    expect(derivedOf(life.effects)).toEqual([]);
    expect(life.profile().birthday).toEqual({ nextAt: Date.UTC(2027, 3, 1, 7) });
  });

  test("an import of facts just now triggers nothing either", () => {
    const life = reachable();
    life.arrive(NOW, [{ ...aLead(), late: true }]);
    expect(sendsOf(life.effects)).toEqual([]);
  });

  test("brings the consent that a settling entry waits for", () => {
    const life = aLife(starter);
    life.arrive(NOW, [aLead()]);
    life.arrive(NOW + 1_000, [anIdentify(REACHABLE, { occurredAt: NOW - days(30), receivedAt: NOW + 1_000 })]);
    expect(mailsOf(life)).toEqual([["welcome", 1_000]]);
  });
});

test("a run keeps its revision from entry to exit", () => {
  const body = (wait: string): JsonObject => ({
    campaign: "c",
    on: { event: "lead.created" },
    steps: [
      { id: "w", wait },
      { id: "s", send: "mail" },
    ],
  });
  const before = aCatalogue({ campaigns: [body("3 days")] });
  const after = aCatalogue({ campaigns: [body("9 days")] });
  for (const [revision, campaign] of before.byRevision) after.byRevision.set(revision, campaign);
  const life = reachable(before);
  life.arrive(NOW, [aLead()]);
  const later = aLife(after, life.profile());
  later.passUntil(NOW + days(3));
  expect(sendsOf(later.effects)).toMatchObject([
    { revision: before.campaigns.get("c")?.revision, intendedAt: NOW + days(3) },
  ]);
});

describe("any order and any batches of identify, consent, lead and purchase", () => {
  const events = [
    anIdentify({ email: "zoe@example.com", birthday: "--03-03", country: "FR" }, { id: "identify", occurredAt: NOW }),
    anIdentify({ consent: { marketing: "granted" } }, { id: "consent", occurredAt: NOW + SECOND_MS }),
    aLead({ id: "lead", occurredAt: NOW + 2 * SECOND_MS }),
    aPurchase("80 EUR", { id: "purchase", occurredAt: NOW + 3 * SECOND_MS }),
  ];
  const outcomeOf = (batches: (typeof events)[]) => {
    const life = aLife(starter);
    for (const [index, batch] of batches.entries()) life.arrive(NOW + (10 + 20 * index) * SECOND_MS, batch);
    life.passUntil(NOW + 200 * DAY_MS);
    const mails = sendsOf(life.effects)
      .map(({ id, campaign }) => `${campaign} ${id}`)
      .toSorted();
    return { mails, memberships: life.profile().memberships, birthday: life.profile().birthday };
  };

  test("give the same mails and the same memberships", () => {
    const expected = outcomeOf([events]);
    expect(expected.mails.map((mail) => mail.split(" ")[0])).toEqual(["birthday", "upsell", "welcome", "win-back"]);
    const all = permutations(events).flatMap(splits);
    expect(all).toHaveLength(24 * 8);
    for (const batches of all) expect(outcomeOf(batches)).toEqual(expected);
  });
});
