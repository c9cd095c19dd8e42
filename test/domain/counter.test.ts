// Guarantees of counters: they keep what the rules ask for and no more, exactly, whatever the order of arrival.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CounterSpec,
  countEvent,
  counterKey,
  measureKey,
  mergeSpecs,
  specText,
} from "../../shared/domain/counter.ts";
import { totalOf } from "../../shared/domain/day-buckets.ts";
import { keyText } from "../../shared/domain/event-key.ts";
import { HOUR_MS, type Instant, utcDay } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type { Counter } from "../../shared/domain/profile.ts";
import { days, NOW } from "../support/builders.ts";

const TYPE = "cart.opened";
const spec = (changes: Partial<CounterSpec> = {}): CounterSpec => ({ key: "k", eventType: TYPE, keep: 3, ...changes });
const fact = (occurredAt: Instant, properties: JsonObject = {}) => ({ occurredAt, properties });

function counted(events: ReturnType<typeof fact>[], by: CounterSpec): Counter | undefined {
  const counters: Record<string, Counter> = {};
  for (const event of events) countEvent(counters, event, [by]);
  return counters["k"];
}

describe("a counter", () => {
  test("keeps the newest stamps and the number of all", () => {
    expect(
      counted(
        [1, 4, 2, 3].map((n) => fact(NOW + n)),
        spec(),
      ),
    ).toEqual({ count: 4, recent: [NOW + 4, NOW + 3, NOW + 2] });
  });

  test("keeps the first stamp where a rule asks for it", () => {
    expect(
      counted(
        [2, 1, 3].map((n) => fact(NOW + n)),
        spec({ keep: 0, first: true }),
      ),
    ).toEqual({
      count: 3,
      recent: [],
      firstAt: NOW + 1,
    });
  });

  test("keeps the key of each event beside its stamp, and does not count events without one", () => {
    const carts: Json[] = ["c1", 7, "", null, true, { id: 1 }];
    const events = [...carts.map((cart, n) => fact(NOW + n, { cart: { id: cart } })), fact(NOW)];
    expect(counted(events, spec({ keyProperty: "cart.id" }))).toEqual({
      count: 2,
      recent: [NOW + 1, NOW],
      values: ["7", "c1"],
    });
  });

  test("writes a long or personal key as a hash, as the key of a run is written", () => {
    const long = "zoe@example.com";
    expect(counted([fact(NOW, { cart: long })], spec({ keyProperty: "cart" }))?.values).toEqual([keyText(long)]);
    expect(keyText(long)).not.toContain("zoe");
  });

  test("counts only what matches for sure", () => {
    const matches = ({ n }: JsonObject) => n === 1;
    expect(counted([fact(NOW, { n: 1 }), fact(NOW, { n: 2 })], spec({ matches }))?.count).toBe(1);
  });

  test("leaves the counter that an older state shares as it was", () => {
    const counters: Record<string, Counter> = {};
    const by = [spec({ keyProperty: "n", first: true, measure: { property: "n", days: 3 } })];
    countEvent(counters, fact(NOW, { n: 1 }), by);
    const [older, copy] = [counters["k"], structuredClone(counters["k"])];
    countEvent(counters, fact(NOW + 1, { n: 2 }), by);
    expect(older).toEqual(copy);
    expect(counters["k"]).not.toEqual(copy);
  });
});

