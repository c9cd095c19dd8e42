// Guarantees of explanations as things stand: every trigger, every reason, every gate, with file and line.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { explainView } from "../../shared/pipeline/views/explain.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { aboutCampaign, postAt, shopWith, worldWith, written } from "../support/explained-shop.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

const FRENCH = `
campaign: offer
title: An offer
on: { event: purchase.completed, where: { property: amount, gte: "80 EUR" }, key: order_id }
reentry: after 30 days
audience:
  all:
    - { trait: country, in: ["FR"] }
    - not: { trait: vip, eq: true }
steps:
  - { id: offer, send: welcome }
`;

const JOURNEY = `
campaign: journey
title: A journey
on: { event: purchase.completed, key: order_id }
exitWhen: { trait: country, eq: CH }
goal: { event: lead.created, within: 5 days }
steps:
  - { id: pause, wait: 3 days }
  - { id: comeback, wait: { event: cart.created, timeout: 4 days } }
  - { id: offer, send: welcome }
`;

async function reachable(world: MemoryWorld, traits: object = {}): Promise<MemoryWorld> {
  await world.post(identify(START, { traits }), consent(START));
  await world.settle();
  return world;
}

describe("explain, of the small shop", () => {
  test("says in one sentence why somebody got a mail or not, with file and line", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START), purchase(START, { total: 20 }));
    await world.advanceTo(START + HOUR_MS);
    const id = (await findProfile(world.ports, "u-1")) as string;
    expect((await aboutCampaign(world, "welcome")).answer).toMatch(/^Sent: say-hello/);
    const upsell = await aboutCampaign(world, "upsell");
    expect(upsell.answer).toMatch(/does not match the trigger's where/);
    expect(upsell.where).toMatchObject({
      verdict: "false",
      found: { amount: 2_000, currency: "EUR" },
      at: expect.stringMatching(/^campaigns\/upsell\.yaml:\d+:\d+$/),
    });
    expect((await aboutCampaign(world, "win-back")).churn).toMatchObject({ gapDays: 60, shopGapDays: 60 });
    expect((await aboutCampaign(world, "birthday")).answer).toBe("Not triggered: no birthday.reached yet.");
    expect(await explainView(world.ports, id, { campaign: "nothing" })).toMatchObject({
      problem: { code: "no_such_campaign" },
    });
  });
});

describe("explain, clause by clause", () => {
  test("gives each clause with its place, the value found and its verdict", async () => {
    const world = await reachable(await worldWith([FRENCH]), { country: "BE" });
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS, { order: "o-1" }));
    await world.advanceTo(START + 2 * HOUR_MS);
    const view = await aboutCampaign(world, "offer");
    expect(view.answer).toBe('Not entered: audience, trait country in ["FR"], found BE (campaigns/offer.yaml:7:7).');
    expect(view.audience).toEqual({
      says: "all of",
      at: "campaigns/offer.yaml:5:1",
      verdict: "false",
      since: iso(START),
      parts: [
        {
          says: 'trait country in ["FR"]',
          at: "campaigns/offer.yaml:7:7",
          verdict: "false",
          found: "BE",
          since: iso(START),
        },
        {
          says: "not",
          at: "campaigns/offer.yaml:8:7",
          verdict: "unknown",
          parts: [
            {
              says: "trait vip eq true",
              at: "campaigns/offer.yaml:8:7",
              verdict: "unknown",
              why: "nothing is known of it",
            },
          ],
        },
      ],
    });
    expect(view.where).toMatchObject({ verdict: "true", found: { amount: 12_000, currency: "EUR" } });
    expect(view.decisions).toMatchObject([
      {
        outcome: "not-entered",
        reason: "audience",
        clause: "audience.all[0]",
        found: "BE",
        event: { type: "purchase.completed" },
      },
    ]);
    expect(view.ifTriggeredNow).toMatchObject({
      would: "not-enter",
      says: expect.stringContaining("campaigns/offer.yaml:7:7"),
    });
  });

  test("a clause below a not that decided is said to be the one that must not be", async () => {
    const world = await reachable(await worldWith([FRENCH]), { vip: true });
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS));
    await world.advanceTo(START + 2 * HOUR_MS);
    expect((await aboutCampaign(world, "offer")).answer).toBe(
      "Not entered: audience, must not be: trait vip eq true, found true (campaigns/offer.yaml:8:7).",
    );
  });

  test("an amount in another currency is unknown, and says why", async () => {
    const world = await reachable(await worldWith([FRENCH]));
    const dollars = purchase(START + HOUR_MS);
    await postAt(world, START + HOUR_MS, { ...dollars, properties: { ...dollars.properties, currency: "USD" } });
    await world.advanceTo(START + 2 * HOUR_MS);
    const { where, answer } = await aboutCampaign(world, "offer");
    expect(where).toMatchObject({
      verdict: "unknown",
      found: { amount: 12_000, currency: "USD" },
      why: "an amount in USD does not compare with what is written",
    });
    expect(answer).toContain("does not match the trigger's where (unknown)");
  });
});

