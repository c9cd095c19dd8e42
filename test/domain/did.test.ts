// Guarantees of did and didNot: they agree with a count over the raw events at any instant, and no change is found late.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { factsAt } from "../../shared/domain/deciding.ts";
import type { Event } from "../../shared/domain/event.ts";
import { fold } from "../../shared/domain/fold.ts";
import { HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { Truth, Verdict } from "../../shared/domain/verdict.ts";
import { anEvent, aProfile, aRule, NOW } from "../support/builders.ts";

const TYPE = "page.viewed";

/** A question and, beside it, what it means in one line over the raw list of events. */
type Question = { condition: Json; holds: (events: Event[], at: Instant) => boolean };

const within = (events: Event[], { at, windowMs }: { at: Instant; windowMs: number | undefined }) =>
  events.filter(({ occurredAt }) => occurredAt <= at && (windowMs === undefined || at - occurredAt < windowMs)).length;

const BOOKS = { property: "shelf", eq: "books" };
const countsBooks = (events: Event[]) => events.filter(({ properties }) => properties["shelf"] === "books");

const hours = fc.integer({ min: 1, max: 12 });
const question: fc.Arbitrary<Question> = fc
  .record({
    count: fc.constantFrom("atLeast", "atMost", "exactly", "didNot"),
    n: fc.nat({ max: 3 }),
    hours: fc.option(hours),
    books: fc.boolean(),
  })
  .map(({ count, n, hours: wide, books }): Question => {
    const where = books ? { where: BOOKS } : {};
    const counted = books ? countsBooks : (events: Event[]) => events;
    if (count === "didNot") {
      const silence = wide ?? 5;
      const times = (events: Event[], at: Instant) => within(counted(events), { at, windowMs: silence * HOUR_MS });
      return {
        condition: { didNot: TYPE, for: `${silence} hours`, ...where },
        holds: (events, at) => times(events, at) === 0,
      };
    }
    const windowMs = wide === null ? undefined : wide * HOUR_MS;
    const judge = {
      atLeast: (times: number) => times >= n,
      atMost: (times: number) => times <= n,
      exactly: (times: number) => times === n,
    }[count];
    return {
      condition: { did: TYPE, [count]: n, ...(wide !== null && { within: `${wide} hours` }), ...where },
      holds: (events, at) => judge(within(counted(events), { at, windowMs })),
    };
  });

/** Instants on a grid of hours, so that window ends and events often meet exactly. */
const hour = fc.integer({ min: 0, max: 30 }).map((n) => NOW + n * HOUR_MS);
const oneEvent = fc
  .tuple(hour, fc.constantFrom("books", "games"))
  .map(([occurredAt, shelf]) => anEvent(TYPE, { shelf }, { occurredAt }));
const history = (maxLength: number) => fc.array(oneEvent, { maxLength });

function judgeAt(condition: Json, events: Event[]): (at: Instant) => Verdict {
  const { rule, catalogue } = aRule(condition);
  const draft = aProfile();
  for (const event of events) fold(draft, event, catalogue);
  return (at) => rule.judge(factsAt({ draft, catalogue }, at), at);
}

const lastOf = (events: Event[]) => Math.max(NOW, ...events.map(({ occurredAt }) => occurredAt));

describe("did and didNot agree with a count over the raw events", () => {
  test("at any instant from the last event on", () => {
    fc.assert(
      fc.property(
        question,
        history(8),
        fc.integer({ min: 0, max: 15 * 60 }),
        ({ condition, holds }, events, minutes) => {
          const at = lastOf(events) + minutes * 60_000;
          expect(judgeAt(condition, events)(at).is).toBe(holds(events, at));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test("and at instants in the past: right, or unknown where the stamps are not kept, but never wrong", () => {
    const seen = new Set<Truth>();
    fc.assert(
      fc.property(question, history(8), hour, ({ condition, holds }, events, at) => {
        const { is } = judgeAt(condition, events)(at);
        seen.add(is);
        if (is !== undefined) expect(is).toBe(holds(events, at));
      }),
      { numRuns: 1_500, seed: 1 },
    );
    expect(seen).toEqual(new Set([true, false, undefined]));
  });

  test("in the past too without exception, as long as all stamps are kept", () => {
    fc.assert(
      fc.property(question, history(2), hour, ({ condition, holds }, events, at) => {
        expect(judgeAt(condition, events)(at).is).toBe(holds(events, at));
      }),
      { numRuns: 500 },
    );
  });
});

describe("time alone", () => {
  test("changes no verdict before its flipAt, and without one never: a change is never found late", () => {
    fc.assert(
      fc.property(question, history(8), fc.nat({ max: 12 }), ({ condition, holds }, events, wait) => {
        const judge = judgeAt(condition, events);
        const at = lastOf(events) + wait * HOUR_MS;
        const { is, flipAt } = judge(at);
        const until = flipAt ?? at + 40 * HOUR_MS;
        expect(until).toBeGreaterThan(at);
        for (const later of [at + 1, ...steps(at, until), until - 1]) {
          expect(judge(later).is).toBe(is);
          expect(holds(events, later)).toBe(is);
        }
      }),
      { numRuns: 800 },
    );
  });

  test("every verdict that says since when has held since then, and not before, as far as stamps are kept", () => {
    fc.assert(
      fc.property(question, history(4), fc.nat({ max: 12 }), ({ condition, holds }, events, wait) => {
        const at = lastOf(events) + wait * HOUR_MS;
        const kept = aRule(condition).catalogue.counters.get(TYPE)?.[0]?.keep ?? 0;
        fc.pre(events.length <= kept);
        const { is, since } = judgeAt(condition, events)(at);
        for (const earlier of steps(since ?? NOW - HOUR_MS, at)) expect(holds(events, earlier)).toBe(is);
        const alone = typeof condition === "object" && condition !== null && !("exactly" in condition);
        if (since !== undefined && alone) expect(holds(events, since - 1)).toBe(!is);
      }),
      { numRuns: 1_000 },
    );
  });
});

function steps(from: Instant, to: Instant): Instant[] {
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / HOUR_MS)) }, (_, n) => from + n * HOUR_MS);
}

test("the order of arrival changes neither verdict, nor since, nor flipAt", () => {
  const shuffled = history(8).chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length })),
  );
  fc.assert(
    fc.property(question, shuffled, hour, ({ condition }, [events, other], at) => {
      expect(judgeAt(condition, other)(at)).toEqual(judgeAt(condition, events)(at));
    }),
    { numRuns: 500 },
  );
});

