// Guarantees of entering by segment and by schedule, of back-fill, holdouts, pause and archive.
import { describe, expect, test } from "vitest";
import { HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import {
  aCatalogue,
  aLead,
  aLife,
  anEvent,
  anIdentify,
  aPurchase,
  aReachable,
  changesOf,
  days,
  derivedOf,
  firstPublished,
  judgementsOf,
  type Life,
  NOW,
  publishedAfter,
  sendsOf,
} from "../support/builders.ts";

const mailsOf = (life: Life) => sendsOf(life.effects).map(({ campaign, intendedAt }) => [campaign, intendedAt - NOW]);
const endsOf = (life: Life) => life.effects.flatMap((effect) => (effect.kind === "run-ended" ? [effect.reason] : []));
const quiet = { all: [{ did: "purchase.completed" }, { didNot: "purchase.completed", for: "60 days" }] };
const onQuiet: JsonObject = { campaign: "win-back", on: { entered: "quiet" } };
const shop = (parts: { segments?: Record<string, Json>; campaigns?: JsonObject[] }) =>
  firstPublished(aCatalogue(parts), NOW - days(1_000));

describe("entry by a segment", () => {
  const catalogue = shop({ segments: { quiet }, campaigns: [onQuiet, { campaign: "back", on: { left: "quiet" } }] });

  test("by time alone, at the right instant; leaving starts the other, and a second silence is a new entry", () => {
    const life = aLife(catalogue, aReachable(NOW));
    life.arrive(NOW, [aPurchase("9 EUR", { occurredAt: NOW })]);
    life.passUntil(NOW + days(70));
    life.arrive(NOW + days(70), [aPurchase("9 EUR", { occurredAt: NOW + days(70) })]);
    life.passUntil(NOW + days(200));
    expect(mailsOf(life)).toEqual([
      ["win-back", days(60)],
      ["back", days(70)],
      ["win-back", days(130)],
    ]);
    expect(
      derivedOf(life.effects)
        .filter(({ type }) => type.startsWith("segment."))
        .map(({ type }) => type),
    ).toEqual(["segment.entered", "segment.left", "segment.entered"]);
  });

  test("with reentry never, once for ever", () => {
    const once = shop({ segments: { quiet }, campaigns: [{ ...onQuiet, reentry: "never" }] });
    const life = aLife(once, aReachable(NOW));
    for (const day of [0, 70]) life.arrive(NOW + days(day), [aPurchase("9 EUR", { occurredAt: NOW + days(day) })]);
    life.passUntil(NOW + days(200));
    expect(mailsOf(life)).toEqual([["win-back", days(60)]]);
  });

  test("found late: younger than sendBefore it fires, older it is recorded as expired", () => {
    for (const [noticedAfter, mails, outcome] of [
      [60 * 24 + 71, 1, "entered"],
      [60 * 24 + 72, 0, "expired"],
    ] as const) {
      const life = aLife(catalogue, aReachable(NOW));
      life.arrive(NOW, [aPurchase("9 EUR", { occurredAt: NOW })]);
      // Nothing ran for days: the first decision after it comes from another event.
      const asleep = aLife(catalogue, life.profile());
      const at = NOW + noticedAfter * HOUR_MS;
      asleep.arrive(at, [anEvent("page.viewed", {}, { occurredAt: at })]);
      expect(sendsOf(asleep.effects)).toHaveLength(mails);
      expect(judgementsOf(asleep.effects).map((judged) => judged.reason ?? judged.outcome)).toEqual([outcome]);
    }
  });

  test("history that is told late changes memberships and sends nothing", () => {
    const life = aLife(catalogue, aReachable(NOW));
    life.arrive(NOW, [aPurchase("9 EUR", { occurredAt: NOW - days(61), receivedAt: NOW })]);
    expect(changesOf(life.effects)).toEqual(["entered quiet"]);
    expect(mailsOf(life)).toEqual([]);
    life.passUntil(NOW + days(400));
    expect(mailsOf(life)).toEqual([]);
  });

  test("a flip by time that is noticed by a late event still starts its campaign", () => {
    const life = aLife(catalogue, aReachable(NOW));
    life.arrive(NOW, [aPurchase("9 EUR", { occurredAt: NOW })]);
    const asleep = aLife(catalogue, { ...life.profile(), wakeAt: NOW + days(60) });
    const at = NOW + days(60) + HOUR_MS;
    asleep.arrive(at, [anEvent("page.viewed", {}, { occurredAt: NOW - days(10), receivedAt: at })]);
    expect(sendsOf(asleep.effects)).toHaveLength(1);
  });
});

describe("a rule that is published later", () => {
  const bare = shop({ segments: {}, campaigns: [] });
  const withRule = (more: JsonObject = {}, at = NOW) =>
    publishedAfter(bare, aCatalogue({ segments: { quiet }, campaigns: [{ ...onQuiet, ...more }] }), at);
  const known = (boughtAt: number) => {
    const life = aLife(bare, { ...aReachable(boughtAt), version: 1 });
    life.arrive(boughtAt, [aPurchase("9 EUR", { occurredAt: boughtAt })]);
    // What the rule counts is completed from the events before it is judged, as the pipeline does.
    const folded = aLife(withRule(), aReachable(boughtAt));
    folded.arrive(boughtAt, [aPurchase("9 EUR", { occurredAt: boughtAt })]);
    return aLife(bare, { ...life.profile(), counters: folded.profile().counters, version: 1 });
  };

  test("takes in who meets it already, and starts no campaign by it, whether touched or met by an event first", () => {
    for (const touched of [true, false]) {
      const life = known(NOW - days(61));
      life.publish(withRule(), touched ? NOW + 1 : undefined);
      life.arrive(NOW + HOUR_MS, [anEvent("page.viewed", {}, { occurredAt: NOW + HOUR_MS })]);
      life.passUntil(NOW + days(400));
      expect(changesOf(life.effects)).toEqual(["entered quiet"]);
      expect(life.profile().memberships).toEqual({ quiet: NOW - days(1) });
      expect(mailsOf(life)).toEqual([]);
    }
  });

  test("lets in who asks for it: onBackfill enter, once per membership, however often it is published", () => {
    const life = known(NOW - days(61));
    life.publish(withRule({ onBackfill: "enter" }), NOW + 1);
    expect(mailsOf(life)).toEqual([["win-back", 1]]);
    const renamed = aCatalogue({
      segments: { quiet },
      campaigns: [{ ...onQuiet, onBackfill: "enter", title: "Another" }],
    });
    life.publish(publishedAfter(withRule({ onBackfill: "enter" }), renamed, NOW + days(1)), NOW + days(1));
    life.passUntil(NOW + days(400));
    expect(mailsOf(life)).toHaveLength(1);
  });

  test("fires for those who come to meet it afterwards, by time and by an event, touched or not", () => {
    for (const touched of [true, false]) {
      const life = known(NOW - days(50));
      life.publish(withRule(), touched ? NOW + 1 : undefined);
      const asleep = touched ? life : aLife(withRule(), life.profile());
      asleep.passUntil(NOW + days(10));
      if (!touched) asleep.arrive(NOW + days(10) + 5, [anEvent("page.viewed", {}, { occurredAt: NOW + days(10) + 5 })]);
      expect(sendsOf(asleep.effects).map(({ campaign }) => campaign)).toEqual(["win-back"]);
    }
  });

  test("that is renamed, or whose campaign changes, is not a new rule", () => {
    const first = withRule();
    const life = aLife(first, aReachable(NOW));
    life.arrive(NOW, [aPurchase("9 EUR", { occurredAt: NOW })]);
    const second = publishedAfter(
      first,
      aCatalogue({ segments: { quiet }, campaigns: [{ ...onQuiet, title: "Other" }] }),
      NOW + days(59),
    );
    // Published and never touched; the flip comes a day later.
    const asleep = aLife(second, life.profile());
    asleep.arrive(NOW + days(61), [anEvent("page.viewed", {}, { occurredAt: NOW + days(61) })]);
    expect(sendsOf(asleep.effects)).toHaveLength(1);
  });
});

describe("what happened before a rule was live", () => {
  const bare = shop({});
  const withRule = publishedAfter(bare, aCatalogue({ segments: { quiet }, campaigns: [onQuiet] }), NOW);

  test("starts nothing, whether its news come before the back-fill or behind it", () => {
    for (const touched of [true, false]) {
      const life = aLife(bare, { ...aReachable(NOW - days(61)), version: 1 });
      const counters = { "purchase.completed": { count: 1, recent: [NOW - days(60) - HOUR_MS] } };
      const known = aLife(bare, { ...life.profile(), counters });
      known.publish(withRule, touched ? NOW + 1 : undefined);
      known.arrive(NOW + 5_000, [
        anEvent("page.viewed", {}, { occurredAt: NOW - 2 * HOUR_MS, receivedAt: NOW + 5_000 }),
      ]);
      expect(changesOf(known.effects)).toEqual(["entered quiet"]);
      expect(mailsOf(known)).toEqual([]);
    }
  });
});

describe("a campaign for members of long standing", () => {
  const vip = { trait: "tier", eq: "gold" };
  const hello = (more: JsonObject = {}): JsonObject => ({
    campaign: "hello",
    on: { entered: "vip" },
    onBackfill: "enter",
    ...more,
  });
  const member = (catalogue: Parameters<typeof aLife>[0]) => {
    const life = aLife(catalogue, { ...aReachable(NOW - days(9)), version: 1 });
    life.arrive(NOW - days(9), [anIdentify({ tier: "gold" }, { occurredAt: NOW - days(9) })]);
    return life;
  };

  test("that was published as paused lets them in when it goes live, whether or not somebody looked meanwhile", () => {
    for (const touched of [true, false]) {
      const first = shop({ segments: { vip } });
      const life = member(first);
      const paused = publishedAfter(
        first,
        aCatalogue({ segments: { vip }, campaigns: [hello({ status: "paused" })] }),
        NOW,
      );
      life.publish(paused, touched ? NOW + 1 : undefined);
      const live = publishedAfter(paused, aCatalogue({ segments: { vip }, campaigns: [hello()] }), NOW + HOUR_MS);
      life.publish(live, NOW + HOUR_MS + 1);
      expect(sendsOf(life.effects)).toHaveLength(1);
    }
  });

  test("and for many such campaigns at once: each once, in as many decisions as it takes", () => {
    const first = shop({ segments: { vip } });
    const life = member(first);
    const campaigns = Array.from({ length: 60 }, (_, n) => hello({ campaign: `c${n}` }));
    life.publish(publishedAfter(first, aCatalogue({ segments: { vip }, campaigns }), NOW), NOW + 1);
    life.passUntil(NOW + days(1));
    expect(sendsOf(life.effects)).toHaveLength(60);
    expect(life.effects.length).toBeLessThan(500);
  });

  test("does not let them in again when the rule changes and they stay", () => {
    const first = shop({ segments: { vip: { did: "order.paid", within: "60 days" } }, campaigns: [hello()] });
    const life = aLife(first, aReachable(NOW - days(40)));
    for (const day of [-30, -5])
      life.arrive(NOW + days(day), [anEvent("order.paid", {}, { occurredAt: NOW + days(day) })]);
    expect(sendsOf(life.effects)).toHaveLength(1);
    const tighter = aCatalogue({ segments: { vip: { did: "order.paid", within: "20 days" } }, campaigns: [hello()] });
    life.publish(publishedAfter(first, tighter, NOW), NOW + 1);
    expect(life.profile().memberships["vip"]).toBe(NOW - days(5));
    expect(sendsOf(life.effects)).toHaveLength(1);
  });
});

describe("entry by schedule", () => {
  const monthly = { schedule: { monthly: "09:00", on: 1 }, segment: "readers" };
  const segments = { readers: { trait: "reads", eq: true } };
  const catalogue = shop({
    segments,
    campaigns: [{ campaign: "news", on: monthly, audience: { trait: "country", eq: "FR" } }],
  });
  const reader = (traits: JsonObject) => {
    const life = aLife(catalogue, aReachable(NOW));
    life.arrive(NOW, [anIdentify(traits, { occurredAt: NOW })]);
    return life;
  };

  test("each occurrence is one entry, told twice or not", () => {
    const life = reader({ reads: true, country: "FR" });
    for (const day of [1, 1, 32]) life.occur("news", NOW + days(day));
    expect(sendsOf(life.effects).map(({ key }) => key)).toEqual([iso(NOW + days(1)), iso(NOW + days(32))]);
  });

  test("who left the segment, or is outside the audience, does not enter and gets no event of it", () => {
    for (const traits of [
      { reads: false, country: "FR" },
      { reads: true, country: "BE" },
      { reads: true },
    ] as JsonObject[]) {
      const life = reader(traits);
      life.occur("news", NOW + days(1));
      expect([sendsOf(life.effects), judgementsOf(life.effects), derivedOf(life.effects)]).toEqual([[], [], []]);
    }
  });
});

describe("holdouts", () => {
  const armsOf = (campaigns: JsonObject[], settings: JsonObject = {}) =>
    Array.from({ length: 1_000 }, (_, n) => {
      const life = aLife(aCatalogue({ campaigns, settings }), { ...aReachable(), id: `p${n}` });
      life.arrive(NOW, [aLead()]);
      return sendsOf(life.effects).map(({ arm }) => arm);
    });
  const lead = (campaign: string, more: JsonObject = {}): JsonObject => ({
    campaign,
    on: { event: "lead.created" },
    ...more,
  });
  const share = (arms: string[], arm: string) => arms.filter((one) => one === arm).length / arms.length;

  test("ten percent of a campaign are held out, others than of another campaign; they run and their sends say so", () => {
    const both = armsOf([lead("a", { holdout: 10 }), lead("b", { holdout: 10 })]);
    expect(
      share(
        both.map(([a]) => a as string),
        "holdout",
      ),
    ).toBeCloseTo(0.1, 1);
    const overlap = both.filter(([a, b]) => a === "holdout" && b === "holdout").length / both.length;
    expect(overlap).toBeLessThan(0.04);
  });

  test("the global holdout is the same people for every campaign, and service mails know none", () => {
    const all = armsOf([lead("a"), lead("b", { holdout: 50 }), lead("c", { purpose: "service", holdout: 100 })], {
      holdout: 5,
    });
    for (const [a, b, c] of all) {
      expect(b === "global-holdout").toBe(a === "global-holdout");
      expect(c).toBe("treated");
    }
    expect(
      share(
        all.map(([a]) => a as string),
        "global-holdout",
      ),
    ).toBeCloseTo(0.05, 1);
  });

  test("0 and 100 percent are nobody and everybody", () => {
    expect(new Set(armsOf([lead("a", { holdout: 100 })]).flat())).toEqual(new Set(["holdout"]));
    expect(new Set(armsOf([lead("a", { holdout: 0 })]).flat())).toEqual(new Set(["treated"]));
  });
});

describe("pause and archive", () => {
  const series = (more: JsonObject = {}): JsonObject => ({
    campaign: "series",
    on: { event: "lead.created" },
    steps: [
      { id: "rest", wait: "2 days" },
      { id: "two", send: "mail" },
    ],
    ...more,
  });
  const first = shop({ campaigns: [series()] });
  const next = (campaigns: JsonObject[], at: number) => publishedAfter(first, aCatalogue({ campaigns }), at);
  const underWay = () => {
    const life = aLife(first, aReachable(NOW));
    life.arrive(NOW, [aLead()]);
    return life;
  };

  test("a paused campaign lets nobody in, and says so", () => {
    const life = aLife(next([series({ status: "paused" })], NOW), aReachable(NOW));
    life.arrive(NOW, [aLead()]);
    expect(judgementsOf(life.effects)).toEqual([{ campaign: "series", outcome: "not-entered", reason: "paused" }]);
  });

  test("a pause holds runs while their waits go on; they go on with the campaign", () => {
    const life = underWay();
    const paused = next([series({ status: "paused" })], NOW + days(1));
    life.publish(paused, NOW + days(1));
    life.passUntil(NOW + days(3));
    expect(life.profile().runs).toMatchObject([{ state: "held", dueAt: NOW + days(2) }]);
    expect(mailsOf(life)).toEqual([]);
    life.publish(publishedAfter(paused, aCatalogue({ campaigns: [series()] }), NOW + days(3)), NOW + days(3));
    expect(mailsOf(life)).toEqual([["series", days(3)]]);
    // Not worth sending for ever: the wait was over on the second day.
    expect(sendsOf(life.effects)[0]?.expiresAt).toBe(NOW + days(5));
  });

  test("an entry that still waits for facts when its campaign is archived comes to nothing", () => {
    const life = aLife(first, aReachable(NOW));
    const nobody = aLife(first, { ...life.profile(), traits: {}, consents: {} });
    nobody.arrive(NOW, [aLead()]);
    expect(nobody.profile().runs).toMatchObject([{ state: "settling" }]);
    nobody.publish(next([], NOW + 1), NOW + 1);
    expect(nobody.profile().runs).toEqual([]);
    expect(judgementsOf(nobody.effects).at(-1)).toMatchObject({ outcome: "not-entered", reason: "archived" });
    expect(endsOf(nobody)).toEqual([]);
  });

  test("an archived or removed campaign ends its runs with a reason", () => {
    for (const campaigns of [[series({ status: "archived" })], []]) {
      const life = underWay();
      life.publish(next(campaigns, NOW + days(1)), NOW + days(1));
      expect(endsOf(life)).toEqual(["archived"]);
      life.passUntil(NOW + days(30));
      expect(mailsOf(life)).toEqual([]);
      life.arrive(NOW + days(31), [aLead({ occurredAt: NOW + days(31) })]);
      expect(judgementsOf(life.effects)).toHaveLength(1);
    }
  });

  test("a run keeps the steps of its revision to the end", () => {
    const life = underWay();
    const changed = next(
      [
        series({
          steps: [
            { id: "rest", wait: "9 days" },
            { id: "other", send: "other" },
          ],
        }),
      ],
      NOW + days(1),
    );
    life.publish(changed, NOW + days(1));
    life.passUntil(NOW + days(30));
    expect(sendsOf(life.effects).map(({ step, intendedAt }) => [step, intendedAt - NOW])).toEqual([["two", days(2)]]);
  });
});
