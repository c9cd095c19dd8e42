// Guarantee of time: deciding late comes to the same as deciding in time, whoever slept how long.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Catalogue } from "../../shared/domain/catalogue.ts";
import { decide, type Input } from "../../shared/domain/decide.ts";
import type { Effect } from "../../shared/domain/effect.ts";
import type { Event } from "../../shared/domain/event.ts";
import { HOUR_MS, type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Profile } from "../../shared/domain/profile.ts";
import { entryName } from "../../shared/domain/run.ts";
import { earliest } from "../../shared/domain/verdict.ts";
import { aCatalogue, aLife, anEvent, aReachable, days, firstPublished, NOW, sendsOf } from "../support/builders.ts";

/** Somebody whose wake-ups come when the caller says: between events everything may sleep. */
function aSleeper(catalogue: Catalogue, start: Profile) {
  let profile = start;
  const effects: Effect[] = [];
  const taken = new Map<string, Instant>();
  const step = (input: Input, now: Instant): Instant | undefined => {
    const decided = decide(profile, input, { catalogue, now, taken });
    for (const effect of decided.effects)
      if (effect.kind === "run-started") taken.set(entryName(effect.run), effect.run.cause.at);
    effects.push(...decided.effects);
    const { wakeAt: stored, ...rest } = decided.profile;
    const wakeAt = input.kind === "wake" ? decided.wakeAt : earliest([decided.wakeAt, stored]);
    profile = { ...rest, version: profile.version + 1, ...(wakeAt !== undefined && { wakeAt }) };
    return decided.wakeAt;
  };
  return {
    effects,
    profile: () => profile,
    meet: (event: Event) => step({ kind: "event", event }, event.receivedAt),
    /** Once more while a decision had no room for everything. */
    wake: (at: Instant) => {
      for (let n = 0; n < 50 && (step({ kind: "wake" }, at) ?? at + 1) <= at; n++);
    },
  };
}

const told = (effects: Effect[]) =>
  effects
    .flatMap((effect) => {
      if (effect.kind === "send-intended")
        return [`sends ${effect.send.campaign}/${effect.send.step}/${effect.send.key}`];
      return effect.kind === "run-ended"
        ? [`ends ${effect.run.campaign}/${effect.run.key} ${effect.reason} ${effect.at}`]
        : [];
    })
    .toSorted();

const catalogue = firstPublished(
  aCatalogue({
    segments: {
      quiet: { all: [{ did: "page.viewed" }, { didNot: "page.viewed", for: "5 days" }] },
      vip: { trait: "tier", eq: "gold" },
      loyal: { inSegment: "vip", for: "2 days" },
    },
    campaigns: [
      {
        campaign: "series",
        on: { event: "lead.created", key: "id" },
        sendBefore: "365 days",
        goal: { event: "order.paid", within: "4 days" },
        steps: [
          { id: "a", wait: "1 day" },
          { id: "b", send: "mail" },
          { id: "c", wait: { event: "page.viewed", timeout: "2 days" } },
          {
            id: "d",
            branch: [{ when: { inSegment: "vip" }, steps: [{ id: "e", send: "mail" }] }],
            otherwise: [{ id: "f", wait: { until: "09:00" } }],
          },
          { id: "g", send: "mail" },
        ],
      },
      {
        campaign: "quiet",
        on: { entered: "quiet" },
        sendBefore: "365 days",
        steps: [
          { id: "a", send: "mail" },
          { id: "b", wait: "6 hours" },
          { id: "c", update: { tier: "gold" } },
        ],
      },
      {
        campaign: "loyal",
        on: { entered: "loyal" },
        sendBefore: "365 days",
        exitWhen: { didNot: "order.paid", for: "10 days" },
        steps: [
          { id: "a", wait: "3 hours" },
          { id: "b", send: "mail" },
          { id: "c", emit: "lead.created", properties: { id: "again" } },
        ],
      },
      {
        campaign: "left",
        on: { left: "quiet" },
        sendBefore: "365 days",
        steps: [
          { id: "a", wait: "1 hour" },
          { id: "b", update: { tier: "iron" } },
          { id: "c", send: "mail" },
        ],
      },
    ],
  }),
  NOW - days(1_000),
);