describe("explain, the trigger's where", () => {
  test("is judged as of when the trigger came, the audience as of now", async () => {
    const recent = "{ did: lead.created, within: 2 days }";
    const campaign = FRENCH.replace('{ property: amount, gte: "80 EUR" }', recent).replace(
      '{ trait: country, in: ["FR"] }',
      recent,
    );
    const world = await reachable(await worldWith([campaign]));
    await world.post(lead(START), purchase(START, { order: "o-1" }));
    await world.advanceTo(START + 10 * DAY_MS);
    const { where, audience } = await aboutCampaign(world, "offer");
    expect(where).toMatchObject({ verdict: "true", flipsAt: iso(START + 2 * DAY_MS) });
    expect(audience?.parts?.[0]).toMatchObject({ verdict: "false", since: iso(START + 2 * DAY_MS) });
  });
});

describe("explain, why nobody entered", () => {
  const reasonOf = async (world: MemoryWorld, campaign: string) => {
    const { answer, decisions } = await aboutCampaign(world, campaign);
    return { answer, reason: decisions[0]?.reason };
  };

  test("never triggered, and only as history", async () => {
    const world = await reachable(await worldWith([FRENCH]));
    expect((await aboutCampaign(world, "offer")).answer).toBe("Not triggered: no purchase.completed yet.");
    await world.post(purchase(START - 10 * DAY_MS));
    await world.settle();
    expect((await aboutCampaign(world, "offer")).answer).toContain("came as history");
  });

  test("still within 30 days of the last entry: until when", async () => {
    const keyless = FRENCH.replace(", key: order_id", "");
    const world = await reachable(await worldWith([keyless]), { vip: false });
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS, { order: "o-1" }));
    await postAt(world, START + 2 * HOUR_MS, purchase(START + 2 * HOUR_MS, { order: "o-2" }));
    await world.advanceTo(START + DAY_MS);
    const view = await aboutCampaign(world, "offer");
    const again = iso(START + HOUR_MS + 30 * DAY_MS);
    expect(view.decisions.map(({ outcome, reason }) => reason ?? outcome)).toEqual(["reentry-too-soon", "entered"]);
    expect(view.answer).toMatch(/^Sent: offer left .*; at .* not entered: entered already, last on /);
    expect(view.answer).toContain(`again from ${again} (campaigns/offer.yaml:4:1)`);
    expect(view.entry).toMatchObject({
      says: "after 30 days",
      lastEnteredAt: iso(START + HOUR_MS),
      barred: { reason: "reentry-too-soon", until: again },
    });
    expect(view.ifTriggeredNow.says).toContain(`reentry-too-soon until ${again}`);
  });

  test("already entered where one enters once", async () => {
    const once = FRENCH.replace(", key: order_id", "").replace("after 30 days", "never");
    const world = await reachable(await worldWith([once]), { vip: false });
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS));
    await postAt(world, START + 2 * HOUR_MS, purchase(START + 2 * HOUR_MS));
    await world.advanceTo(START + DAY_MS);
    const view = await aboutCampaign(world, "offer");
    expect(view.decisions[0]).toMatchObject({
      reason: "already-entered",
      says: expect.stringContaining("re-entry: never"),
    });
    expect(view.entry.barred).toEqual({ reason: "already-entered" });
  });

  test("an event without the key that tells entries apart", async () => {
    const world = await reachable(await worldWith([FRENCH]));
    const { order_id: _order, ...properties } = purchase(START).properties;
    await postAt(world, START + HOUR_MS, { ...purchase(START + HOUR_MS), properties });
    await world.settle();
    expect(await reasonOf(world, "offer")).toEqual({
      reason: "entry-key-missing",
      answer:
        "Not entered: purchase.completed came without order_id, which tells entries apart (campaigns/offer.yaml:3:78).",
    });
  });

  test("paused, archived, and gone", async () => {
    const paused = await reachable(await worldWith([`${FRENCH}status: paused\n`]), { vip: false });
    await postAt(paused, START + HOUR_MS, purchase(START + HOUR_MS));
    await paused.settle();
    expect(await reasonOf(paused, "offer")).toEqual({
      reason: "paused",
      answer: "Not entered: the campaign was paused then (campaigns/offer.yaml:11:1).",
    });
    const archived = await reachable(await worldWith([`${FRENCH}status: archived\n`]), { vip: false });
    await postAt(archived, START + HOUR_MS, purchase(START + HOUR_MS));
    await archived.settle();
    expect((await aboutCampaign(archived, "offer")).answer).toBe(
      "Not entered: the campaign is archived (campaigns/offer.yaml:11:1).",
    );
    const world = await reachable(await worldWith([FRENCH]), { vip: false });
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS));
    await world.advanceTo(START + DAY_MS);
    await publish(world.ports, await shopWith([]));
    const gone = await aboutCampaign(world, "offer");
    expect(gone.campaign).toMatchObject({ status: "archived", at: "campaigns/offer.yaml:1:1" });
    expect(gone.answer).toMatch(/^Sent: offer left .*; the campaign is archived now\.$/);
  });

  test("found too late after its segment was entered", async () => {
    const late = `
campaign: late
title: Late
on: { entered: lapsed }
sendBefore: 2 days
steps: [{ id: hello, send: welcome }]
`;
    const world = await reachable(await worldWith([late]));
    await world.post(purchase(START));
    await world.settle();
    // Nobody works for a year and ten days: the flip is found then.
    world.now = START + 375 * DAY_MS;
    await world.advanceTo(world.now + MINUTE_MS);
    const { answer, reason } = await reasonOf(world, "late");
    expect(reason).toBe("expired");
    expect(answer).toBe("Not entered: noticed later than 2 days after it happened (campaigns/late.yaml:4:1).");
  });
});

