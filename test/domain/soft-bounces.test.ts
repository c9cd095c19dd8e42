// Guarantees of soft bounces: so many in a row close an address, a delivery opens it again, and order changes nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, NEW_ADDRESS } from "../../shared/domain/address.ts";
import { softBouncePolicy, withDelivery, withSoftBounce } from "../../shared/domain/soft-bounces.ts";
import { days, NOW } from "../support/builders.ts";

const POLICY = { max: 3, withinMs: days(10) };

type Heard = { bounced: string; at: number } | { deliveredAt: number };

const heardOf = (heard: Heard[], policy = POLICY): Address =>
  heard.reduce(
    (address, one) =>
      "bounced" in one
        ? withSoftBounce(address, { sendId: one.bounced, at: one.at }, policy)
        : withDelivery(address, one.deliveredAt, policy),
    NEW_ADDRESS,
  );
const closedAt = (heard: Heard[], policy = POLICY) => heardOf(heard, policy).suppressions["soft-bounces"];
const bounced = (bounced: string, day: number): Heard => ({ bounced, at: NOW + days(day) });
const delivered = (day: number): Heard => ({ deliveredAt: NOW + days(day) });

describe("soft bounces", () => {
  test("close the address at the third in a row, not at the second", () => {
    expect(closedAt([bounced("a", 0), bounced("b", 1)])).toBeUndefined();
    expect(closedAt([bounced("a", 0), bounced("b", 1), bounced("c", 2)])).toBe(NOW + days(2));
  });

  test("of one send count once", () => {
    expect(closedAt([bounced("a", 0), bounced("a", 1), bounced("a", 2), bounced("b", 3)])).toBeUndefined();
  });

  test("that lie further apart than the policy says do not", () => {
    expect(closedAt([bounced("a", 0), bounced("b", 5), bounced("c", 10)])).toBeUndefined();
    expect(closedAt([bounced("a", 0), bounced("b", 5), bounced("c", 9.9)])).toBe(NOW + days(9.9));
  });

  test("before a delivery count no more, and one that is heard late opens the address again", () => {
    expect(closedAt([bounced("a", 0), bounced("b", 1), delivered(1.5), bounced("c", 2)])).toBeUndefined();
    expect(closedAt([bounced("a", 0), bounced("b", 1), bounced("c", 2), delivered(1.5)])).toBeUndefined();
    expect(closedAt([bounced("a", 0), bounced("b", 1), bounced("c", 2), delivered(-1)])).toBe(NOW + days(2));
  });

  test("lift nothing else", () => {
    const suppressed = { ...NEW_ADDRESS, suppressions: { bounce: NOW, complaint: NOW } };
    expect(withDelivery(suppressed, NOW + 1, POLICY).suppressions).toEqual({ bounce: NOW, complaint: NOW });
  });

  test("heard again are no change to write", () => {
    const address = heardOf([delivered(0), bounced("a", 1), bounced("b", 2)]);
    for (const again of [bounced("a", 1), bounced("b", 1), bounced("b", 2), bounced("z", -1)] as {
      bounced: string;
      at: number;
    }[])
      expect(withSoftBounce(address, { sendId: again.bounced, at: again.at }, POLICY)).toBe(address);
    expect(withDelivery(address, NOW, POLICY)).toBe(address);
    expect(withDelivery(address, NOW - 1, POLICY)).toBe(address);
  });

  test("are kept as far as the latest 20 go", () => {
    const heard = Array.from({ length: 25 }, (_, day) => bounced(`s-${day}`, day));
    const kept = heardOf(heard.toReversed()).softBounces.map(({ sendId }) => sendId);
    expect(kept).toEqual(Array.from({ length: 20 }, (_, index) => `s-${index + 5}`));
  });

  test("are judged by the shop's own policy, by 5 in 30 days where none is published", () => {
    expect(softBouncePolicy()).toEqual({ max: 5, withinMs: days(30) });
    expect(softBouncePolicy({ softBounces: { max: 2, within: "2 weeks" } })).toEqual({ max: 2, withinMs: days(14) });
  });

  const heard = fc.oneof(
    fc.record({
      bounced: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"),
      at: fc.integer({ min: 0, max: 40 }).map((d) => NOW + days(d)),
    }),
    fc.record({ deliveredAt: fc.integer({ min: 0, max: 40 }).map((d) => NOW + days(d)) }),
  );
  const shuffled = fc
    .array(heard, { maxLength: 60 })
    .chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length })),
    );

  test("in any order, with repeats, lead to the same address; at most 20 are kept", () => {
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 2, max: 20 }), ([list, again], max) => {
        const policy = { max, withinMs: days(10) };
        const address = heardOf(list, policy);
        expect(heardOf(again, policy)).toEqual(address);
        expect(address.softBounces.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 500 },
    );
  });
});