describe("windows at their exact end", () => {
  const event = anEvent(TYPE, {}, { occurredAt: NOW });

  test("an event exactly 3 hours old is no longer within 3 hours", () => {
    const judge = judgeAt({ did: TYPE, within: "3 hours" }, [event]);
    expect(judge(NOW + 3 * HOUR_MS - 1)).toEqual({ is: true, since: NOW, flipAt: NOW + 3 * HOUR_MS });
    expect(judge(NOW + 3 * HOUR_MS)).toEqual({ is: false, since: NOW + 3 * HOUR_MS });
  });

  test("a silence of 3 hours is reached exactly 3 hours after the event", () => {
    const judge = judgeAt({ didNot: TYPE, for: "3 hours" }, [event]);
    expect(judge(NOW + 3 * HOUR_MS - 1)).toMatchObject({ is: false, flipAt: NOW + 3 * HOUR_MS });
    expect(judge(NOW + 3 * HOUR_MS)).toEqual({ is: true, since: NOW + 3 * HOUR_MS });
  });

  test("two events at the same millisecond are two", () => {
    expect(judgeAt({ did: TYPE, atLeast: 2 }, [event, { ...event, id: "other" }])(NOW).is).toBe(true);
  });
});

test("what was found is told: how often, and when last", () => {
  const { rule, catalogue } = aRule({ did: TYPE, atLeast: 2, within: "3 hours" });
  const draft = aProfile();
  const found = () => rule.found(factsAt({ draft, catalogue }, NOW), NOW);
  expect(found()).toEqual({ times: 0 });
  for (const age of [1, 2, 9]) fold(draft, anEvent(TYPE, {}, { occurredAt: NOW - age * HOUR_MS }), catalogue);
  expect(found()).toEqual({ times: 2, last: "2026-03-02T09:00:00.000Z" });
});