const happening = fc.record({
  type: fc.constantFrom("lead.created", "page.viewed", "order.paid"),
  after: fc.oneof(
    fc.nat({ max: 20 * 24 }).map((n) => n * HOUR_MS),
    fc.nat({ max: 3 * 24 * 60 }).map((n) => n * MINUTE_MS),
  ),
  id: fc.constantFrom("1", "2"),
});

describe("deciding late", () => {
  test("comes to the same mails and the same ends as deciding in time", () => {
    let mails = 0;
    fc.assert(
      fc.property(
        fc.array(happening, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat({ max: 40 * 24 }), { maxLength: 3 }),
        (happenings, looks) => {
          const events = happenings
            .map(({ type, after, id }) => anEvent(type, { id }, { occurredAt: NOW + after }))
            .toSorted((a, b) => a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : 1));
          const inTime = aLife(catalogue, aReachable(NOW - days(1)));
          const asleep = aSleeper(catalogue, aReachable(NOW - days(1)));
          const end = NOW + days(80);
          const wakes = looks.map((n) => NOW + n * HOUR_MS);
          for (const event of events) {
            inTime.arrive(event.receivedAt, [event]);
            for (const at of wakes.filter((one) => one <= event.receivedAt)) asleep.wake(at);
            asleep.meet(event);
          }
          inTime.passUntil(end);
          asleep.wake(end);
          expect(told(asleep.effects)).toEqual(told(inTime.effects));
          expect(asleep.profile().memberships).toEqual(inTime.profile().memberships);
          mails += sendsOf(inTime.effects).length;
        },
      ),
      { numRuns: 400 },
    );
    expect(mails).toBeGreaterThan(1_000);
  });

  test("passes nothing over when far more is due than one decision holds", () => {
    const six = Array.from({ length: 6 }, (_, n) => ({ id: `s${n}`, send: "mail" }));
    const emits = Array.from({ length: 30 }, (_, n) => ({
      campaign: `e${n}`,
      on: { event: "lead.created", key: "id" },
      steps: [
        { id: "rest", wait: "4 days" },
        { id: "x", emit: "step.passed" },
      ],
    }));
    const busy = firstPublished(
      aCatalogue({
        segments: {
          quiet: {
            all: [
              { didNot: "order.paid", for: "5 days" },
              { did: "order.paid", within: "7 days" },
            ],
          },
        },
        campaigns: [
          {
            campaign: "many",
            on: { event: "lead.created", key: "id" },
            sendBefore: "99 days",
            steps: [{ id: "rest", wait: "2 days" }, ...six],
          },
          { campaign: "quiet", on: { entered: "quiet" }, sendBefore: "99 days", steps: [{ id: "say", send: "mail" }] },
          { campaign: "birthday", on: { event: "birthday.reached", key: "year" }, sendBefore: "99 days" },
          ...emits,
        ],
      }),
      NOW - days(1_000),
    );
    const events = [
      { ...anEvent("profile.identified", {}, { occurredAt: NOW }), traits: { birthday: "--03-06" } },
      anEvent("order.paid", {}, { occurredAt: NOW }),
      ...Array.from({ length: 9 }, (_, n) => anEvent("lead.created", { id: String(n) }, { occurredAt: NOW + n })),
    ];
    const inTime = aLife(busy, aReachable(NOW - days(1)));
    const asleep = aSleeper(busy, aReachable(NOW - days(1)));
    for (const event of events) {
      inTime.arrive(event.receivedAt, [event]);
      asleep.meet(event);
      asleep.wake(event.receivedAt);
    }
    inTime.passUntil(NOW + days(10));
    for (let n = 0; n < 20; n++) asleep.wake(NOW + days(10));
    expect(told(asleep.effects)).toEqual(told(inTime.effects));
    const campaigns = Object.groupBy(sendsOf(asleep.effects), ({ campaign }) => campaign);
    expect(
      Object.entries(campaigns)
        .map(([id, sends]) => [id, sends?.length])
        .toSorted(),
    ).toEqual([
      ["birthday", 1],
      ["many", 54],
      ["quiet", 1],
    ]);
  });
});
