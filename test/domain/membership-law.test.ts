// Guarantee of time: who is in a segment, found by wake-ups alone, is who meets its rule by the raw history, at any instant.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event } from "../../shared/domain/event.ts";
import { isLate } from "../../shared/domain/event.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { aCatalogue, aLife, anIdentify, aProfile, NOW } from "../support/builders.ts";
import { naiveTruth, type World } from "../support/naive-conditions.ts";
import { condition, leafCondition, world } from "../support/random-conditions.ts";

/** Segments that others may use, by what they mean. */
const USED: Record<string, Json> = {
  buyers: { did: "purchase.completed", within: "20 days" },
  quiet: { all: [{ did: "page.viewed" }, { didNot: "page.viewed", for: "5 days" }] },
};

/** The rule with used segments written out, for the plain meaning; "for at least" has a test of its own. */
function writtenOut(rule: Json): Json {
  if (Array.isArray(rule)) return rule.map(writtenOut);
  if (typeof rule !== "object" || rule === null) return rule;
  // A segment that does not exist is unknown, as a trait nobody ever set.
  if (typeof rule["inSegment"] === "string") return USED[rule["inSegment"]] ?? { trait: "nobody-set-it", eq: 1 };
  return Object.fromEntries(Object.entries(rule).map(([key, part]) => [key, writtenOut(part)]));
}

const anyRule = fc
  .oneof(leafCondition, condition)
  .filter((rule) => !/"since":"entry"|"inSegment":"[^"]*","for"|"for":"[^"]*","inSegment"/.test(JSON.stringify(rule)));

/** Each event with how long it was under way: mostly seconds, at times days, so that order turns and some are history. */
const arriving = (of: World) =>
  fc
    .tuple(
      ...of.events.map(() =>
        fc.oneof(
          fc.nat({ max: 10_000 }),
          fc.nat({ max: 9 * 24 }).map((n) => n * HOUR_MS),
        ),
      ),
    )
    .map((delays) =>
      of.events.map((event, index): Event => {
        const receivedAt = event.occurredAt + (delays[index] as number);
        return { ...event, receivedAt, late: isLate(event.occurredAt, receivedAt) };
      }),
    );
const lives = world.chain((of) =>
  fc.tuple(
    fc.constant(of),
    arriving(of),
    fc.array(
      fc.oneof(
        fc.nat({ max: 500 }).map((n) => n * DAY_MS),
        fc.nat({ max: 60 * 24 }).map((n) => n * HOUR_MS),
        fc.nat({ max: DAY_MS }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  ),
);

test("memberships kept by events and wake-ups are those of the raw history, late and out of order or not", () => {
  const seen = { in: 0, out: 0 };
  fc.assert(
    fc.property(anyRule, lives, (rule, [of, events, after]) => {
      const catalogue = aCatalogue({ segments: { ...USED, "the-rule": rule } });
      const start = NOW - 30 * DAY_MS;
      const life = aLife(catalogue, aProfile({ id: of.id, createdAt: start, settledAt: start }));
      life.arrive(start, [anIdentify({ timezone: of.zone }, { occurredAt: start })]);
      for (const event of events.toSorted((a, b) => a.receivedAt - b.receivedAt))
        life.arrive(event.receivedAt, [event]);
      const last = Math.max(NOW, ...events.map(({ receivedAt }) => receivedAt));
      // In a segment there is no event to look at.
      const { properties: _none, enteredAt: _neither, ...plain } = of;
      for (const later of after.toSorted((a, b) => a - b)) {
        const at: Instant = last + later;
        life.passUntil(at);
        const meets = naiveTruth(writtenOut(rule), plain, at) === true;
        seen[meets ? "in" : "out"]++;
        expect("the-rule" in life.profile().memberships).toBe(meets);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(seen.in, seen.out)).toBeGreaterThan(500);
});

test("member for at least so long: true exactly as long after the entry, counted anew after a break", () => {
  const rule: JsonObject = { inSegment: "buyers", for: "10 days" };
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100 * 24 }), { maxLength: 8 }), fc.nat({ max: 200 * 24 }), (hours, later) => {
      const catalogue = aCatalogue({ segments: { buyers: USED["buyers"] as Json, loyal: rule } });
      const life = aLife(catalogue, aProfile({ createdAt: NOW, settledAt: NOW }));
      const stamps = hours.toSorted((a, b) => a - b).map((n) => NOW + n * HOUR_MS);
      for (const [n, at] of stamps.entries()) {
        life.arrive(at, [
          {
            id: `e${n}`,
            source: "shop",
            type: "purchase.completed",
            occurredAt: at,
            receivedAt: at,
            late: false,
            hops: 0,
            properties: {},
          },
        ]);
      }
      const at = (stamps.at(-1) ?? NOW) + later * HOUR_MS;
      life.passUntil(at);
      const isBuyer = (t: Instant) => stamps.some((stamp) => stamp <= t && t < stamp + 20 * DAY_MS);
      // Every instant at which the answer may change, in the ten days before.
      const turns = stamps.flatMap((stamp) => [stamp - 1, stamp, stamp + 20 * DAY_MS - 1, stamp + 20 * DAY_MS]);
      const span = [at - 10 * DAY_MS, at, ...turns.filter((t) => t > at - 10 * DAY_MS && t < at)];
      expect("loyal" in life.profile().memberships).toBe(span.every(isBuyer));
    }),
    { numRuns: 500 },
  );
});
