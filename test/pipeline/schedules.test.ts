// Proves that scheduled campaigns come round at their local times, once for everybody they are for.
import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { work } from "../../shared/pipeline/work.ts";
import { identify, purchase } from "../support/calls.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";
import { entriesOf, itemsOf, jobOf } from "../support/stored.ts";

const GOLD = { gold: { trait: "plan", eq: "gold" } };
const NEWS = "schedule#news";

const newsCampaign = (schedule: JsonObject) => ({
  campaign: "news",
  on: { schedule, segment: "gold" },
  steps: [{ id: "mark", emit: "news.read" }],
});

/** The shop with one scheduled campaign for its gold customers. */
const news = (schedule: JsonObject, changes: JsonObject = {}) =>
  shopDefinitions({ segments: GOLD, campaigns: [{ ...newsCampaign(schedule), ...changes }] });

const parts = (schedule: JsonObject) => ({ segments: GOLD, campaigns: [newsCampaign(schedule)] });
const zoned = (zone: string) => ({ settings: { timezone: { default: zone, byCountry: {} } } });

/** A world at an instant with u-1 a gold customer and u-2 not. */
async function aWorld(at: string, definitions = shopDefinitions()): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.now = Date.parse(at);
  await publish(world.ports, definitions);
  await world.post(
    identify(world.now, { user: "u-1", traits: { plan: "gold" } }),
    identify(world.now, { user: "u-2", traits: { plan: "free" } }),
  );
  await world.settle();
  return world;
}

const until = (world: MemoryWorld, at: string) => world.advanceTo(Date.parse(at));
const change = async (world: MemoryWorld, at: string, definitions: ReturnType<typeof news>) => {
  await until(world, at);
  await publish(world.ports, definitions);
};
/** When u-1 entered; nobody else may. */
async function times(world: MemoryWorld): Promise<string[]> {
  return (await entriesOf(world, "news")).map((entry) => {
    expect(entry).toMatch(/^u-1 /);
    return entry.slice("u-1 ".length, "u-1 2026-03-02T08:00".length);
  });
}

describe("a schedule of a shop in Paris", () => {
  test.each([
    [
      "daily, at a time that spring skips",
      { daily: "02:30" },
      ["2026-03-27T12:00Z", "2026-03-30T12:00Z"],
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "daily, at a time that autumn has twice",
      { daily: "02:30" },
      ["2026-10-23T12:00Z", "2026-10-26T12:00Z"],
      ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
    ],
    [
      "weekly, over the change of clocks",
      { weekly: "09:00", on: ["friday", "monday"] },
      ["2026-03-26T12:00Z", "2026-04-03T12:00Z"],
      ["2026-03-27T08:00", "2026-03-30T07:00", "2026-04-03T07:00"],
    ],
    [
      "monthly, on the last day",
      { monthly: "09:00", on: "last" },
      ["2026-02-20T12:00Z", "2026-05-01T12:00Z"],
      ["2026-02-28T08:00", "2026-03-31T07:00", "2026-04-30T07:00"],
    ],
    [
      "monthly, on the 31st or the last day of a shorter month",
      { monthly: "23:30", on: 31 },
      ["2026-02-20T12:00Z", "2026-05-01T12:00Z"],
      ["2026-02-28T22:30", "2026-03-31T21:30", "2026-04-30T21:30"],
    ],
    [
      "once, at a time that does not exist",
      { once: "2026-03-29 02:30" },
      ["2026-03-20T12:00Z", "2026-05-01T12:00Z"],
      ["2026-03-29T01:00"],
    ],
    [
      "daily, in a zone of its own",
      { daily: "09:00", zone: "America/New_York" },
      ["2026-03-06T16:00Z", "2026-03-09T16:00Z"],
      ["2026-03-07T14:00", "2026-03-08T13:00", "2026-03-09T13:00"],
    ],
  ] as [string, JsonObject, [string, string], string[]][])("%s", async (...given) => {
    const [, schedule, [from, to], expected] = given;
    const world = await aWorld(from, news(schedule));
    await until(world, to);
    expect(await times(world)).toEqual(expected);
  });

  test("a campaign without a segment is for everybody, its audience aside", async () => {
    const everybody = news({ daily: "09:00" }, { on: { schedule: { daily: "09:00" } } });
    const world = await aWorld("2026-03-02T12:00Z", everybody);
    await until(world, "2026-03-03T12:00Z");
    expect(await entriesOf(world, "news")).toEqual(["u-1 2026-03-03T08:00:00.000Z", "u-2 2026-03-03T08:00:00.000Z"]);
    const others = news(
      { daily: "09:00" },
      { on: { schedule: { daily: "09:00" } }, audience: { trait: "plan", ne: "gold" } },
    );
    await change(world, "2026-03-03T13:00Z", others);
    await until(world, "2026-03-04T12:00Z");
    expect((await entriesOf(world, "news")).slice(1)).toEqual([
      "u-2 2026-03-03T08:00:00.000Z",
      "u-2 2026-03-04T08:00:00.000Z",
    ]);
  });

  test("who left the segment while the list is worked through does not enter", async () => {
    const world = await aWorld("2026-03-02T12:00Z", news({ daily: "09:00" }));
    world.now = Date.parse("2026-03-03T08:00Z");
    await tick(world.ports);
    await world.post(identify(world.now, { user: "u-1", traits: { plan: "free" } }));
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    await world.settle();
    expect(await times(world)).toEqual([]);
  });

  test("a segment that is as new as the campaign is waited for, however soon its first occurrence comes", async () => {
    const world = await aWorld("2026-03-03T07:59:30Z");
    await publish(world.ports, news({ daily: "09:00" }));
    world.now = Date.parse("2026-03-03T08:00:10Z");
    // A clock that runs: a call does a page or two.
    const { now } = world.ports.clock;
    world.ports.clock.now = () => {
      world.now += 100;
      return now();
    };
    await work(world.ports, "backfill#2");
    expect(await jobOf(world, "backfill#2")).toMatchObject({ state: "running" });
    await work(world.ports, NEWS);
    expect(await jobOf(world, NEWS)).toMatchObject({ state: "waiting" });
    world.ports.clock.now = now;
    await until(world, "2026-03-03T12:00Z");
    expect(await times(world)).toEqual(["2026-03-03T08:00"]);
  });

  test("occurrences that nobody was there for are not caught up with, except the one that waits", async () => {
    const world = await aWorld("2026-03-02T12:00Z", news({ daily: "09:00" }));
    await until(world, "2026-03-02T12:10Z");
    world.now = Date.parse("2026-03-05T12:00Z");
    await until(world, "2026-03-06T12:00Z");
    expect(await times(world)).toEqual(["2026-03-03T08:00", "2026-03-06T08:00"]);
  });
});

