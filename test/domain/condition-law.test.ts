// Guarantees of the whole language: a compiled condition says what its plain meaning over the raw events says, at any instant,
// and no change by time alone is found late.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Clause, Facts, Needs } from "../../shared/domain/clause.ts";
import { compileCondition } from "../../shared/domain/condition.ts";
import { mergeSpecs } from "../../shared/domain/counter.ts";
import type { Event } from "../../shared/domain/event.ts";
import { fold } from "../../shared/domain/fold.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { Profile } from "../../shared/domain/profile.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { aCatalogue, aProfile } from "../support/builders.ts";
import { naiveTruth, type World } from "../support/naive-conditions.ts";
import { condition, instantAfter, leafCondition, world } from "../support/random-conditions.ts";

const { settings, constants } = aCatalogue();

type Compiled = { rule: Clause; profile: Profile; factsAt(at: Instant): Facts; judge(at: Instant): Verdict };

/** Compiles the condition, and folds the events in the order they are given. */
function compiled(written: Json, of: World, events: Event[] = of.events): Compiled {
  const needs: Needs = { counters: [], segments: [] };
  const rule = compileCondition(written, { path: "where", needs });
  const counters = Map.groupBy(mergeSpecs(needs.counters), (spec) => spec.eventType);
  const profile = aProfile({ id: of.id });
  for (const event of events) fold(profile, event, { settings, constants, counters });
  const { properties, enteredAt } = of;
  const factsAt = (at: Instant): Facts => ({
    profile,
    zone: () => of.zone,
    segment: (id) => membership(of, id, at),
    ...(properties && { properties }),
    ...(enteredAt !== undefined && { enteredAt }),
  });
  return { rule, profile, factsAt, judge: (at) => rule.judge(factsAt(at), at) };
}

/** What is said of a segment whose stays are known: when it turned, and when it will. */
function membership({ segments }: World, id: string, at: Instant): Verdict {
  const stays = segments[id];
  if (stays === undefined) return { is: undefined };
  const turns = stays.flatMap(({ from, until }) => [from, until]).filter(Number.isFinite);
  const since = turns.findLast((turn) => turn <= at);
  const flipAt = turns.find((turn) => turn > at);
  const is = stays.some(({ from, until }) => from <= at && at < until);
  return { is, ...(since !== undefined && { since }), ...(flipAt !== undefined && { flipAt }) };
}

/** Worlds with an instant from the last event on: before it the language keeps no more stamps than its rules need. */
const moments = world.chain((of) => fc.tuple(fc.constant(of), instantAfter(of)));
const anyRule = fc.oneof(leafCondition, condition);

describe("at any instant from the last event on", () => {
  test("a compiled condition says what its meaning over the raw events says, and says the same in short", () => {
    const said = new Set<unknown>();
    fc.assert(
      fc.property(anyRule, moments, (written, [of, at]) => {
        const { rule, factsAt, judge } = compiled(written, of);
        const { is } = judge(at);
        said.add(is);
        expect(is).toBe(naiveTruth(written, of, at));
        expect(rule.holds(factsAt(at), at)).toBe(is);
      }),
      { numRuns: 6_000 },
    );
    expect(said).toEqual(new Set([true, false, undefined]));
  });

  test("none and not turn what is known and keep what is unknown", () => {
    fc.assert(
      fc.property(anyRule, moments, (written, [of, at]) => {
        const { is, flipAt } = compiled(written, of).judge(at);
        for (const turned of [{ not: written }, { none: [written] }]) {
          const verdict = compiled(turned, of).judge(at);
          expect(verdict.is).toBe(is === undefined ? undefined : !is);
          expect(verdict.flipAt).toBe(flipAt);
        }
      }),
      { numRuns: 600 },
    );
  });

  test("the order in which the events arrived changes nothing: neither what is kept, nor what is said of it", () => {
    const shuffled = moments.chain(([of, at]) => {
      const { length } = of.events;
      return fc.tuple(
        fc.constant(of),
        fc.constant(at),
        fc.shuffledSubarray(of.events, { minLength: length, maxLength: length }),
      );
    });
    fc.assert(
      fc.property(anyRule, shuffled, (written, [of, at, other]) => {
        const [one, two] = [compiled(written, of), compiled(written, of, other)];
        expect(two.profile.counters).toEqual(one.profile.counters);
        expect(two.judge(at)).toEqual(one.judge(at));
      }),
      { numRuns: 1_500 },
    );
  });
});

describe("by time alone", () => {
  /** Instants at which something may turn: those that the condition, the events and the calendar suggest, and some between. */
  function samples(of: World, from: Instant, until: Instant): Instant[] {
    const length = until - from;
    const steps = Array.from({ length: 12 }, (_, n) => from + Math.floor((length * n) / 12));
    const midnights = Array.from({ length: 40 }, (_, n) => (Math.floor(from / DAY_MS) + n + 1) * DAY_MS);
    const soon = Array.from({ length: 48 }, (_, n) => from + n * HOUR_MS);
    const ages = of.events.flatMap(({ occurredAt }) => [1, 5, 10, 30].map((days) => occurredAt + days * DAY_MS));
    return [from + 1, ...steps, ...midnights, ...soon, ...ages, until - 1].filter((at) => at >= from && at < until);
  }

  test("nothing changes before flipAt, and without one not for the next 400 days", () => {
    let flips = 0;
    fc.assert(
      fc.property(anyRule, moments, (written, [of, at]) => {
        const { is, flipAt } = compiled(written, of).judge(at);
        if (flipAt !== undefined) flips++;
        const until = Math.min(flipAt ?? Infinity, at + 400 * DAY_MS);
        expect(until).toBeGreaterThan(at);
        for (const later of samples(of, at, until)) expect(naiveTruth(written, of, later)).toBe(is);
      }),
      { numRuns: 1_500 },
    );
    expect(flips).toBeGreaterThan(100);
  });

  test("waking at every flipAt leads through the same truths as looking at every hour", () => {
    fc.assert(
      fc.property(leafCondition, moments, fc.nat({ max: 24 * 40 }), (written, [of, at], hours) => {
        const { judge } = compiled(written, of);
        const end = at + hours * HOUR_MS;
        let verdict = judge(at);
        for (let wakes = 0; verdict.flipAt !== undefined && verdict.flipAt <= end; wakes++) {
          expect(wakes).toBeLessThan(200);
          verdict = judge(verdict.flipAt);
        }
        expect(verdict.is).toBe(naiveTruth(written, of, end));
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a verdict that says since when was so since then, as far back as the last event", () => {
  fc.assert(
    fc.property(leafCondition, moments, (written, [of, at]) => {
      const { is, since } = compiled(written, of).judge(at);
      if (since === undefined || is === undefined) return;
      const last = Math.max(...of.events.map(({ occurredAt }) => occurredAt), -Infinity);
      const from = Math.max(since, last);
      for (const earlier of [from, from + 1, Math.floor((from + at) / 2), at - 1])
        if (earlier >= from && earlier <= at) expect(naiveTruth(written, of, earlier)).toBe(is);
      // Who is in a segment, but not for long enough, was not before either.
      if (since > last + 1 && !("for" in written && is === false))
        expect(naiveTruth(written, of, since - 1)).not.toBe(is);
    }),
    { numRuns: 1_500 },
  );
});
