// Guarantees of goals and exit conditions: they stop a run at once, by an act after the entry or by time alone.
import { describe, expect, test } from "vitest";
import { decide } from "../../shared/domain/decide.ts";
import { HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import {
  aCatalogue,
  aLead,
  aLife,
  anEvent,
  anIdentify,
  aPurchase,
  aReachable,
  days,
  NOW,
  sendsOf,
} from "../support/builders.ts";
import { endsOf, journey, mailsOf, send } from "../support/journeys.ts";

describe("goals and exit conditions", () => {
  const three = [
    send("one"),
    { id: "rest", wait: "3 days" },
    send("two"),
    { id: "more", wait: "3 days" },
    send("three"),
  ];
  const seriesCatalogue = (more: JsonObject) => aCatalogue({ campaigns: [journey(three, more)] });
  const series = (more: JsonObject) => aLife(seriesCatalogue(more), aReachable(NOW));

  test("a goal that is reached ends the run at once; what happened before the entry does not count", () => {
    const life = series({ goal: { event: "purchase.completed" } });
    life.arrive(NOW - 1, [aPurchase("9 EUR", { occurredAt: NOW - 1 })]);
    life.arrive(NOW, [aLead()]);
    life.passUntil(NOW + days(4));
    life.arrive(NOW + days(4), [aPurchase("9 EUR", { occurredAt: NOW + days(4) })]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual(["one", "two"]);
    expect(life.effects).toContainEqual(
      expect.objectContaining({ kind: "run-ended", reason: "goal", at: NOW + days(4) }),
    );
    expect(life.profile().runs).toEqual([]);
  });

  test("a goal asks for matching events, and counts within its time only", () => {
    const goal = { event: "purchase.completed", where: { property: "amount", gte: "80 EUR" }, within: "2 days" };
    for (const [amount, after, mails] of [
      ["90 EUR", 1, 1],
      ["20 EUR", 1, 3],
      ["90 EUR", 2.5, 3],
    ] as const) {
      const life = series({ goal });
      life.arrive(NOW, [aLead()]);
      life.passUntil(NOW + days(after));
      life.arrive(NOW + days(after), [aPurchase(amount, { occurredAt: NOW + days(after) })]);
      life.passUntil(NOW + days(30));
      expect(mailsOf(life), amount).toHaveLength(mails);
    }
  });

  test("a goal may be any condition", () => {
    const life = series({ goal: { when: { trait: "plan", eq: "paid" } } });
    life.arrive(NOW, [aLead()]);
    life.arrive(NOW + days(1), [anIdentify({ plan: "paid" }, { occurredAt: NOW + days(1) })]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual(["one"]);
    expect(endsOf(life)).toEqual(["goal"]);
  });

  test("an exit condition stops a run at the moment time alone makes it true", () => {
    const life = series({ exitWhen: { didNot: "page.viewed", for: "4 days" } });
    life.arrive(NOW, [anEvent("page.viewed", {}, { occurredAt: NOW }), aLead()]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual(["one", "two"]);
    expect(life.effects).toContainEqual(
      expect.objectContaining({ kind: "run-ended", reason: "exit-condition", at: NOW + days(4) }),
    );
  });

  test("a lead that arrives late finds its exit condition met at once", () => {
    const life = series({ exitWhen: { did: "purchase.completed", within: "1 day" } });
    life.arrive(NOW + HOUR_MS, [aPurchase("9 EUR", { occurredAt: NOW + HOUR_MS })]);
    life.arrive(NOW + 2 * HOUR_MS, [aLead({ occurredAt: NOW, receivedAt: NOW + 2 * HOUR_MS })]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual(["one"]);
    expect(endsOf(life)).toEqual(["exit-condition"]);
  });

  test("twenty runs of one person end at once, though not in one decision", () => {
    const steps = [{ id: "rest", wait: "3 days" }, send("two")];
    const catalogue = aCatalogue({
      campaigns: [journey(steps, { on: { event: "lead.created", key: "n" }, exitWhen: { did: "purchase.completed" } })],
    });
    const life = aLife(catalogue, aReachable(NOW));
    for (let n = 0; n < 30; n++) life.arrive(NOW + n, [anEvent("lead.created", { n }, { occurredAt: NOW + n })]);
    life.arrive(NOW + HOUR_MS, [aPurchase("9 EUR", { occurredAt: NOW + HOUR_MS })]);
    life.passUntil(NOW + HOUR_MS);
    expect(endsOf(life)).toEqual(Array.from({ length: 30 }, () => "exit-condition"));
    expect(mailsOf(life)).toEqual([]);
  });

  test("a goal that was met before the entry counts once it was lost and met again", () => {
    const life = series({ goal: { when: { didNot: "page.viewed", for: "6 hours" } } });
    life.arrive(NOW, [aLead()]);
    life.arrive(NOW + HOUR_MS, [anEvent("page.viewed", {}, { occurredAt: NOW + HOUR_MS })]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual(["one"]);
    expect(life.effects).toContainEqual(expect.objectContaining({ reason: "goal", at: NOW + 7 * HOUR_MS }));
  });

  test("a goal that was met before the entry is no act of it", () => {
    const life = series({ goal: { when: { trait: "plan", eq: "paid" } } });
    life.arrive(NOW - days(1), [anIdentify({ plan: "paid" }, { occurredAt: NOW - days(1) })]);
    life.arrive(NOW, [aLead()]);
    life.arrive(NOW + days(1), [anIdentify({ plan: "paid" }, { occurredAt: NOW + days(1) })]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual(["one", "two", "three"]);
  });

  test("who meets the exit condition when entering gets nothing", () => {
    const life = series({ exitWhen: { trait: "staff", eq: true } });
    life.arrive(NOW, [anIdentify({ staff: true }), aLead()]);
    life.passUntil(NOW + days(30));
    expect(mailsOf(life)).toEqual([]);
    expect(endsOf(life)).toEqual(["exit-condition"]);
  });

  test("a purchase and the end of a wait at one time: what happened first decides, whatever was noticed first", () => {
    for (const [boughtAfter, mails] of [
      [3 * 24 - 1, ["one"]],
      [3 * 24 + 1, ["one", "two"]],
    ] as const) {
      const catalogue = seriesCatalogue({ goal: { event: "purchase.completed" } });
      const life = aLife(catalogue, aReachable(NOW));
      life.arrive(NOW, [aLead()]);
      // Nobody woke the profile when its wait was over: the purchase comes first.
      const at = NOW + boughtAfter * HOUR_MS;
      const event = aPurchase("9 EUR", { occurredAt: at });
      const late = decide(life.profile(), { kind: "event", event }, { catalogue, now: at + HOUR_MS });
      const asleep = aLife(catalogue, late.profile);
      asleep.passUntil(NOW + days(30));
      const effects = [...life.effects, ...late.effects, ...asleep.effects];
      expect(
        sendsOf(effects).map(({ step }) => step),
        iso(at),
      ).toEqual(mails);
    }
  });
});
