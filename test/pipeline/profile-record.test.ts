// Guarantees of a profile's item: what was written is read back, and rules that measure a window stay small.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addToBuckets, measured, singleBucket } from "../../shared/domain/day-buckets.ts";
import type { Bucket, Counter } from "../../shared/domain/profile.ts";
import { profileItem, readProfile } from "../../shared/pipeline/records/profile-record.ts";
import { aProfile, days, NOW } from "../support/builders.ts";

const value = fc.constantFrom(undefined, 5, 0, -3, 19.99, 0.1, 1e10);
const buckets = fc
  .tuple(fc.array(fc.tuple(fc.nat({ max: 9 }), value), { minLength: 1, maxLength: 12 }), fc.constantFrom(undefined, 5))
  .map(([events, length]) =>
    events.reduce<Bucket[]>((known, [age, n]) => addToBuckets(known, singleBucket(NOW - days(age), n), length), []),
  );
const counter: fc.Arbitrary<Counter> = fc
  .record({
    count: fc.nat(),
    recent: fc.array(fc.nat(), { maxLength: 3 }),
    first: fc.option(fc.nat(), { nil: undefined }),
    keyed: fc.boolean(),
    buckets: fc.option(buckets, { nil: undefined }),
  })
  .map(({ first, keyed, buckets: some, ...rest }) => ({
    ...rest,
    ...(keyed && { values: rest.recent.map(String) }),
    ...(first !== undefined && { firstAt: first }),
    ...(some !== undefined && { buckets: some }),
  }));

describe("a profile's item", () => {
  test("gives back every kind of counter", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a.b", "a.b?{}", "a.b#n by day"), counter), (counters) => {
        const stored = JSON.parse(JSON.stringify(profileItem(aProfile({ counters }))));
        expect(readProfile(stored).counters).toEqual(counters);
      }),
      { numRuns: 500 },
    );
  });

  test("takes less than 25 bytes for a day with one purchase", () => {
    let known: Bucket[] = [];
    for (let age = 90; age > 0; age--)
      known = addToBuckets(
        known,
        singleBucket(NOW - days(age), measured({ amount: 4_990, currency: "EUR" }, "EUR")),
        90,
      );
    const size = (counters: Record<string, Counter>) => JSON.stringify(profileItem(aProfile({ counters }))).length;
    const counters = { "purchase.completed#amount EUR by day": { count: 90, recent: [], buckets: known } };
    expect(size(counters) - size({})).toBeLessThan(90 * 25 + 100);
  });
});
