// Guarantees of frequency caps: they hold in every rolling window of claims, whatever the clocks of the claimers say.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, type AddressClaim, NEW_ADDRESS, withClaim, withoutClaim } from "../../shared/domain/address.ts";
import { gate } from "../../shared/domain/gate.ts";
import { longestCapMs } from "../../shared/domain/gates/frequency-cap.ts";
import { HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Send } from "../../shared/domain/send.ts";
import { days, NOW } from "../support/builders.ts";
import { address, aSend, cap, claimed, facts, refused } from "../support/gate-facts.ts";

const asked = (known: Address, now: Instant, send: Partial<Send> = {}) =>
  gate(aSend(send), facts({ address: known, settings: cap(2, "7 days") }), now);
const aClaim = (at: Instant, sendId: string, changes: Partial<AddressClaim> = {}): AddressClaim => ({
  at,
  sendId,
  purpose: "marketing",
  ...changes,
});

describe("the frequency cap", () => {
  test("holds the third mail until the first one is exactly seven days old", () => {
    const claims = claimed(NOW, NOW + days(2));
    expect(asked(claims, NOW + days(3))).toEqual({ kind: "hold", until: NOW + days(7), reason: "frequency-cap" });
    expect(asked(claims, NOW + days(7) - 1)).toEqual({ kind: "hold", until: NOW + days(7), reason: "frequency-cap" });
    expect(asked(claims, NOW + days(7))).toEqual({ kind: "claim" });
  });

  test("holds for the claim that has to leave the window, not for the oldest one, in whatever order they stand", () => {
    for (const claims of [claimed(NOW - days(1), NOW, NOW + days(1)), claimed(NOW + days(1), NOW - days(1), NOW)])
      expect(asked(claims, NOW + days(2))).toEqual({ kind: "hold", until: NOW + days(7), reason: "frequency-cap" });
  });

  test("counts claims that a fast clock wrote ahead of now", () => {
    const claims = claimed(NOW + MINUTE_MS, NOW + 2 * MINUTE_MS);
    expect(asked(claims, NOW)).toEqual({ kind: "hold", until: NOW + MINUTE_MS + days(7), reason: "frequency-cap" });
  });

  test("refuses when the send would expire before there is room", () => {
    const claims = claimed(NOW, NOW);
    expect(asked(claims, NOW + 1, { expiresAt: NOW + days(7) })).toEqual(refused("frequency-cap"));
    expect(asked(claims, NOW + 1, { expiresAt: NOW + days(7) + 1 })).toMatchObject({ kind: "hold" });
  });

  test("does not count the send's own claim when it is judged again", () => {
    expect(asked(address({ claims: [aClaim(NOW, "s0"), aClaim(NOW, "old")] }), NOW + 1)).toEqual({ kind: "claim" });
  });

  test("gives room back when nothing was sent", () => {
    const both = withClaim(withClaim(NEW_ADDRESS, aClaim(NOW, "a"), days(7)), aClaim(NOW, "b"), days(7));
    expect(asked(both, NOW + 1)).toMatchObject({ kind: "hold" });
    expect(asked(withoutClaim(both, "a"), NOW + 1)).toEqual({ kind: "claim" });
  });

  test("counts each purpose by itself, and service mails only where they have a cap", () => {
    const served = [aClaim(NOW, "a", { purpose: "service" }), aClaim(NOW, "b", { purpose: "service" })];
    expect(asked(address({ claims: served }), NOW)).toEqual({ kind: "claim" });
    expect(asked(address({ claims: served }), NOW, { purpose: "service" })).toEqual({ kind: "claim" });
    const capped = {
      frequencyCap: { ...cap(1, "7 days").frequencyCap, service: { max: 2, within: "1 day" } },
      quietHours: {},
    };
    const known = facts({ address: address({ claims: served }), settings: capped });
    expect(gate(aSend({ purpose: "service" }), known, NOW)).toMatchObject({ until: NOW + days(1) });
  });

  test("counts what held-out runs would have sent for held-out sends only", () => {
    const shadows = address({ claims: [aClaim(NOW, "a", { shadow: true }), aClaim(NOW, "b")] });
    expect(asked(shadows, NOW + 1)).toEqual({ kind: "claim" });
    expect(asked(shadows, NOW + 1, { arm: "holdout" })).toMatchObject({ kind: "hold", reason: "frequency-cap" });
  });

  test("the address keeps as many claims as the largest cap counts, shadow ones apart", () => {
    let current: Address = NEW_ADDRESS;
    for (let n = 0; n < 60; n++) current = withClaim(current, aClaim(NOW + n, `${n}`), days(7));
    for (let n = 0; n < 60; n++) current = withClaim(current, aClaim(NOW + 60, `x${n}`, { shadow: true }), days(7));
    expect(current.claims).toHaveLength(100);
    expect(gate(aSend(), facts({ address: current, settings: cap(50, "7 days") }), NOW + 61)).toMatchObject({
      kind: "hold",
      until: NOW + 10 + days(7),
    });
  });

  test("the longest window of any purpose is remembered", () => {
    const { marketing } = cap(1, "7 days").frequencyCap;
    expect(longestCapMs({ marketing })).toBe(days(7));
    expect(longestCapMs({ marketing, service: { max: 1, within: "60 days" } })).toBe(days(60));
  });
});

