// Guarantees of simulated sends: the gate decides at each send's time, holds are waited for, one address has one cap.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, NEW_ADDRESS } from "../../shared/domain/address.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Send } from "../../shared/domain/send.ts";
import {
  type Intent,
  type SimulatedSend,
  type SimulationFacts,
  simulateSends,
} from "../../shared/domain/simulate-sends.ts";
import { days, NOW } from "../support/builders.ts";

const cap = (max: number) => ({ frequencyCap: { marketing: { max, within: "7 days" } }, quietHours: {} });
let serial = 0;

function anIntent(
  at: Instant,
  { facts = {}, address = NEW_ADDRESS, addressKey = "zoe", ...send }: Partial<Send & IntentParts> = {},
): Intent {
  const id = `s${++serial}`;
  return {
    send: {
      id,
      profileId: "p1",
      campaign: "hello",
      revision: "r1",
      step: "say",
      key: id,
      channel: "email",
      template: "hello",
      purpose: "marketing",
      priority: "normal",
      arm: "treated",
      causeSk: "EVENT#1",
      causeAt: at,
      intendedAt: at,
      expiresAt: at + days(3),
      ...send,
    },
    addressKey,
    address,
    factsAt: (when) => ({ ...REACHABLE, ...(typeof facts === "function" ? facts(when) : facts) }),
  };
}

type Facts = Partial<SimulationFacts>;
type IntentParts = { facts: Facts | ((at: Instant) => Facts); address: Address; addressKey: string };
const granted = { purpose: "marketing", channel: "email", state: "granted", at: 0, by: "shop/1" } as const;
const REACHABLE: SimulationFacts = {
  email: "zoe@example.com",
  consent: granted,
  zone: "Europe/Paris",
  settings: cap(1),
  campaignStatus: "live",
};
const text = ({ state, reason, at }: SimulatedSend) =>
  `${state}${reason ? ` (${reason})` : ""} +${(at - NOW) / HOUR_MS}h`;

