// Guarantees of three-valued logic: unknown is never invented and never lost, and a combined verdict holds until its flipAt.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { all, any, not, type Truth, type Verdict } from "../../shared/domain/verdict.ts";

const TRUTHS: Truth[] = [true, false, undefined];
const truth = fc.constantFrom(...TRUTHS);
const instant = fc.integer({ min: 0, max: 20 });
const verdict: fc.Arbitrary<Verdict> = fc.record(
  { is: truth, since: instant, flipAt: instant },
  { requiredKeys: ["is"] },
);
const verdicts = fc.array(verdict, { maxLength: 5 });
const truthsOf = (truths: Truth[]) => truths.map((is) => ({ is }));

describe("truth tables", () => {
  test.each([
    [[], true, false],
    [[true], true, true],
    [[false], false, false],
    [[undefined], undefined, undefined],
    [[true, true], true, true],
    [[true, false], false, true],
    [[false, false], false, false],
    [[true, undefined], undefined, true],
    [[false, undefined], false, undefined],
    [[undefined, undefined], undefined, undefined],
  ] as [Truth[], Truth, Truth][])("of %j, all is %j and any is %j", (truths, allIs, anyIs) => {
    expect(all(truthsOf(truths)).is).toBe(allIs);
    expect(any(truthsOf(truths)).is).toBe(anyIs);
  });

  test("not unknown is unknown", () => {
    expect([not({ is: true }).is, not({ is: false }).is, not({ is: undefined }).is]).toEqual([false, true, undefined]);
  });
});

describe("laws", () => {
  test("not of all is any of not (De Morgan), with since and flipAt", () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        expect(not(all(list))).toEqual(any(list.map(not)));
      }),
    );
  });

  test("the order of the parts does not matter", () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        expect(all(list.toReversed())).toEqual(all(list));
      }),
    );
  });

  test("not twice is nothing", () => {
    fc.assert(
      fc.property(verdict, (one) => {
        expect(not(not(one))).toEqual(one);
      }),
    );
  });

  test("learning what was unknown never overturns what was known", () => {
    fc.assert(
      fc.property(
        fc.array(truth, { maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        (before, learned) => {
          const after = before.map((is, index) => is ?? learned[index]);
          for (const combine of [all, any]) {
            const known = combine(truthsOf(before)).is;
            if (known !== undefined) expect(combine(truthsOf(after)).is).toBe(known);
          }
        },
      ),
    );
  });
});

/** A truth that changes at given instants; its verdict at an instant says exactly since when and until when. */
type Signal = { start: number; flips: number[] };
const signal: fc.Arbitrary<Signal> = fc.record({
  start: fc.nat({ max: 2 }),
  flips: fc.uniqueArray(instant, { maxLength: 4 }).map((flips) => flips.toSorted((a, b) => a - b)),
});
const truthAt = ({ start, flips }: Signal, at: number): Truth =>
  TRUTHS[(start + flips.filter((flip) => flip <= at).length) % 3];
function verdictAt(of: Signal, at: number): Verdict {
  const since = of.flips.findLast((flip) => flip <= at);
  const flipAt = of.flips.find((flip) => flip > at);
  return { is: truthAt(of, at), ...(since !== undefined && { since }), ...(flipAt !== undefined && { flipAt }) };
}

describe("a combination of parts that change in time", () => {
  const signals = fc.array(signal, { minLength: 1, maxLength: 4 });
  const combination = fc.constantFrom(
    all,
    any,
    (list: Verdict[]) => not(any(list)),
    (list: Verdict[]) => all([any(list), not(all(list))]),
  );
  const wholeAt = (parts: Signal[], combine: typeof all, at: number) =>
    combine(parts.map((part) => verdictAt(part, at)));

  test("holds until flipAt: a change is never found late", () => {
    fc.assert(
      fc.property(signals, combination, instant, (parts, combine, at) => {
        const { is, flipAt = 40 } = wholeAt(parts, combine, at);
        for (let later = at; later < flipAt; later++) expect(wholeAt(parts, combine, later).is).toBe(is);
      }),
      { numRuns: 500 },
    );
  });

  test("has held since `since`, and without one always", () => {
    fc.assert(
      fc.property(signals, combination, instant, (parts, combine, at) => {
        const { is, since = -1 } = wholeAt(parts, combine, at);
        if (is === undefined) return;
        for (let earlier = at; earlier >= since; earlier--) expect(wholeAt(parts, combine, earlier).is).toBe(is);
      }),
      { numRuns: 500 },
    );
  });
});