describe("explain, the other triggers", () => {
  test("a segment to be entered: by which clause not, then since when", async () => {
    const spenders = `
campaign: spenders
title: Spenders
on: { entered: big-spenders }
steps: [{ id: hello, send: welcome }]
`;
    const world = await reachable(await worldWith([spenders]));
    const before = await aboutCampaign(world, "spenders");
    expect(before.trigger).toMatchObject({ kind: "segment", says: "segment big-spenders entered" });
    expect(before.answer).toMatch(/^Not triggered: not in big-spenders: sum of amount .*segments\/big-spenders\.yaml:/);
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS, { total: 600 }));
    await world.advanceTo(START + DAY_MS);
    const after = await aboutCampaign(world, "spenders");
    expect(after.answer).toMatch(/^Sent: hello left/);
    expect(after.trigger).toMatchObject({
      memberSince: iso(START + HOUR_MS),
      last: { type: "segment.entered", occurredAt: iso(START + HOUR_MS) },
    });
  });

  test("a segment to be left: still in it, and when that may change", async () => {
    const left = `
campaign: left
title: Left
on: { left: at-risk }
steps: [{ id: hello, send: welcome }]
`;
    const world = await reachable(await worldWith([left]));
    expect((await aboutCampaign(world, "left")).answer).toBe(
      "Not triggered: has not left at-risk since the campaign is there.",
    );
    await world.post(purchase(START));
    await world.advanceTo(START + 130 * DAY_MS);
    const view = await aboutCampaign(world, "left");
    expect(view.answer).toMatch(/^Not triggered: still in at-risk, since /);
    expect(view.trigger).toMatchObject({ memberSince: expect.any(String), changesAt: iso(START + 365 * DAY_MS) });
  });

  test("a schedule: its next occurrence", async () => {
    const weekly = `
campaign: weekly
title: Weekly
on: { schedule: { weekly: "09:00", on: [friday], zone: Europe/Paris }, segment: big-spenders }
steps: [{ id: hello, send: welcome }]
`;
    const world = await reachable(await worldWith([weekly]));
    const { trigger, answer, where } = await aboutCampaign(world, "weekly");
    expect(trigger).toMatchObject({
      kind: "schedule",
      says: "weekly at 09:00 on friday Europe/Paris for segment big-spenders",
      nextOccurrenceAt: "2026-03-06T08:00:00.000Z",
      lastOccurrenceAt: "2026-02-27T08:00:00.000Z",
    });
    expect(answer).toContain("it comes round next 2026-03-06T08:00:00.000Z");
    expect(where).toMatchObject({ says: "in segment big-spenders", verdict: "false" });
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS, { total: 600 }));
    await world.advanceTo(START + 6 * DAY_MS);
    const after = await aboutCampaign(world, "weekly");
    expect(after.trigger.last).toMatchObject({ type: "schedule.occurred", occurredAt: "2026-03-06T08:00:00.000Z" });
    expect(after.answer).toMatch(/^Sent: hello left 2026-03-06/);
  });
});

