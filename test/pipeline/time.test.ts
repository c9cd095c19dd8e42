// Proves that what time brings is found through the due index: once, at the right minute, and without scanning.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { ensureStandingJobs, startNightly } from "../../shared/pipeline/jobs/nights.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { membersView } from "../../shared/pipeline/views/lists.ts";
import { summaryView } from "../../shared/pipeline/views/summary.ts";
import { profileView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

const order = (user: string, at: number, n = 0) => ({
  type: "purchase.completed",
  userId: user,
  id: `${user}-${at}-${n}`,
  occurredAt: iso(at),
  declaredAt: iso(at),
  properties: { amount: { amount: 1_000, currency: "EUR" } },
});
const history = { source: "csv", trigger: false };

async function churnOf(world: MemoryWorld, user: string) {
  const view = await profileView(world.ports, (await findProfile(world.ports, user)) as string);
  return (view as { churn?: { atRiskAt: string; gapDays: number; shopGapDays: number; detected: boolean } }).churn;
}

describe("churn risk", () => {
  test("one purchase and a shop constant of 60 days: at risk, told and written to after 120 days, once per cycle", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), purchase(START, { total: 20 }));
    await world.advanceTo(START + 120 * DAY_MS - MINUTE_MS);
    expect(world.mails()).toEqual([]);
    await world.advanceTo(START + 120 * DAY_MS + MINUTE_MS);
    expect(world.mails()).toHaveLength(1);
    expect((await membersView(world.ports, "at-risk", { limit: 10 }))?.items.map(({ enteredAt }) => enteredAt)).toEqual(
      [iso(START + 120 * DAY_MS)],
    );
    await world.advanceTo(START + 300 * DAY_MS);
    expect(world.published.filter(({ type }) => type === "churn_risk.detected")).toHaveLength(1);
    await world.post(purchase(START + 300 * DAY_MS, { total: 20 }));
    await world.advanceTo(START + 600 * DAY_MS);
    expect(world.published.filter(({ type }) => type === "churn_risk.detected")).toHaveLength(2);
  });

  test("history sets the date, fires nothing for cycles already past, and fires the one still to come", async () => {
    const world = await MemoryWorld.open();
    await importPage(world.ports, [order("past", START - 400 * DAY_MS), order("soon", START - 100 * DAY_MS)], history);
    await world.settle();
    expect(await churnOf(world, "past")).toMatchObject({ atRiskAt: iso(START - 280 * DAY_MS), detected: false });
    await world.advanceTo(START + 30 * DAY_MS);
    const told = world.published
      .filter(({ type }) => type === "churn_risk.detected")
      .map(({ detail }) => detail["profileId"]);
    expect(told).toEqual([await findProfile(world.ports, "soon")]);
  });

  test("a customer in a segment by silence alone leaves at-risk for lapsed a year after the last purchase", async () => {
    const world = await MemoryWorld.open();
    await importPage(world.ports, [order("u-1", START)], history);
    await world.advanceTo(START + 364 * DAY_MS);
    const ids = async (segment: string) => (await membersView(world.ports, segment, { limit: 10 }))?.items.length;
    expect([await ids("at-risk"), await ids("lapsed")]).toEqual([1, 0]);
    await world.advanceTo(START + 365 * DAY_MS + MINUTE_MS);
    expect([await ids("at-risk"), await ids("lapsed")]).toEqual([0, 1]);
  });
});

describe("the shop's constant", () => {
  test("is computed from at least 100 gaps by the nightly job, and used from the next purchase on", async () => {
    const world = await MemoryWorld.open();
    await ensureStandingJobs(world.ports);
    for (let user = 0; user < 99; user++)
      await importPage(
        world.ports,
        [order(`u-${user}`, START - 40 * DAY_MS), order(`u-${user}`, START - 10 * DAY_MS)],
        history,
      );
    await world.advanceTo(START + 2 * DAY_MS);
    expect((await summaryView(world.ports)).shop).toEqual({ gapDays: 60, gaps: 0 });
    await importPage(world.ports, [order("u-100", START - 40 * DAY_MS), order("u-100", START - 10 * DAY_MS)], history);
    await startNightly(world.ports, world.now);
    await world.advanceTo(world.now + MINUTE_MS);
    expect((await summaryView(world.ports)).shop).toEqual({ gapDays: 30, gaps: 100 });
    await importPage(world.ports, [order("new", world.now - HOUR_MS)], history);
    expect(await churnOf(world, "new")).toMatchObject({ gapDays: 30, shopGapDays: 30 });
  });
});

describe("birthday", () => {
  test("the mail leaves at nine in the person's own zone, once a year, and a changed date brings no second one", async () => {
    const world = await MemoryWorld.open();
    await world.post(
      identify(START, { traits: { birthday: "1990-03-05", timezone: "America/Montreal" } }),
      consent(START),
    );
    await world.advanceTo(Date.parse("2026-03-05T13:59:00Z"));
    expect(world.mails()).toEqual([]);
    await world.advanceTo(Date.parse("2026-03-05T14:01:00Z"));
    expect(world.mails()).toHaveLength(1);
    await world.post(identify(world.now, { traits: { birthday: "1990-07-01", timezone: "Europe/Paris" } }));
    await world.advanceTo(Date.parse("2026-12-31T00:00:00Z"));
    expect(world.mails()).toHaveLength(1);
    await world.advanceTo(Date.parse("2027-07-01T07:01:00Z"));
    expect(world.mails()).toHaveLength(2);
  });
});

describe("tick", () => {
  test("a due item is leased before it is handed out: ticks in between hand out nothing", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START));
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    world.queued.sends.length = 0;
    world.now += 10 * MINUTE_MS;
    expect(await tick(world.ports)).toMatchObject({ sends: 1 });
    world.now += 5 * MINUTE_MS;
    expect(await tick(world.ports)).toMatchObject({ sends: 0 });
    expect(world.queued.sends).toHaveLength(1);
  });

  test("enqueues at most three messages per due item over a month of lost pointers that come back", async () => {
    const world = await MemoryWorld.open();
    for (let n = 0; n < 20; n++)
      await world.post(
        identify(START, { user: `u-${n}`, traits: { email: `u${n}@example.com` } }),
        consent(START, { user: `u-${n}` }),
        lead(START, `u-${n}`),
      );
    await world.settle();
    let enqueued = 0;
    const { send } = world.ports.queues.sends;
    world.ports.queues.sends.send = async (messages) => {
      enqueued += messages.length;
      if (enqueued > 20) await send(messages);
    };
    await world.advanceTo(START + DAY_MS);
    expect(world.mails()).toHaveLength(20);
    expect(enqueued).toBeLessThanOrEqual(60);
  });

  test("a wake-up that comes early changes nothing, not even the wake-up", async () => {
    const world = await MemoryWorld.open();
    await world.post(purchase(START, { total: 20 }));
    await world.settle();
    const dueAt = await world.nextDueAt();
    const id = (await findProfile(world.ports, "u-1")) as string;
    const before = await world.table.get({ pk: `PROFILE#${id}`, sk: "STATE#PROFILE" });
    world.now = START + DAY_MS;
    await world.reactTo([{ wake: { profileId: id } }, { wake: { profileId: "nobody" } }]);
    expect(await world.nextDueAt()).toBe(dueAt);
    expect(await world.table.get({ pk: `PROFILE#${id}`, sk: "STATE#PROFILE" })).toEqual(before);
  });
});
