// Guarantees of the gate: who says yes, later or no, in which order, at which exact instant; and caps hold in every window.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, NEW_ADDRESS, normalAddress, withClaim, withoutClaim } from "../../shared/domain/address.ts";
import { gate, gates } from "../../shared/domain/gate.ts";
import type { GateFacts } from "../../shared/domain/gate-facts.ts";
import { HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Send } from "../../shared/domain/send.ts";
import { days, NOW } from "../support/builders.ts";

const consented = { purpose: "marketing", channel: "email", state: "granted", at: NOW, by: "shop/1" } as const;

function aSend(changes: Partial<Send> = {}): Send {
  return {
    id: "s0",
    profileId: "p1",
    campaign: "c",
    revision: "r",
    step: "say",
    key: "once",
    channel: "email",
    template: "mail",
    purpose: "marketing",
    priority: "normal",
    arm: "treated",
    causeSk: "EVENT#1",
    causeAt: NOW,
    intendedAt: NOW,
    expiresAt: NOW + days(30),
    ...changes,
  };
}

const cap = (max: number, within: string): GateFacts["settings"] => ({ frequencyCap: { marketing: { max, within } } });
const facts = (changes: Partial<GateFacts> = {}): GateFacts => ({
  email: "zoe@example.com",
  consent: consented,
  address: NEW_ADDRESS,
  settings: cap(3, "7 days"),
  campaignStatus: "live",
  ...changes,
});
const claimed = (...instants: Instant[]): Address => ({
  ...NEW_ADDRESS,
  claims: instants.map((at, n) => ({ at, sendId: `old-${n}` })),
});
const address = (changes: Partial<Address>): Address => ({ ...NEW_ADDRESS, ...changes });
const refused = (reason: string) => ({ kind: "refuse", reason });