describe("what is measured", () => {
  const measured = (values: Json[], currency?: string) =>
    counted(
      values.map((value, n) => fact(NOW + n, { value })),
      spec({ keep: 0, measure: { property: "value", ...(currency !== undefined && { currency }) } }),
    )?.buckets;

  test("adds up decimals exactly, which floating sums do not", () => {
    const [all] = measured(Array.from({ length: 1_000 }, (_, n) => (n % 2 === 0 ? 0.1 : -0.3))) ?? [];
    expect(all && totalOf(all)).toBe(-100);
    expect(measured([19.99, 19.99, 19.99])?.map(totalOf)).toEqual([59.97]);
    expect(measured([1e11, 0.000_001, -1e11])?.map(totalOf)).toEqual([0.000_001]);
  });

  test("takes numbers and amounts apart, and counts what it cannot read", () => {
    const values: Json[] = [5, { amount: 7, currency: "EUR" }, "5", null, 2e11];
    expect(measured(values)).toMatchObject([{ readable: 1, unreadable: 4, sum: 5, min: 5, max: 5, lastAt: NOW + 4 }]);
    expect(measured(values, "EUR")).toMatchObject([{ readable: 1, unreadable: 4, sum: 7, min: 7, max: 7 }]);
    expect(measured(["x", "y"])).toMatchObject([{ readable: 0, unreadable: 2, min: 0, max: 0 }]);
  });

  test("in a window has a bucket per UTC day, and keeps no more days than the window and one", () => {
    const events = [9, 3, 0, 4, 3, 1].map((age) => fact(NOW - days(age), { value: age }));
    const buckets = counted(events, spec({ measure: { property: "value", days: 3 } }))?.buckets ?? [];
    expect(buckets.map(({ lastAt, sum, readable }) => [utcDay(NOW) - utcDay(lastAt), sum, readable])).toEqual([
      [3, 6, 2],
      [1, 1, 1],
      [0, 0, 1],
    ]);
  });
});

describe("any order of arrival", () => {
  const event = fc
    .record({
      hours: fc.integer({ min: 0, max: 20 * 24 }),
      cart: fc.constantFrom<Json>("a", "b", "c", 1, null),
      value: fc.constantFrom<Json>(0.1, 0.2, 0.7, -19.99, 3, 1e10, "x", null),
    })
    .map(({ hours, cart, value }) => fact(NOW + hours * HOUR_MS, { cart, value }));
  const shuffled = fc
    .array(event, { maxLength: 20 })
    .chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
      ),
    );
  const specs = fc.constantFrom(
    spec({ keyProperty: "cart" }),
    spec({ keep: 0, first: true }),
    spec({ measure: { property: "value" } }),
    spec({ measure: { property: "value", days: 5 } }),
    spec({ keyProperty: "cart", measure: { property: "value", days: 1 } }),
  );

  test("gives the same counter", () => {
    fc.assert(
      fc.property(shuffled, specs, ([events, other], by) => {
        expect(counted(other, by)).toEqual(counted(events, by));
      }),
      { numRuns: 1_500 },
    );
  });

  test("and the sums of all days are those of the events, to the cent", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
        const buckets = counted(events, spec({ measure: { property: "value", days: 40 } }))?.buckets ?? [];
        const cents = events.map(({ properties }) => properties["value"]).filter((value) => typeof value === "number");
        const sum = buckets.reduce((total, bucket) => total + Math.round(totalOf(bucket) * 100), 0);
        expect(sum).toBe(cents.reduce((total, value) => total + Math.round(value * 100), 0));
      }),
    );
  });
});

describe("the specs of several rules", () => {
  test("with one key become one that keeps what any of them needs", () => {
    const measure = (length: number) => spec({ keep: 0, measure: { property: "n", days: length } });
    expect(mergeSpecs([spec({ keep: 2 }), spec({ keep: 5 }), spec({ keep: 0, first: true })])).toEqual([
      spec({ keep: 5, first: true }),
    ]);
    expect(mergeSpecs([measure(7), measure(30), measure(1)])).toEqual([measure(30)]);
    expect(mergeSpecs([spec({ key: "b" }), spec({ key: "a" })]).map(({ key }) => key)).toEqual(["a", "b"]);
  });

  test("are told apart by all that changes what is kept", () => {
    const texts = [
      spec(),
      spec({ keep: 4 }),
      spec({ first: true }),
      spec({ key: counterKey(TYPE, { property: "a", eq: 1 }) }),
      spec({ key: counterKey(TYPE, undefined, "cart") }),
      spec({ key: measureKey(TYPE, { property: "n" }) }),
      spec({ key: measureKey(TYPE, { property: "n", currency: "EUR" }) }),
      spec({ key: measureKey(TYPE, { property: "n", days: 3 }), measure: { property: "n", days: 3 } }),
      spec({ key: measureKey(TYPE, { property: "n", days: 4 }), measure: { property: "n", days: 4 } }),
    ].map(specText);
    expect(new Set(texts).size).toBe(texts.length);
    expect(specText(spec())).toBe(specText(spec({ matches: () => true })));
  });
});