describe("a schedule that is published anew", () => {
  test("with another time comes round at that one, and with the same one as before", async () => {
    const world = await aWorld("2026-03-02T12:00Z", news({ daily: "09:00" }));
    await change(world, "2026-03-03T07:00Z", news({ daily: "10:00" }));
    await change(world, "2026-03-04T07:00Z", news({ daily: "10:00" }, { title: "News" }));
    await change(
      world,
      "2026-03-04T12:00Z",
      shopDefinitions({ ...zoned("America/New_York"), ...parts({ daily: "10:00" }) }),
    );
    await until(world, "2026-03-05T16:00Z");
    expect(await times(world)).toEqual([
      "2026-03-03T09:00",
      "2026-03-04T09:00",
      "2026-03-04T15:00",
      "2026-03-05T15:00",
    ]);
  });

  test.each([
    ["removed", () => shopDefinitions({ segments: GOLD })],
    ["archived", () => news({ daily: "09:00" }, { status: "archived" })],
    ["triggered otherwise", () => news({ daily: "09:00" }, { on: { event: "lead.created" } })],
  ] as [string, () => ReturnType<typeof news>][])(
    "%s: its job is gone, and comes back with the campaign",
    async (_, without) => {
      const world = await aWorld("2026-03-02T12:00Z", news({ daily: "09:00" }));
      await change(world, "2026-03-03T12:00Z", without());
      await until(world, "2026-03-03T13:00Z");
      expect(await jobOf(world, NEWS)).toBeUndefined();
      await until(world, "2026-03-04T12:00Z");
      await change(world, "2026-03-04T12:00Z", news({ daily: "09:00" }));
      await until(world, "2026-03-05T12:00Z");
      expect(await times(world)).toEqual(["2026-03-03T08:00", "2026-03-05T08:00"]);
    },
  );

  test("paused: occurrences pass, and go on when it is live again", async () => {
    const world = await aWorld("2026-03-02T12:00Z", news({ daily: "09:00" }));
    await change(world, "2026-03-03T12:00Z", news({ daily: "09:00" }, { status: "paused" }));
    await until(world, "2026-03-05T11:00Z");
    expect(await jobOf(world, NEWS)).toMatchObject({ state: "waiting", counts: { done: 0 } });
    await change(world, "2026-03-05T12:00Z", news({ daily: "09:00" }));
    await until(world, "2026-03-06T12:00Z");
    expect(await times(world)).toEqual(["2026-03-03T08:00", "2026-03-06T08:00"]);
  });

  test("once and over: the job says so, and a new date makes it wait again", async () => {
    const world = await aWorld("2026-03-02T12:00Z", news({ once: "2026-03-03 09:00" }));
    expect(await jobOf(world, NEWS)).toBeUndefined();
    await until(world, "2026-03-02T12:10Z");
    expect(await jobOf(world, NEWS)).toMatchObject({ state: "waiting", dueAt: "2026-03-03T08:00:00.000Z" });
    await until(world, "2026-03-03T12:00Z");
    expect(await jobOf(world, NEWS)).toMatchObject({ state: "done", progress: 1, counts: { done: 1, entered: 1 } });
    await change(world, "2026-03-04T12:00Z", news({ once: "2026-03-05 09:00" }));
    await until(world, "2026-03-06T12:00Z");
    expect(await times(world)).toEqual(["2026-03-03T08:00", "2026-03-05T08:00"]);
  });
});

