// Laws of the gate over random facts: a hold makes progress, quiet hours and caps hold at every claim, nothing is answered twice.
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import type { AddressClaim } from "../../shared/domain/address.ts";
import { gate } from "../../shared/domain/gate.ts";
import type { GateFacts } from "../../shared/domain/gate-facts.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Send } from "../../shared/domain/send.ts";
import { NOW } from "../support/builders.ts";
import { address, aSend, facts, settings } from "../support/gate-facts.ts";

const near = (ms: number) => fc.integer({ min: -ms, max: ms }).map((offset): Instant => NOW + offset);
const purpose = fc.constantFrom("marketing" as const, "service" as const);
const priority = fc.constantFrom("high" as const, "normal" as const, "low" as const);
const time = fc
  .integer({ min: 0, max: 47 })
  .map((n) => `${String(n >> 1).padStart(2, "0")}:${n % 2 === 0 ? "00" : "30"}`);
const hours = fc
  .tuple(time, time)
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from, to }));
const capOf = fc.record({ max: fc.integer({ min: 1, max: 3 }), within: fc.constantFrom("2 hours", "1 day", "3 days") });
const ceiling = fc.option(fc.record({ used: fc.nat({ max: 3 }), most: fc.constant(2), endsAt: near(2 * DAY_MS) }), {
  nil: undefined,
});

const someSend = fc
  .record({
    purpose,
    priority,
    arm: fc.constantFrom("treated" as const, "treated" as const, "holdout" as const),
    expiresAt: fc.integer({ min: 1, max: 5 * DAY_MS }).map((ms) => NOW + ms),
  })
  .map((changes): Send => aSend(changes));

const someClaim = fc.record({ at: near(3 * DAY_MS), sendId: fc.constantFrom("a", "b", "c", "s0"), purpose });
const someFacts = fc
  .record({
    claims: fc.array(someClaim, { maxLength: 6 }),
    shadows: fc.array(someClaim, { maxLength: 2 }),
    waiting: fc.array(fc.record({ sendId: fc.constantFrom("a", "s0"), priority, dueAt: near(HOUR_MS) }), {
      maxLength: 2,
    }),
    marketing: capOf,
    service: fc.option(capOf, { nil: undefined }),
    quiet: fc.option(hours, { nil: undefined }),
    zone: fc.constantFrom("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
    pause: fc.option(near(2 * DAY_MS), { nil: undefined }),
    quotaUntil: fc.option(near(DAY_MS), { nil: undefined }),
    campaignCeiling: ceiling,
    accountCeiling: ceiling,
  })
  .map(({ claims, shadows, waiting, marketing, service, quiet, pause, quotaUntil, ...rest }): GateFacts => {
    const shadow = shadows.map((claim): AddressClaim => ({ ...claim, shadow: true }));
    return facts({
      ...rest,
      address: address({
        claims: [...claims, ...shadow],
        waiting,
        pauses: pause === undefined ? {} : { marketing: pause },
      }),
      settings: settings({
        frequencyCap: { marketing, ...(service && { service }) },
        quietHours: quiet === undefined ? {} : { marketing: quiet, service: quiet },
      }),
      stop: quotaUntil === undefined ? {} : { quotaUntil },
    });
  });

const given = { numRuns: 600 };

test("a hold makes progress: at its end the same facts never lead to the same hold, and at last to an end", () => {
  fc.assert(
    fc.property(someSend, someFacts, (send, known) => {
      let now = NOW;
      for (let asked = 0; asked < 10_000; asked++) {
        const result = gate(send, known, now);
        if (result.kind !== "hold") return;
        expect(result.until).toBeGreaterThan(now);
        expect(result.until).toBeLessThanOrEqual(send.expiresAt);
        now = result.until as Instant;
      }
      throw new Error("held for ever");
    }),
    given,
  );
});

test("nothing is claimed in a person's pause, in quiet hours, over a cap or a ceiling, or before a more urgent send", () => {
  fc.assert(
    fc.property(someSend, someFacts, (send, known) => {
      const result = gate(send, known, NOW);
      const passes = result.kind === "claim" || result.reason === "holdout";
      if (!passes) return;
      expect(known.address.pauses[send.purpose] ?? NOW).toBeLessThanOrEqual(NOW);
      const { settings: set, address: at, zone } = known;
      const quiet = set.quietHours[send.purpose];
      const clock = Temporal.Instant.fromEpochMilliseconds(NOW).toZonedDateTimeISO(zone).toPlainTime();
      const shown = clock.toString({ smallestUnit: "minute" });
      if (quiet !== undefined) {
        const { from, to } = quiet;
        expect(from < to ? from <= shown && shown < to : from <= shown || shown < to).toBe(false);
      }
      const cap = set.frequencyCap[send.purpose];
      const windowMs = { "2 hours": 2 * HOUR_MS, "1 day": DAY_MS, "3 days": 3 * DAY_MS }[
        cap?.within ?? "1 day"
      ] as number;
      const others = at.claims.filter(
        (claim) =>
          claim.purpose === send.purpose &&
          claim.sendId !== send.id &&
          claim.at > NOW - windowMs &&
          !(claim.shadow && send.arm === "treated"),
      );
      expect(others.length).toBeLessThan(cap?.max ?? Number.POSITIVE_INFINITY);
      const order = ["high", "normal", "low"];
      const urgent = at.waiting.filter(
        (one) => one.sendId !== send.id && order.indexOf(one.priority) < order.indexOf(send.priority),
      );
      expect(urgent.every(({ dueAt }) => Math.abs(dueAt - NOW) > 10 * MINUTE_MS)).toBe(true);
      if (result.kind !== "claim") return;
      for (const day of [known.campaignCeiling, known.accountCeiling])
        expect(day === undefined || day.used < day.most || day.endsAt <= NOW).toBe(true);
    }),
    given,
  );
});