describe("explain, the way through a campaign", () => {
  test("a run under way: where it stands, what it waits for, what would end it", async () => {
    const world = await reachable(await worldWith([JOURNEY]));
    await world.post(purchase(START, { order: "o-1" }));
    await world.advanceTo(START + DAY_MS);
    const dueAt = iso(START + 3 * DAY_MS);
    const { runs, answer } = await aboutCampaign(world, "journey");
    expect(answer).toBe(`Under way: the next step is due ${dueAt} (pause, campaigns/journey.yaml:7:5).`);
    expect(runs).toMatchObject([
      {
        key: "o-1",
        state: "waiting",
        step: "pause",
        at: "campaigns/journey.yaml:7:5",
        waitsFor: `3 days, until ${dueAt}`,
        endsBy: {
          goal: { verdict: "false", at: "campaigns/journey.yaml:5:1" },
          goalUntil: iso(START + 5 * DAY_MS),
          exitWhen: { verdict: "false", at: "campaigns/journey.yaml:4:1" },
        },
      },
    ]);
    await world.advanceTo(START + 4 * DAY_MS);
    expect((await aboutCampaign(world, "journey")).runs).toMatchObject([
      { step: "comeback", waitsFor: `cart.created, until ${iso(START + 7 * DAY_MS)} at the latest` },
    ]);
  });

  test("what would end a run is judged since its entry", async () => {
    const exit = "{ did: cart.created, atLeast: 2, since: entry }";
    const world = await reachable(await worldWith([JOURNEY.replace("{ trait: country, eq: CH }", exit)]));
    const cart = (at: number) => ({ ...lead(at), event: "cart.created", messageId: `cart-${at}` });
    await world.post(cart(START - HOUR_MS), purchase(START, { order: "o-1" }));
    await postAt(world, START + HOUR_MS, cart(START + HOUR_MS));
    await world.advanceTo(START + DAY_MS);
    const { runs } = await aboutCampaign(world, "journey");
    expect(runs[0]?.endsBy?.exitWhen).toMatchObject({ verdict: "false", found: { times: 1 } });
  });

  test("a paused campaign holds its run", async () => {
    const world = await reachable(await worldWith([JOURNEY]));
    await world.post(purchase(START, { order: "o-1" }));
    await world.settle();
    await publish(world.ports, await shopWith([written("campaign", `${JOURNEY}status: paused\n`)]));
    await world.advanceTo(START + 4 * DAY_MS);
    const { answer, runs } = await aboutCampaign(world, "journey");
    expect(answer).toBe("Held: the campaign is paused, and the run stands at pause (campaigns/journey.yaml:7:5).");
    expect(runs).toMatchObject([{ state: "held", waitsFor: expect.stringContaining("paused") }]);
  });

  test("a run that ended: when and why", async () => {
    const world = await reachable(await worldWith([JOURNEY]));
    await world.post(purchase(START, { order: "o-1" }));
    await world.advanceTo(START + DAY_MS);
    await world.post(identify(START + DAY_MS, { traits: { country: "CH" } }));
    await world.settle();
    const { answer, entries, runs } = await aboutCampaign(world, "journey");
    expect(runs).toEqual([]);
    expect(entries).toMatchObject([{ key: "o-1", enteredAt: iso(START), ended: "exit-condition", arm: "treated" }]);
    expect(answer).toMatch(/^Entered .*, no mail became due, the run ended on .*: exit-condition\.$/);
  });

  test("an entry that still waits for facts says which", async () => {
    const world = await worldWith([FRENCH]);
    await world.post(purchase(START, { order: "o-1" }));
    await world.settle();
    const { answer, runs } = await aboutCampaign(world, "offer");
    expect(runs).toMatchObject([{ state: "settling" }]);
    expect(answer).toMatch(/^Waiting for facts that are still unknown, until .*: trait country .*, nothing known/);
  });
});