describe("simulateSends", () => {
  test("two profiles of one address share its cap, profiles of other addresses do not", () => {
    const outcomes = simulateSends([
      anIntent(NOW + 1, { profileId: "p2" }),
      anIntent(NOW),
      anIntent(NOW + 2, { addressKey: "max" }),
    ]);
    expect(outcomes.map(({ state, reason }) => [state, reason])).toEqual([
      ["refused", "frequency-cap"],
      ["sent", undefined],
      ["sent", undefined],
    ]);
  });

  test("a send held by the cap leaves when the window has room, and then takes the room of a later one", () => {
    const claims = [{ at: NOW - days(6), sendId: "old", purpose: "marketing" as const }];
    const held = anIntent(NOW, { address: { ...NEW_ADDRESS, claims } });
    const outcomes = simulateSends([held, anIntent(NOW + days(2), { expiresAt: NOW + days(4) })]);
    expect(outcomes.map(text)).toEqual(["sent +24h", "refused (frequency-cap) +48h"]);
    expect(outcomes[0]?.heldUntil).toEqual([NOW + days(1)]);
  });

  test("consent that is taken back during a hold counts", () => {
    const claims = [{ at: NOW - days(6), sendId: "old", purpose: "marketing" as const }];
    const facts = (at: Instant) => (at > NOW ? { consent: { ...granted, state: "denied" as const } } : {});
    const outcomes = simulateSends([anIntent(NOW, { facts, address: { ...NEW_ADDRESS, claims } })]);
    expect(outcomes.map(text)).toEqual(["refused (consent-denied) +24h"]);
  });

  test("an address that changes during a hold is the one that counts", () => {
    const claims = [{ at: NOW - days(6), sendId: "old", purpose: "marketing" as const }];
    const held = anIntent(NOW, { address: { ...NEW_ADDRESS, claims } });
    const moved: Intent = {
      ...held,
      factsAt: (at) => ({ ...held.factsAt(at), to: { addressKey: "max", address: NEW_ADDRESS } }),
    };
    expect(simulateSends([moved, anIntent(NOW + 1, { addressKey: "max" })]).map(({ state }) => state)).toEqual([
      "sent",
      "refused",
    ]);
  });

  test("an opt-out and a bounce count from their instant on", () => {
    const address = { ...NEW_ADDRESS, optOuts: { marketing: NOW + 10 }, suppressions: { bounce: NOW + 20 } };
    const facts = { settings: cap(9) };
    const at = (instant: Instant, send: Partial<Send> = {}) => anIntent(instant, { address, facts, ...send });
    const outcomes = simulateSends([at(NOW + 9), at(NOW + 10), at(NOW + 19, { purpose: "service" }), at(NOW + 20)]);
    expect(outcomes.map(({ state, reason }) => reason ?? state)).toEqual(["sent", "opted-out", "sent", "suppressed"]);
  });

  test("who is held out takes room of the cap for others who are held out", () => {
    const heldOut = (at: Instant) => anIntent(at, { arm: "holdout" });
    const outcomes = simulateSends([heldOut(NOW), heldOut(NOW + 1), anIntent(NOW + 2), heldOut(NOW + 3)]);
    expect(outcomes.map(({ state, reason }) => reason ?? state)).toEqual([
      "holdout",
      "frequency-cap",
      "sent",
      "frequency-cap",
    ]);
  });

  test("who is held out takes no room of the cap for others, service mails neither", () => {
    const outcomes = simulateSends([
      anIntent(NOW, { arm: "holdout" }),
      anIntent(NOW + 1, { purpose: "service" }),
      anIntent(NOW + 2),
    ]);
    expect(outcomes.map(({ state, reason }) => reason ?? state)).toEqual(["holdout", "sent", "sent"]);
  });

  test("at one instant the higher priority goes first", () => {
    const outcomes = simulateSends([anIntent(NOW, { priority: "low" }), anIntent(NOW, { priority: "high" })]);
    expect(outcomes.map(({ state }) => state)).toEqual(["refused", "sent"]);
  });

  test("a paused campaign holds for good: nobody resumes it in a simulation", () => {
    const facts = { campaignStatus: "paused" } as const;
    const outcomes = simulateSends([anIntent(NOW, { facts })]);
    expect(outcomes.map(text)).toEqual(["held (paused) +0h"]);
    expect(outcomes[0]).not.toHaveProperty("heldUntil");
  });

  test("what would leave only after the end of the time is still held", () => {
    const settings = { ...cap(1), quietHours: { marketing: { from: "10:00", to: "13:00" } } };
    const one = anIntent(NOW, { facts: { settings } });
    expect(simulateSends([one], { until: NOW + HOUR_MS }).map(text)).toEqual(["held (quiet-hours) +0h"]);
    expect(simulateSends([one], { until: NOW + 2 * HOUR_MS }).map(text)).toEqual(["sent +2h"]);
  });

  test("a mail of the night leaves in the morning of the reader's zone", () => {
    const quietHours = { marketing: { from: "21:00", to: "08:00" } };
    const asleep = (zone: string) =>
      anIntent(NOW, { addressKey: zone, facts: { zone, settings: { ...cap(1), quietHours } } });
    const outcomes = simulateSends(["Europe/Paris", "America/Los_Angeles"].map(asleep));
    expect(outcomes.map(text)).toEqual(["sent +0h", "sent +6h"]);
  });

  test("customers who never spoke of consent get marketing where the shop writes to them", () => {
    const { consent: _none, ...silent } = REACHABLE;
    const settings = { ...cap(9), existingCustomers: { within: "30 days" } };
    const bought = (lastPurchaseAt: Instant): Intent => ({
      ...anIntent(NOW),
      factsAt: () => ({ ...silent, settings, lastPurchaseAt }),
    });
    const outcomes = simulateSends([bought(NOW - days(29)), bought(NOW - days(30))]);
    expect(outcomes.map(({ state, reason }) => reason ?? state)).toEqual(["sent", "consent-unknown"]);
  });

  test("a held mail that is about to leave goes before a less urgent one", () => {
    const settings = { ...cap(9), quietHours: { service: { from: "10:00", to: "12:00" } } };
    const facts = { settings };
    const urgent = anIntent(NOW, { purpose: "service", priority: "high", facts });
    const other = (minute: number) => anIntent(NOW + minute * MINUTE_MS, { facts });
    // Noon is at +60: from +50 on the others wait for it.
    const outcomes = simulateSends([urgent, other(49), other(51), other(70)]);
    expect(outcomes.map(({ at }) => (at - NOW) / MINUTE_MS)).toEqual([60, 49, 60, 70]);
    expect(outcomes[2]?.heldUntil).toHaveLength(9);
  });

  test("nobody waits for a mail that is held out", () => {
    const settings = { ...cap(9), quietHours: { service: { from: "10:00", to: "12:00" } } };
    const heldOut = anIntent(NOW, { purpose: "service", priority: "high", arm: "holdout", facts: { settings } });
    const outcomes = simulateSends([heldOut, anIntent(NOW + 51 * MINUTE_MS, { facts: { settings } })]);
    expect(outcomes.map(({ at }) => (at - NOW) / MINUTE_MS)).toEqual([60, 51]);
  });

  test("a campaign's and the account's ceiling send the rest of a local day into the next, as long as they are worth it", () => {
    const midnight = Date.UTC(2026, 2, 2, 23);
    const zone = "Europe/Paris";
    const at = (minute: number, changes: Partial<Send> = {}) =>
      anIntent(midnight - HOUR_MS + minute * MINUTE_MS, { ...changes, addressKey: `${minute}` });
    const outcomes = simulateSends(
      [
        at(0, { campaign: "a" }),
        at(1, { campaign: "a" }),
        at(2, { campaign: "b" }),
        at(3, { campaign: "b", arm: "holdout" }),
        at(4, { campaign: "b", expiresAt: midnight }),
        at(5, { campaign: "b" }),
      ],
      { ceilings: { zone, account: 2, campaigns: { a: 1 } } },
    );
    expect(outcomes.map(({ state, reason, at: when }) => [reason ?? state, when >= midnight])).toEqual([
      ["sent", false],
      ["sent", true],
      ["sent", false],
      ["holdout", false],
      ["account-ceiling", false],
      ["sent", true],
    ]);
  });

  test("every local day holds as many mails as its ceilings allow", () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom("a", "b")), { maxLength: 40 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 4 }), (drawn, account) => {
        const intents = drawn.map(([hour, campaign], n) =>
          anIntent(NOW + hour * HOUR_MS, { campaign, addressKey: `${n}` }),
        );
        const outcomes = simulateSends(intents, { ceilings: { zone: "Asia/Kolkata", account, campaigns: { a: 2 } } });
        const sent = outcomes.filter(({ state }) => state === "sent");
        const days = Map.groupBy(sent, (one) => Math.floor((one.at + 5.5 * HOUR_MS) / DAY_MS));
        for (const mails of days.values()) {
          expect(mails.length).toBeLessThanOrEqual(account);
          expect(mails.filter(({ send }) => send.campaign === "a").length).toBeLessThanOrEqual(2);
        }
        expect(sent.length + outcomes.filter(({ state }) => state === "refused").length).toBe(intents.length);
      }),
    );
  });

  test("the cap holds in every rolling window, whatever the order of the intents", () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom("zoe", "max")), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 3 }), (drawn, max) => {
        const intents = drawn.map(([hour, addressKey]) =>
          anIntent(NOW + hour * HOUR_MS, { addressKey, facts: { settings: cap(max) } }),
        );
        const outcomes = simulateSends(intents);
        expect(outcomes).toHaveLength(intents.length);
        for (const key of ["zoe", "max"]) {
          const sent = outcomes
            .flatMap(({ state, at }, index) => (state === "sent" && intents[index]?.addressKey === key ? [at] : []))
            .sort((a, b) => a - b);
          for (const [index, at] of sent.entries()) {
            const later = sent[index + max];
            if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(days(7));
          }
        }
      }),
    );
  });
});
