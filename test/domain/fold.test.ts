// Guarantees of folding events into a profile: any order of arrival gives the same profile.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event } from "../../shared/domain/event.ts";
import { fold } from "../../shared/domain/fold.ts";
import { DAY_MS, HOUR_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { isMoney } from "../../shared/domain/money.ts";
import type { Profile } from "../../shared/domain/profile.ts";
import { aCatalogue, anEvent, anIdentify, aProfile, aPurchase, NOW, smallShop } from "../support/builders.ts";

const starter = smallShop({ gapDays: 45 });
const filtered = aCatalogue({
  segments: {
    readers: { did: "purchase.completed", atLeast: 2, within: "90 days", where: { property: "category", eq: "books" } },
    browsers: { did: "page.viewed", atMost: 3 },
  },
});

function folded(events: Event[], catalogue = starter): Profile {
  const draft = aProfile({ createdAt: Number.MAX_SAFE_INTEGER });
  for (const event of events) fold(draft, event, catalogue);
  return draft;
}

const occurredAt = fc.integer({ min: -60, max: 0 }).map((n) => NOW + n * 36 * HOUR_MS);
const source = fc.constantFrom("shop", "crm");
const changes = fc.record({ occurredAt, source });
const purchase = fc
  .record({
    changes,
    amount: fc.constantFrom("80 EUR", "0.10 EUR", "12 CHF", "a lot"),
    category: fc.constantFrom("books", "games"),
  })
  .map(({ changes: stamp, amount, category }) => aPurchase(amount, { ...stamp, properties: { category } }));
const traits = fc.dictionary(
  fc.constantFrom("email", "country", "timezone", "birthday", "plan"),
  fc.constantFrom<Json>("FR", "Europe/Zurich", "--05-17", "1992-02-29", null, 5),
);
const consent = fc.option(fc.record({ marketing: fc.constantFrom("granted", "denied") }), { nil: undefined });
const identify = fc
  .record({ changes, traits, consent })
  .map(({ changes: stamp, traits: said, consent: agreed }) =>
    anIdentify({ ...said, ...(agreed && { consent: { ...agreed } }) }, stamp),
  );
const custom = fc
  .tuple(changes, fc.constantFrom("page.viewed", "lead.created"))
  .map(([stamp, type]) => anEvent(type, { n: 1 }, stamp));
const history = fc.array(fc.oneof(purchase, identify, custom), { minLength: 1, maxLength: 12 });

describe("any order of arrival", () => {
  const shuffled = history.chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length })),
  );

  test("gives the same traits, activity, counters, purchase days, churn, birthday and consents", () => {
    fc.assert(
      fc.property(shuffled, fc.constantFrom(starter, filtered), ([events, other], catalogue) => {
        expect(folded(other, catalogue)).toEqual(folded(events, catalogue));
      }),
      { numRuns: 300 },
    );
  });

  test("counts every event once, and adds money per currency to the cent", () => {
    fc.assert(
      fc.property(history, (events) => {
        const { activity } = folded(events);
        for (const type of new Set(events.map((event) => event.type))) {
          const all = events.filter((event) => event.type === type).map((event) => event.occurredAt);
          expect(activity[type]).toMatchObject({
            count: all.length,
            firstAt: Math.min(...all),
            lastAt: Math.max(...all),
          });
        }
        const euros = events
          .map(({ properties }) => properties["amount"])
          .filter(isMoney)
          .filter(({ currency }) => currency === "EUR");
        expect(activity["purchase.completed"]?.sums?.["EUR"] ?? 0).toBe(
          euros.reduce((sum, { amount }) => sum + amount, 0),
        );
      }),
    );
  });
});

describe("fold", () => {
  test("leaves the events and shared parts of older states as they were", () => {
    const event = anIdentify({ plan: "free", consent: { marketing: "granted" } });
    const before = structuredClone(event);
    const draft = aProfile();
    const older = { ...draft, activity: { ...draft.activity } };
    fold(draft, event, starter);
    fold(draft, aPurchase("1 EUR"), starter);
    expect(event).toEqual(before);
    expect(older.activity).toEqual({});
  });

  test("a profile was created when its earliest event happened, not when it arrived", () => {
    expect(
      folded([aPurchase("1 EUR", { occurredAt: NOW }), aPurchase("1 EUR", { occurredAt: NOW - DAY_MS })]).createdAt,
    ).toBe(NOW - DAY_MS);
  });

  test("an amount that is no money is counted, but adds nothing", () => {
    const profile = folded([
      aPurchase("80 EUR"),
      aPurchase("a lot"),
      aPurchase("1 EUR", { properties: { amount: 80 } }),
    ]);
    expect(profile.activity["purchase.completed"]).toMatchObject({ count: 3, sums: { EUR: 8_000 } });
  });

  test("a currency out of JavaScript's own cupboard does not spoil the sums", () => {
    const odd = aPurchase("1 EUR", { properties: { amount: { amount: 1, currency: "toString" } } });
    expect(folded([odd, aPurchase("80 EUR"), odd]).activity["purchase.completed"]?.sums).toEqual({ EUR: 8_000 });
  });

  test("only purchases make purchase days and churn dates", () => {
    const profile = folded([anEvent("lead.created"), anIdentify({ plan: "free" })]);
    expect(profile.purchaseDays).toBeUndefined();
    expect(profile.churn).toBeUndefined();
  });

  test("the churn date uses the shop's gap of the catalogue, and tells it", () => {
    expect(folded([aPurchase("1 EUR")], smallShop({ gapDays: 25 })).churn).toMatchObject({
      shopGapDays: 25,
      atRiskAt: NOW + 50 * DAY_MS,
    });
  });

  test("a counter keeps only as many stamps as its rule needs, the most recent ones", () => {
    const events = Array.from({ length: 9 }, (_, n) => anEvent("page.viewed", {}, { occurredAt: NOW - n }));
    expect(folded(events, filtered).counters["page.viewed"]).toEqual({
      count: 9,
      recent: [NOW, NOW - 1, NOW - 2, NOW - 3, NOW - 4],
    });
  });
});