describe("the gate", () => {
  test("lets a marketing mail with consent and room under the cap pass", () => {
    expect(gate(aSend(), facts(), NOW)).toEqual({ kind: "claim" });
  });

  test.each([
    ["no address", {}, { address: NEW_ADDRESS, email: undefined }, "no-address"],
    ["no word on consent", {}, { consent: undefined }, "consent-unknown"],
    ["consent denied", {}, { consent: { ...consented, state: "denied" } }, "consent-denied"],
    ["a hard bounce", {}, { address: address({ suppressions: { bounce: NOW } }) }, "suppressed"],
    ["a complaint", {}, { address: address({ suppressions: { complaint: NOW } }) }, "suppressed"],
    ["an opt-out of marketing", {}, { address: address({ optOuts: { marketing: NOW } }) }, "opted-out"],
    ["its time over", { expiresAt: NOW }, {}, "expired"],
  ] as [string, Partial<Send>, { [name: string]: unknown }, string][])(
    "refuses on %s",
    (...[_what, send, changes, reason]) => {
      const { email, ...given } = { ...facts(), ...changes } as GateFacts;
      const seen = Object.fromEntries(
        Object.entries(email === undefined ? given : { ...given, email }).filter(([, value]) => value !== undefined),
      );
      expect(gate(aSend(send), seen as GateFacts, NOW)).toEqual(refused(reason));
    },
  );

  test("a send is worth making until the last millisecond before it expires", () => {
    expect(gate(aSend({ expiresAt: NOW + 1 }), facts(), NOW)).toEqual({ kind: "claim" });
    expect(gate(aSend({ expiresAt: NOW }), facts(), NOW)).toEqual(refused("expired"));
  });

  test("a service mail needs no consent, knows no cap, and an opt-out of marketing does not stop it", () => {
    const service = aSend({ purpose: "service" });
    const { consent: _consent, ...rest } = facts({ settings: cap(1, "7 days") });
    expect(gate(service, { ...rest, address: { ...claimed(NOW - 1), optOuts: { marketing: NOW } } }, NOW)).toEqual({
      kind: "claim",
    });
  });

  test("but nothing goes to an address that bounced, complained or wants no mail at all", () => {
    for (const reason of ["bounce", "complaint", "unsubscribe-all"] as const) {
      const stopped = address({ suppressions: { [reason]: NOW } });
      expect(gate(aSend({ purpose: "service" }), facts({ address: stopped }), NOW)).toEqual(refused("suppressed"));
    }
  });

  test("asks in one order: expiry, campaign, consent, address, suppression, opt-out, cap, holdout; the first no is the reason", () => {
    expect(Object.keys(gates)).toEqual([
      "expiry",
      "campaign",
      "consent",
      "address",
      "suppression",
      "frequency-cap",
      "holdout",
    ]);
    const worst: Address = { ...claimed(NOW, NOW, NOW), suppressions: { bounce: NOW }, optOuts: { marketing: NOW } };
    const { email, consent, ...none } = facts({ address: worst });
    const denied = { ...consented, state: "denied" as const };
    const heldOut = (changes: Partial<Send> = {}) => aSend({ arm: "holdout", ...changes });
    const reasons = [
      gate(heldOut({ expiresAt: NOW }), { ...none, campaignStatus: "archived" }, NOW),
      gate(heldOut(), { ...none, campaignStatus: "archived" }, NOW),
      gate(heldOut(), none, NOW),
      gate(heldOut(), { ...none, consent: denied }, NOW),
      gate(heldOut(), { ...none, ...(consent && { consent }) }, NOW),
      gate(heldOut(), { ...none, ...(email && { email }), ...(consent && { consent }) }, NOW),
      gate(heldOut(), facts({ address: { ...worst, suppressions: {} } }), NOW),
      gate(heldOut({ expiresAt: NOW + 1 }), facts({ address: { ...worst, suppressions: {}, optOuts: {} } }), NOW),
      gate(heldOut(), facts(), NOW),
    ];
    expect(reasons.map((result) => ("reason" in result ? result.reason : result.kind))).toEqual([
      "expired",
      "archived",
      "consent-unknown",
      "consent-denied",
      "no-address",
      "suppressed",
      "opted-out",
      "frequency-cap",
      "holdout",
    ]);
  });
});

describe("a campaign that does not speak any more", () => {
  test("a paused one holds its sends, and asks again within the hour or when they expire", () => {
    const paused = facts({ campaignStatus: "paused" });
    expect(gate(aSend(), paused, NOW)).toEqual({ kind: "hold", until: NOW + HOUR_MS, reason: "paused" });
    expect(gate(aSend({ expiresAt: NOW + 5 }), paused, NOW)).toMatchObject({ kind: "hold", until: NOW + 5 });
  });

  test("an archived one refuses them, service mails too", () => {
    const archived = facts({ campaignStatus: "archived" });
    expect(gate(aSend({ purpose: "service" }), archived, NOW)).toEqual(refused("archived"));
  });
});

