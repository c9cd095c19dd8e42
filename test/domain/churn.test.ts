// Guarantees of churn risk: the date of the formula by hand, its bounds, and one event per purchase cycle.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { churnAfter, DEFAULT_SHOP_GAP_DAYS, shopGap } from "../../shared/domain/churn.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import { addPurchase, gapsOf, type PurchaseDays } from "../../shared/domain/purchase-days.ts";
import {
  aCatalogue,
  aLife,
  aPurchase,
  days,
  derivedOf,
  type Life,
  NOW,
  sendsOf,
  smallShop,
} from "../support/builders.ts";

function daysOf(instants: Instant[]): PurchaseDays {
  return instants.reduce<PurchaseDays | undefined>(addPurchase, undefined) as PurchaseDays;
}

/** Days of silence until the risk, for purchases on the given days. */
function silenceAfter(dayNumbers: number[], shopGapDays: number): number {
  const lastAt = NOW + days(Math.max(...dayNumbers));
  const churn = churnAfter({ days: daysOf(dayNumbers.map((day) => NOW + days(day))), lastAt }, shopGapDays);
  return (churn.atRiskAt - lastAt) / DAY_MS;
}

describe("the date of the risk, by hand", () => {
  test.each([
    ["one purchase, m = 60: 2 × (2×60 + 0) / 2", [0], 60, 120],
    ["one purchase, m = 40", [0], 40, 80],
    ["a gap of 30: 2 × (120 + 30) / 3", [0, 30], 60, 100],
    ["gaps of 10, 20, 30: 2 × (120 + 60) / 5", [0, 10, 30, 60], 60, 72],
    ["six gaps of 60 leave m as it is", [0, 60, 120, 180, 240, 300, 360], 60, 120],
    ["several purchases on one day count once", [0, 0, 0, 30, 30], 60, 100],
    ["weekly for a year: near 2 × 7, but never under 30", Array.from({ length: 53 }, (_, week) => week * 7), 60, 30],
    ["a gap of 900 days: never over 365", [0, 900], 60, 365],
    ["exactly the lower bound: m = 15", [0], 15, 30],
    ["exactly the upper bound: m = 182.5", [0], 182.5, 365],
  ])("%s", (...[_what, purchases, m, silence]) => {
    expect(silenceAfter(purchases, m)).toBe(silence);
  });

  test("is kept with what it was computed from", () => {
    const at = NOW;
    expect(churnAfter({ days: daysOf([at - days(30), at]), lastAt: at }, 60)).toEqual({
      atRiskAt: at + days(100),
      lastAt: at,
      gapDays: 50,
      shopGapDays: 60,
      detected: false,
    });
  });

  test("counts from the last purchase to the millisecond, not from its day", () => {
    expect(churnAfter({ days: daysOf([NOW]), lastAt: NOW + 1_234 }, 60).atRiskAt).toBe(NOW + 1_234 + days(120));
  });

  test("always lies 30 to 365 days after the last purchase", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 20 }),
        fc.nat({ max: 1_000 }),
        (purchases, m) => {
          const silence = silenceAfter(purchases, m);
          expect(silence).toBeGreaterThanOrEqual(30);
          expect(silence).toBeLessThanOrEqual(365);
        },
      ),
    );
  });
});

describe("purchase days", () => {
  test("two minutes around midnight UTC are two days, 23 hours within one are one", () => {
    const midnight = Date.UTC(2026, 2, 3);
    expect(daysOf([midnight - 1, midnight]).count).toBe(2);
    expect(daysOf([midnight, midnight + 23 * HOUR_MS]).count).toBe(1);
  });

  test("are the same in every order of arrival", () => {
    const purchases = fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(purchases, (numbers) => {
        const instants = numbers.map((hours) => NOW + hours * 7 * HOUR_MS);
        const sorted = daysOf(instants.toSorted((a, b) => a - b));
        expect(daysOf(instants)).toEqual(sorted);
        expect(sorted.count).toBe(new Set(instants.map((at) => Math.floor(at / DAY_MS))).size);
        expect(gapsOf(sorted)).toEqual({ count: sorted.count - 1, sumDays: Math.max(...sorted.days) - sorted.first });
      }),
    );
  });

  test("of more than a year of daily purchases stay bounded, and still count", () => {
    const daily = daysOf(Array.from({ length: 500 }, (_, day) => NOW + days(day)));
    expect(daily.days).toHaveLength(366);
    expect(gapsOf(daily)).toEqual({ count: 499, sumDays: 499 });
  });
});

test("the shop's mean gap needs 100 gaps, until then it is 60 days", () => {
  expect(shopGap({ count: 99, sumDays: 990 })).toBe(DEFAULT_SHOP_GAP_DAYS);
  expect(shopGap({ count: 100, sumDays: 2_500 })).toBe(25);
});

const risksIn = (life: Life) => derivedOf(life.effects).filter(({ type }) => type === "churn_risk.detected");

