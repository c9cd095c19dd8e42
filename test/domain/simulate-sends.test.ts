// Guarantees of simulated sends: the gate decides at each send's time, holds are waited for, one address has one cap.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, NEW_ADDRESS } from "../../shared/domain/address.ts";
import type { GateFacts } from "../../shared/domain/gate-facts.ts";
import { HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Send } from "../../shared/domain/send.ts";
import { type Intent, type SimulatedSend, simulateSends } from "../../shared/domain/simulate-sends.ts";
import { days, NOW } from "../support/builders.ts";

const cap = (max: number) => ({ frequencyCap: { marketing: { max, within: "7 days" } } });
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

type Facts = Partial<Omit<GateFacts, "address">>;
type IntentParts = { facts: Facts | ((at: Instant) => Facts); address: Address; addressKey: string };
const granted = { purpose: "marketing", channel: "email", state: "granted", at: 0, by: "shop/1" } as const;
const REACHABLE = { email: "zoe@example.com", consent: granted, settings: cap(1), campaignStatus: "live" } as const;
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
    const claims = [{ at: NOW - days(6), sendId: "old" }];
    const held = anIntent(NOW, { address: { ...NEW_ADDRESS, claims } });
    const outcomes = simulateSends([held, anIntent(NOW + days(2), { expiresAt: NOW + days(4) })]);
    expect(outcomes.map(text)).toEqual(["sent +24h", "refused (frequency-cap) +48h"]);
    expect(outcomes[0]?.heldUntil).toEqual([NOW + days(1)]);
  });

  test("consent that is taken back during a hold counts", () => {
    const claims = [{ at: NOW - days(6), sendId: "old" }];
    const facts = (at: Instant) => (at > NOW ? { consent: { ...granted, state: "denied" as const } } : {});
    const outcomes = simulateSends([anIntent(NOW, { facts, address: { ...NEW_ADDRESS, claims } })]);
    expect(outcomes.map(text)).toEqual(["refused (consent-denied) +24h"]);
  });

  test("an address that changes during a hold is the one that counts", () => {
    const claims = [{ at: NOW - days(6), sendId: "old" }];
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

  test("who is held out takes no room of the cap, service mails neither", () => {
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

  test("a paused campaign holds until the send is too late; at the end of the time it is still held", () => {
    const facts = { campaignStatus: "paused" } as const;
    expect(simulateSends([anIntent(NOW, { facts })]).map(text)).toEqual(["expired (expired) +72h"]);
    expect(simulateSends([anIntent(NOW, { facts })], { until: NOW + days(1) }).map(text)).toEqual([
      "held (paused) +24h",
    ]);
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