type Wish = { at: Instant; send: Send };

/** Follows the gate for all wishes in time order; every claim is written by a clock that is wrong by its own amount. */
function follow(wishes: Wish[], max: number, { within, skewMs = () => 0 }: { within: string; skewMs?: () => number }) {
  let current: Address = NEW_ADDRESS;
  const settings = cap(max, within);
  const claimedAt: Instant[] = [];
  const waiting = [...wishes];
  while (waiting.length > 0) {
    waiting.sort((a, b) => a.at - b.at);
    const { at, send } = waiting.shift() as Wish;
    const now = at + skewMs();
    const result = gate(send, facts({ address: current, settings }), now);
    if (result.kind === "claim") {
      current = withClaim(current, aClaim(now, send.id), longestCapMs(settings.frequencyCap));
      claimedAt.push(now);
    } else if (result.kind === "hold") {
      expect(result.until).toBeGreaterThan(now);
      // Whose clock is slow asks again before it is so far by that clock: an hour later, then.
      waiting.push({ at: Math.max(result.until as Instant, now < at ? at + HOUR_MS : at), send });
    }
  }
  return claimedAt.sort((a, b) => a - b);
}

const wishesOf = (drawn: [number, number][]): Wish[] =>
  drawn.map(([hour, worthHours], n) => {
    const at = NOW + hour * HOUR_MS;
    return { at, send: aSend({ id: `s${n}`, expiresAt: at + worthHours * HOUR_MS }) };
  });

/** No window holds more than `max`: each claim and the one `max` claims later are at least a window apart. */
function expectCap(claimedAt: Instant[], max: number, windowMs: number): void {
  for (const [index, at] of claimedAt.entries()) {
    const later = claimedAt[index + max];
    if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(windowMs);
  }
}

describe("whoever follows the gate", () => {
  const hours = fc.tuple(fc.nat({ max: 60 * 24 }), fc.integer({ min: 1, max: 20 * 24 }));
  const max = fc.integer({ min: 1, max: 4 });

  test("never exceeds the cap in any rolling window, and is never held without need", () => {
    fc.assert(
      fc.property(fc.array(hours, { maxLength: 25 }), max, fc.constantFrom(1, 5, 9, 40), (drawn, most, windowDays) => {
        const wishes = wishesOf(drawn);
        const claimedAt = follow(wishes, most, { within: `${windowDays} days` });
        expectCap(claimedAt, most, days(windowDays));
        const room = wishes.some(
          ({ at, send }) =>
            !claimedAt.some((other) => other > at - days(windowDays) && other < send.expiresAt + days(windowDays)),
        );
        // A wish with nobody near it was not turned away.
        expect(room).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("never exceeds it either when the clocks of those who claim differ by hours", () => {
    const skews = fc.array(fc.integer({ min: -6 * HOUR_MS, max: 6 * HOUR_MS }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(
        fc.array(hours, { maxLength: 25 }),
        skews,
        fc.tuple(max, fc.constantFrom(1, 9, 40)),
        (drawn, skew, [most, windowDays]) => {
          let n = 0;
          const skewMs = () => skew[n++ % skew.length] as number;
          expectCap(follow(wishesOf(drawn), most, { within: `${windowDays} days`, skewMs }), most, days(windowDays));
        },
      ),
      { numRuns: 300 },
    );
  });
});