describe("a broadcast to many", () => {
  const MANY = 2_500;

  async function aCrowd(): Promise<MemoryWorld> {
    const world = await aWorld("2026-03-02T12:00Z", news({ daily: "09:00" }));
    for (let n = 0; n < MANY; n++)
      await world.post(identify(world.now, { user: `m-${n}`, traits: { plan: "gold", email: `m${n}@example.com` } }));
    await world.settle();
    await until(world, "2026-03-03T07:59Z");
    return world;
  }

  test("goes page by page: live events and other jobs have their turn in between, and each member enters once", async () => {
    const world = await aCrowd();
    world.now = Date.parse("2026-03-03T08:00Z");
    await tick(world.ports);
    const [pointer] = world.queued.jobs.splice(0);
    expect(pointer?.body).toEqual({ job: { id: NEWS } });
    await work(world.ports, NEWS);
    expect(await jobOf(world, NEWS)).toMatchObject({ state: "running", counts: { done: expect.any(Number) } });
    expect((await jobOf(world, NEWS))?.counts["done"]).toBeLessThan(MANY);
    await world.post(purchase(world.now, { user: "u-2" }));
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    const events = (await itemsOf(world)).filter(({ sk }) => sk.startsWith("EVENT#"));
    expect(events.filter((item) => item["type"] === "purchase.completed")).toHaveLength(1);
    // The pointer to what is left is there already; a lost one would come back through the due index.
    expect(world.queued.jobs.map(({ body }) => body)).toEqual([{ job: { id: NEWS } }]);
    await world.settle();
    expect(await entriesOf(world, "news")).toHaveLength(MANY + 1);
    expect(await jobOf(world, NEWS)).toMatchObject({
      state: "waiting",
      counts: { done: MANY + 1, entered: MANY + 1 },
      dueAt: "2026-03-04T08:00:00.000Z",
    });
  }, 60_000);

  test("whose segment is changed on the way reaches all members of the new one", async () => {
    const world = await aCrowd();
    const silver = Array.from({ length: 60 }, (_, n) => `s-${n}`);
    for (const user of silver) await world.post(identify(world.now, { user, traits: { plan: "silver" } }));
    await world.settle();
    world.now = Date.parse("2026-03-03T08:00Z");
    await work(world.ports, NEWS);
    const both = { ...GOLD, silver: { trait: "plan", eq: "silver" } };
    const on = { schedule: { daily: "09:00" }, segment: "silver" };
    await publish(
      world.ports,
      shopDefinitions({ segments: both, campaigns: [{ ...newsCampaign({ daily: "09:00" }), on }] }),
    );
    await until(world, "2026-03-03T08:10Z");
    const entered = (await entriesOf(world, "news")).map((entry) => entry.split(" ")[0]);
    expect(entered.filter((user) => user?.startsWith("s-"))).toHaveLength(silver.length);
  }, 60_000);

  test("a page that is done again enters nobody twice, and tells nobody twice", async () => {
    const world = await aCrowd();
    world.now = Date.parse("2026-03-03T08:00Z");
    const before = await world.table.get({ pk: `JOB#${NEWS}`, sk: "JOB" });
    await world.advanceTo(world.now);
    const after = await world.table.get({ pk: `JOB#${NEWS}`, sk: "JOB" });
    // As if nothing of it had been written down.
    await world.table.write({ put: { ...before, version: (after?.version ?? 0) + 1 } as NonNullable<typeof before> });
    await world.advanceTo(world.now + MINUTE_MS);
    const items = await itemsOf(world);
    expect(items.filter(({ sk }) => sk.startsWith("ENTRY#news#"))).toHaveLength(MANY + 1);
    expect(items.filter((item) => item.sk.startsWith("EVENT#") && item["type"] === "news.read")).toHaveLength(MANY + 1);
    expect(world.published.filter(({ type }) => type === "news.read")).toHaveLength(MANY + 1);
  }, 60_000);
});
