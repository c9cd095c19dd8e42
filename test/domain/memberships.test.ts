// Guarantees of memberships: the starter segments are those of the raw history, in any order and any batches, by time too.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Catalogue } from "../../shared/domain/catalogue.ts";
import type { Event } from "../../shared/domain/event.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import { addPurchase, gapsOf, type PurchaseDays } from "../../shared/domain/purchase-days.ts";
import {
  aCatalogue,
  aLead,
  aLife,
  anEvent,
  anIdentify,
  aPurchase,
  changesOf,
  days,
  NOW,
  smallShop,
} from "../support/builders.ts";

const starter = smallShop();

/** The starter segments by their plain meaning: who is in at an instant, and since when, from the raw events alone. */
function byHand(events: Event[], at: Instant): Record<string, Instant> {
  const of = (type: string) =>
    events
      .filter((event) => event.type === type)
      .map(({ occurredAt }) => occurredAt)
      .toSorted((a, b) => a - b);
  const bought = of("purchase.completed");
  const [first, second] = bought;
  const last = bought.at(-1);
  const lead = of("lead.created")[0];
  const members: Record<string, Instant> = {};
  if (lead !== undefined && first === undefined) members["leads"] = lead;
  if (first === undefined || last === undefined) return members;
  if (second === undefined) members["first-time-buyers"] = first;
  else members["repeat-buyers"] = second;
  const gaps = gapsOf(bought.reduce<PurchaseDays | undefined>(addPurchase, undefined) as PurchaseDays);
  const silence = Math.min(365, Math.max(30, (2 * (120 + gaps.sumDays)) / (2 + gaps.count)));
  const atRiskAt = last + Math.round(days(silence));
  if (at >= last + days(365)) members["lapsed"] = last + days(365);
  else if (at >= atRiskAt) members["at-risk"] = atRiskAt;
  return members;
}

const withoutSum = (memberships: Record<string, Instant>) =>
  Object.fromEntries(Object.entries(memberships).filter(([segment]) => segment !== "big-spenders"));
const isBig = (events: Event[]) =>
  events.reduce(
    (sum, { properties }) => sum + ((properties["amount"] as { amount?: number } | undefined)?.amount ?? 0),
    0,
  ) >= 50_000;

const age = fc.oneof(
  fc.integer({ min: 0, max: 900 * 24 }),
  fc.constantFrom(365 * 24, 120 * 24, 100 * 24, 30 * 24, 24, 0),
);
const someEvent = fc.tuple(
  fc.constantFrom("lead", "purchase", "identify", "other"),
  age,
  fc.constantFrom("20 EUR", "300 EUR"),
);
const madeOf = (list: [string, number, string][]): Event[] =>
  list.map(([kind, hours, amount]) => {
    const stamp = { occurredAt: NOW - hours * HOUR_MS, receivedAt: NOW };
    if (kind === "lead") return aLead(stamp);
    if (kind === "purchase") return aPurchase(amount, stamp);
    return kind === "identify" ? anIdentify({ plan: "free" }, stamp) : anEvent("page.viewed", {}, stamp);
  });
const history = fc.array(someEvent, { minLength: 1, maxLength: 8 }).map(madeOf);
/** Of as many purchases as the counters keep stamps, so that every entry's instant is known. */
const keptHistory = history.filter((events) => events.filter(({ type }) => type === "purchase.completed").length <= 4);

function cut<T>(items: T[], sizes: number[]): T[][] {
  const batches: T[][] = [];
  for (let start = 0, n = 0; start < items.length; start += sizes[n++ % sizes.length] ?? 1) {
    batches.push(items.slice(start, start + (sizes[n % sizes.length] ?? 1)));
  }
  return batches;
}
const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