describe("churn_risk.detected", () => {
  const buyer = (...purchases: number[]) => {
    const life = aLife(aCatalogue());
    for (const day of purchases) life.arrive(NOW + days(day), [aPurchase("10 EUR", { occurredAt: NOW + days(day) })]);
    return life;
  };

  test("comes 120 days after a single purchase, at that very instant, with the days of silence", () => {
    const life = buyer(0);
    life.passUntil(NOW + days(120) - 1);
    expect(risksIn(life)).toEqual([]);
    life.passUntil(NOW + days(120));
    expect(risksIn(life)).toMatchObject([
      { source: "relance", occurredAt: NOW + days(120), properties: { silentDays: 120 } },
    ]);
  });

  test("comes once per purchase cycle, however long the silence", () => {
    const life = buyer(0);
    life.passUntil(NOW + days(2_000));
    expect(risksIn(life)).toHaveLength(1);
  });

  test("comes again only after another purchase and another silence", () => {
    const life = buyer(0, 200, 700);
    life.passUntil(NOW + days(5_000));
    // 2 × (120 + 200) / 3 days after day 200; then 2 × (120 + 700) / 4 = 410 days, bounded to 365.
    expect(risksIn(life).map(({ occurredAt }) => occurredAt)).toEqual([
      NOW + days(120),
      NOW + days(200) + Math.round(days(640) / 3),
      NOW + days(700 + 365),
    ]);
  });

  test("a purchase just before the date puts it off", () => {
    const life = buyer(0, 119);
    life.passUntil(NOW + days(119 + 120));
    expect(risksIn(life)).toEqual([]);
  });

  test("a purchase that happened before the date, but arrives after its event, starts a new cycle that fires in turn", () => {
    const life = buyer(0);
    life.arrive(NOW + days(121), [aPurchase("10 EUR", { occurredAt: NOW + days(119), receivedAt: NOW + days(121) })]);
    expect(life.profile().churn?.detected).toBe(false);
    life.passUntil(NOW + days(1_000));
    expect(risksIn(life)).toHaveLength(2);
  });

  test("an older purchase that arrives late moves the date within the cycle, and does not fire a second time", () => {
    const life = buyer(30);
    life.passUntil(NOW + days(151));
    expect(risksIn(life)).toHaveLength(1);
    life.arrive(NOW + days(151), [aPurchase("10 EUR", { occurredAt: NOW - days(360), receivedAt: NOW + days(151) })]);
    expect(life.profile().churn?.atRiskAt).toBeGreaterThan(NOW + days(151));
    life.passUntil(NOW + days(2_000));
    expect(risksIn(life)).toHaveLength(1);
  });

  test("a delayed wake-up still dates it at its instant", () => {
    const life = buyer(0);
    const purchase = aPurchase("10 EUR", { occurredAt: NOW + days(122) });
    const late = aLife(aCatalogue(), { ...life.profile() });
    late.arrive(NOW + days(122), [purchase]);
    expect(risksIn(late).map(({ occurredAt }) => occurredAt)).toEqual([NOW + days(120)]);
  });

  test("history sets the date and fires nothing for cycles already past", () => {
    const life = aLife(smallShop());
    for (const day of [-900, -500, -400]) {
      life.arrive(NOW, [aPurchase("10 EUR", { occurredAt: NOW + days(day), receivedAt: NOW, late: true })]);
    }
    life.passUntil(NOW + days(3_000));
    expect(life.profile().churn).toMatchObject({ lastAt: NOW - days(400), detected: false });
    expect(risksIn(life)).toEqual([]);
    expect(sendsOf(life.effects)).toEqual([]);
  });

  test("history of a cycle that is still open fires when its date comes", () => {
    const life = aLife(aCatalogue());
    life.arrive(NOW, [aPurchase("10 EUR", { occurredAt: NOW - days(100), receivedAt: NOW, late: true })]);
    life.passUntil(NOW + days(20) - 1);
    expect(risksIn(life)).toEqual([]);
    life.passUntil(NOW + days(20));
    expect(risksIn(life)).toHaveLength(1);
  });

  test("fires at most once per purchase cycle in any life, never while the date is not reached", () => {
    const purchases = fc.array(fc.tuple(fc.nat({ max: 1_500 }), fc.nat({ max: 2 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(purchases, (list) => {
        const life = aLife(aCatalogue());
        const arrivals = list.map(([day, delay]) => ({ at: NOW + days(day + delay), occurredAt: NOW + days(day) }));
        for (const { at, occurredAt } of arrivals.toSorted((a, b) => a.at - b.at)) {
          life.arrive(at, [aPurchase("10 EUR", { occurredAt, receivedAt: at })]);
        }
        life.passUntil(NOW + days(2_500));
        const cycles = risksIn(life).map(({ properties }) => properties["lastPurchaseAt"]);
        expect(new Set(cycles).size).toBe(cycles.length);
        expect(life.profile().churn?.detected).toBe(true);
      }),
    );
  });
});