describe("the frequency cap", () => {
  const asked = (claims: Address, now: Instant, send: Partial<Send> = {}) =>
    gate(aSend(send), facts({ address: claims, settings: cap(2, "7 days") }), now);

  test("holds the third mail until the first one is exactly seven days old", () => {
    const claims = claimed(NOW, NOW + days(2));
    expect(asked(claims, NOW + days(3))).toEqual({ kind: "hold", until: NOW + days(7), reason: "frequency-cap" });
    expect(asked(claims, NOW + days(7) - 1)).toEqual({ kind: "hold", until: NOW + days(7), reason: "frequency-cap" });
    expect(asked(claims, NOW + days(7))).toEqual({ kind: "claim" });
  });

  test("holds for the claim that has to leave the window, not for the oldest one", () => {
    const claims = claimed(NOW - days(1), NOW, NOW + days(1));
    expect(asked(claims, NOW + days(2))).toEqual({ kind: "hold", until: NOW + days(7), reason: "frequency-cap" });
  });

  test("refuses when the send would expire before there is room", () => {
    const claims = claimed(NOW, NOW);
    expect(asked(claims, NOW + 1, { expiresAt: NOW + days(7) })).toEqual(refused("frequency-cap"));
    expect(asked(claims, NOW + 1, { expiresAt: NOW + days(7) + 1 })).toMatchObject({ kind: "hold" });
  });

  test("does not count the send's own claim when it is judged again", () => {
    const claims: Address = {
      ...NEW_ADDRESS,
      claims: [
        { at: NOW, sendId: "s0" },
        { at: NOW, sendId: "old" },
      ],
    };
    expect(asked(claims, NOW + 1)).toEqual({ kind: "claim" });
  });

  test("gives room back when nothing was sent", () => {
    const full = withClaim(withClaim(NEW_ADDRESS, { at: NOW, sendId: "a" }), { at: NOW, sendId: "b" });
    expect(asked(full, NOW + 1)).toMatchObject({ kind: "hold" });
    expect(asked(withoutClaim(full, { at: NOW, sendId: "a" }), NOW + 1)).toEqual({ kind: "claim" });
  });

  test("whoever follows the gate never exceeds the cap in any rolling window, and is never held without need", () => {
    const wish = fc.tuple(fc.nat({ max: 20 * 24 }), fc.integer({ min: 1, max: 20 * 24 }));
    fc.assert(
      fc.property(
        fc.array(wish, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (wishes, max, windowDays) => {
          let current: Address = NEW_ADDRESS;
          const settings = cap(max, `${windowDays} days`);
          const waiting = wishes.map(([hour, worthHours], n) => {
            const at = NOW + hour * HOUR_MS;
            return { at, send: aSend({ id: `s${n}`, expiresAt: at + worthHours * HOUR_MS }) };
          });
          while (waiting.length > 0) {
            waiting.sort((a, b) => a.at - b.at);
            const { at, send } = waiting.shift() as (typeof waiting)[number];
            const result = gate(send, facts({ address: current, settings }), at);
            const inWindow = current.claims.filter((claim) => at - claim.at < days(windowDays)).length;
            expect(result.kind === "claim").toBe(inWindow < max);
            if (result.kind === "claim") current = withClaim(current, { at, sendId: send.id });
            else if (result.kind === "hold") {
              expect(result.until).toBeGreaterThan(at);
              waiting.push({ at: result.until, send });
            }
          }
          const instants = current.claims.map(({ at }) => at);
          for (const start of instants) {
            expect(instants.filter((at) => at >= start && at < start + days(windowDays)).length).toBeLessThanOrEqual(
              max,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("the address keeps as many claims as the largest cap counts", () => {
    let current: Address = NEW_ADDRESS;
    for (let n = 0; n < 60; n++) current = withClaim(current, { at: NOW + n, sendId: `${n}` });
    expect(current.claims).toHaveLength(50);
    expect(gate(aSend(), facts({ address: current, settings: cap(50, "7 days") }), NOW + 60)).toMatchObject({
      kind: "hold",
      until: NOW + 10 + days(7),
    });
  });
});

describe("an address", () => {
  test("has one spelling", () => {
    expect(normalAddress("  Zoe.Muller+Shop@Example.COM ")).toBe("zoe.muller+shop@example.com");
  });

  test.each([
    "",
    "zoe",
    "zoe@",
    "@example.com",
    "zoe@example",
    "a b@example.com",
    "zoe@exa mple.com",
    "Zoe <zoe@example.com>",
    "a@b.com,c@d.com",
    "zoe@example.com\r\nBcc: x@y.com",
    "zoe..m@example.com",
    ".zoe@example.com",
    "zoe.@example.com",
    "zoe@example..com",
  ])("%j is none that mail can go to", (text) => {
    expect(normalAddress(text)).toBeUndefined();
  });
});