describe("memberships of the starter segments", () => {
  test("are those of the raw history, since the instant it says, in any order and any batches", () => {
    const shuffled = keptHistory.chain((events) =>
      fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
    );
    fc.assert(
      fc.property(shuffled, sizes, (events, cuts) => {
        const life = aLife(starter);
        for (const [index, batch] of cut(events, cuts).entries()) life.arrive(NOW + index * 1_000, batch);
        const { memberships } = life.profile();
        expect(withoutSum(memberships)).toEqual(byHand(events, NOW));
        expect("big-spenders" in memberships).toBe(isBig(events));
      }),
      { numRuns: 400 },
    );
  });

  test("are the same when the events come one by one as they happen, and time passes in between", () => {
    fc.assert(
      fc.property(keptHistory, fc.nat({ max: 500 }), (events, wait) => {
        const life = aLife(starter);
        const live = events.map((event) => ({ ...event, receivedAt: event.occurredAt, late: false }));
        for (const event of live.toSorted((a, b) => a.occurredAt - b.occurredAt))
          life.arrive(event.occurredAt, [event]);
        const at = NOW + days(wait);
        life.passUntil(at);
        expect(withoutSum(life.profile().memberships)).toEqual(byHand(events, at));
        expect("big-spenders" in life.profile().memberships).toBe(isBig(events));
      }),
      { numRuns: 300 },
    );
  });

  test("are the same too when the wake-ups in between never came: a leave and a new entry are caught up with", () => {
    fc.assert(
      fc.property(keptHistory, (events) => {
        let life = aLife(starter);
        for (const event of events.toSorted((a, b) => a.occurredAt - b.occurredAt)) {
          life.arrive(event.occurredAt, [{ ...event, receivedAt: event.occurredAt, late: false }]);
          life = aLife(starter, life.profile());
        }
        life.arrive(NOW, [anIdentify({ plan: "free" }, { occurredAt: NOW })]);
        expect(withoutSum(life.profile().memberships)).toEqual(byHand(events, NOW));
      }),
      { numRuns: 300 },
    );
  });

  test("of longer histories are still the right ones, in any order", () => {
    const long = fc.array(someEvent, { minLength: 5, maxLength: 25 }).map(madeOf);
    fc.assert(
      fc.property(long, (events) => {
        const life = aLife(starter);
        life.arrive(NOW, []);
        for (const event of events) life.arrive(NOW, [event]);
        expect(Object.keys(withoutSum(life.profile().memberships)).toSorted()).toEqual(
          Object.keys(byHand(events, NOW)).toSorted(),
        );
      }),
      { numRuns: 150 },
    );
  });

  test("and the effects tell the same story: what was entered and not left is what one is in", () => {
    fc.assert(
      fc.property(history, sizes, fc.nat({ max: 500 }), (events, cuts, wait) => {
        const life = aLife(starter);
        for (const [index, batch] of cut(events, cuts).entries()) life.arrive(NOW + index * 1_000, batch);
        life.passUntil(NOW + days(wait));
        const members = new Set<string>();
        for (const change of changesOf(life.effects)) {
          const [verb, segment] = change.split(" ") as [string, string];
          if (verb === "entered") {
            expect(members.has(segment)).toBe(false);
            members.add(segment);
          } else expect(members.delete(segment)).toBe(true);
        }
        expect([...members].toSorted()).toEqual(Object.keys(life.profile().memberships).toSorted());
      }),
      { numRuns: 200 },
    );
  });
});

describe("time alone", () => {
  /** A life up to just before and exactly at an instant. */
  function aroundInstant(catalogue: Catalogue, events: Event[], at: Instant) {
    const life = aLife(catalogue);
    for (const event of events) life.arrive(event.occurredAt, [event]);
    life.passUntil(at - 1);
    const before = Object.keys(life.profile().memberships).toSorted();
    life.effects.length = 0;
    life.passUntil(at);
    return { before, after: Object.keys(life.profile().memberships).toSorted(), effects: life.effects, life };
  }

  test("brings somebody at risk into at-risk at the exact instant, with that instant", () => {
    const { before, after, effects } = aroundInstant(starter, [aPurchase("20 EUR")], NOW + days(120));
    expect(before).toEqual(["first-time-buyers"]);
    expect(after).toEqual(["at-risk", "first-time-buyers"]);
    expect(effects).toContainEqual({ kind: "segment-entered", segment: "at-risk", at: NOW + days(120) });
  });

  test("brings them from at-risk to lapsed after 365 days, in one step", () => {
    const { before, after, effects } = aroundInstant(starter, [aPurchase("20 EUR")], NOW + days(365));
    expect(before).toEqual(["at-risk", "first-time-buyers"]);
    expect(after).toEqual(["first-time-buyers", "lapsed"]);
    expect(changesOf(effects).toSorted()).toEqual(["entered lapsed", "left at-risk"]);
    expect(effects).toContainEqual({ kind: "segment-left", segment: "at-risk", at: NOW + days(365) });
  });

  test("ends a window at the exact instant", () => {
    const catalogue = aCatalogue({ segments: { active: { did: "page.viewed", within: "3 days" } } });
    const { before, after, effects, life } = aroundInstant(catalogue, [anEvent("page.viewed")], NOW + days(3));
    expect([before, after]).toEqual([["active"], []]);
    expect(effects).toEqual([{ kind: "segment-left", segment: "active", at: NOW + days(3) }]);
    expect(life.wakes).toEqual([NOW + days(3)]);
  });

  test("is not woken for what cannot change any more", () => {
    const life = aLife(starter);
    life.arrive(NOW, [aPurchase("20 EUR")]);
    life.passUntil(NOW + days(5_000));
    const settled = NOW + days(120) + 2 * MINUTE_MS;
    expect(life.wakes).toEqual([NOW + days(120), settled, NOW + days(365)]);
  });
});

describe("a wake-up that came late or early", () => {
  test("early changes nothing", () => {
    const life = aLife(starter);
    life.arrive(NOW, [aPurchase("20 EUR")]);
    const before = life.profile();
    const again = aLife(starter, before);
    again.arrive(NOW + DAY_MS, []);
    expect(again.profile().memberships).toEqual(before.memberships);
    expect(again.effects).toEqual([]);
  });

  test("missed altogether: the next event leaves and enters again, dated by the rule and not by the event's arrival", () => {
    const catalogue = aCatalogue({ segments: { active: { did: "page.viewed", within: "3 days" } } });
    const awake = aLife(catalogue);
    awake.arrive(NOW, [anEvent("page.viewed")]);
    const asleep = aLife(catalogue, awake.profile());
    const again = anEvent("page.viewed", {}, { occurredAt: NOW + days(5) });
    asleep.arrive(NOW + days(5) + HOUR_MS, [again]);
    expect(asleep.effects).toEqual([
      { kind: "segment-left", segment: "active", at: NOW + days(3) },
      { kind: "segment-entered", segment: "active", at: NOW + days(5) },
    ]);
    awake.arrive(NOW + days(5) + HOUR_MS, [again]);
    expect(asleep.profile().memberships).toEqual(awake.profile().memberships);
  });
});

test("an older fact that moves the instant of an entry corrects it without a leave and an entry", () => {
  const life = aLife(starter);
  life.arrive(NOW, [aPurchase("20 EUR")]);
  life.passUntil(NOW + days(130));
  expect(life.profile().memberships["at-risk"]).toBe(NOW + days(120));
  life.effects.length = 0;
  life.arrive(NOW + days(130), [aPurchase("20 EUR", { occurredAt: NOW - days(66), receivedAt: NOW + days(130) })]);
  expect(life.profile().memberships["at-risk"]).toBe(NOW + days(124));
  expect(changesOf(life.effects).toSorted()).toEqual(["entered repeat-buyers", "left first-time-buyers"]);
});

describe("other rules", () => {
  test("somebody who was in always is in since the profile exists", () => {
    const catalogue = aCatalogue({
      segments: { nameless: { any: [{ trait: "firstName", exists: false }, { did: "lead.created" }] } },
    });
    for (const order of [
      [0, 5],
      [5, 0],
    ]) {
      const life = aLife(catalogue);
      for (const day of order) {
        const stamp = { occurredAt: NOW + days(day), receivedAt: NOW + days(9) };
        life.arrive(NOW + days(9), [day === 0 ? anIdentify({ plan: "free" }, stamp) : aLead(stamp)]);
      }
      expect(life.profile().memberships).toEqual({ nameless: NOW });
    }
  });

  test("a segment that is no longer published is left", () => {
    const life = aLife(aCatalogue({ segments: { all: { did: "lead.created" } } }));
    life.arrive(NOW, [aLead()]);
    const later = aLife(aCatalogue(), life.profile());
    later.arrive(NOW + 1, [anIdentify({ plan: "free" }, { occurredAt: NOW + 1 })]);
    expect(later.effects).toContainEqual({ kind: "segment-left", segment: "all", at: NOW + 1 });
    expect(later.profile().memberships).toEqual({});
  });

  test("unknown is not a member, and its negation is not either", () => {
    const adult = { trait: "age", gte: 18 };
    const life = aLife(aCatalogue({ segments: { adults: adult, minors: { not: adult } } }));
    life.arrive(NOW, [aLead()]);
    expect(life.profile().memberships).toEqual({});
    life.arrive(NOW + 1, [anIdentify({ age: 17 }, { occurredAt: NOW + 1 })]);
    expect(life.profile().memberships).toEqual({ minors: NOW + 1 });
  });

  test("segments see each other as they are at the same instant, whatever the order of the files", () => {
    const segments = { "a-late": { inSegment: "z-base" }, "z-base": { did: "lead.created" } };
    const life = aLife(aCatalogue({ segments }));
    life.arrive(NOW, [aLead()]);
    expect(life.profile().memberships).toEqual({ "a-late": NOW, "z-base": NOW });
  });
});
