// Proves how jobs are done: page by page, committed as they go, handed out again when their worker is gone.
import { describe, expect, test } from "vitest";
import { HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { Fault, TableLimitExceeded, Unavailable } from "../../shared/pipeline/faults.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import { profileKey, rollUpKey } from "../../shared/pipeline/keys.ts";
import type { Write } from "../../shared/pipeline/ports.ts";
import { loadRollUp } from "../../shared/pipeline/recount.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { jobsView } from "../../shared/pipeline/views/jobs.ts";
import { work } from "../../shared/pipeline/work.ts";
import { identify } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";
import { idOf, jobOf, membersOf } from "../support/stored.ts";

const GOLD = { gold: { trait: "plan", eq: "gold" } };

/** A world with so many gold customers, and everything done that is due. */
async function aWorld(people: number): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(shopDefinitions());
  for (let n = 0; n < people; n++)
    await world.post(identify(START, { user: `u-${n}`, traits: { plan: "gold", email: `u${n}@example.com` } }));
  await world.advanceTo(START);
  return world;
}

/** Has writes throw a fault while `fails` says so. */
function failing(world: MemoryWorld, fails: (writes: Write[]) => Fault | undefined): void {
  const { write, transact } = world.table;
  world.table.write = async (one) => {
    const fault = fails([one]);
    if (fault !== undefined) throw fault;
    return write.call(world.table, one);
  };
  world.table.transact = async (writes) => {
    const fault = fails(writes);
    if (fault !== undefined) throw fault;
    return transact.call(world.table, writes);
  };
}

const puts = (writes: Write[], pk: string) => writes.some((write) => "put" in write && write.put.pk === pk);

describe("a job", () => {
  test("whose page failed keeps its place and is handed out again when its lease has ended", async () => {
    const world = await aWorld(250);
    await publish(world.ports, shopDefinitions({ segments: GOLD }));
    let broken = true;
    const last = profileKey(await idOf(world, "u-249")).pk;
    failing(world, (writes) => (broken && puts(writes, last) ? new Unavailable("The table") : undefined));
    await tick(world.ports);
    world.queued.jobs.length = 0;
    await expect(work(world.ports, "backfill#2")).rejects.toThrow("did not answer");
    expect(await jobOf(world, "backfill#2")).toMatchObject({ state: "running" });
    broken = false;
    world.now += 5 * MINUTE_MS;
    expect((await tick(world.ports)).jobs).toBe(1);
    world.now += 7 * MINUTE_MS;
    await world.advanceTo(world.now);
    expect(await jobOf(world, "backfill#2")).toMatchObject({ state: "done", counts: { done: 250, total: 250 } });
    expect((await membersOf(world, "gold")).known).toHaveLength(250);
  });

  test("leaves out a profile that no table can hold, says so, and goes on with all others", async () => {
    const world = await aWorld(20);
    await publish(world.ports, shopDefinitions({ segments: GOLD }));
    const big = profileKey(await idOf(world, "u-7")).pk;
    failing(world, (writes) => (puts(writes, big) ? new TableLimitExceeded("too big") : undefined));
    await world.advanceTo(world.now);
    expect(await jobOf(world, "backfill#2")).toMatchObject({ state: "done", counts: { done: 20, failed: 1 } });
    expect((await membersOf(world, "gold")).known).toHaveLength(19);
  });

  test("ends as failed, with the reason, at a fault that trying again does not mend", async () => {
    const world = await aWorld(1);
    const hopeless = new Fault("hopeless", "The numbers cannot be kept.", { retryable: false });
    failing(world, (writes) => (puts(writes, rollUpKey.pk) ? hopeless : undefined));
    await startNightly(world.ports, world.now);
    await world.advanceTo(world.now);
    expect(await jobOf(world, "nightly")).toMatchObject({ state: "failed", problem: "The numbers cannot be kept." });
    await publish(world.ports, shopDefinitions({ segments: GOLD }));
    expect(await jobOf(world, "nightly")).toMatchObject({ state: "waiting", dueAt: "2026-03-03T02:00:00.000Z" });
  });

  test("does not start before its time, however often it is pointed at, except for what clocks may differ", async () => {
    const world = await aWorld(1);
    await startNightly(world.ports, world.now + HOUR_MS);
    await work(world.ports, "nightly");
    expect(await jobOf(world, "nightly")).toMatchObject({ state: "waiting", dueAt: iso(START + HOUR_MS) });
    world.now = START + HOUR_MS - 50;
    await work(world.ports, "nightly");
    expect(await jobOf(world, "nightly")).toMatchObject({ dueAt: "2026-03-03T02:00:00.000Z", counts: { done: 1 } });
    expect(world.now).toBe(START + HOUR_MS);
  });

  test("of two workers at once one commits each page, and both together do everything once", async () => {
    const world = await aWorld(1_000);
    await publish(world.ports, shopDefinitions({ segments: GOLD }));
    await Promise.all([work(world.ports, "backfill#2"), work(world.ports, "backfill#2")]);
    await world.settle();
    expect(await jobOf(world, "backfill#2")).toMatchObject({ state: "done", counts: { done: 1_000, total: 1_000 } });
  });

  test("is not set back by a worker that was away while others ended it", async () => {
    const world = await aWorld(300);
    await publish(world.ports, shopDefinitions({ segments: GOLD }));
    await work(world.ports, "recheck#2");
    let goOn: () => void = () => undefined;
    const away = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slowTable = new Proxy(world.table, {
      get: (target, name) => {
        const call = (Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>).bind(target);
        return name === "query" ? (...given: unknown[]) => away.then(() => call(...given)) : call;
      },
    });
    const slow = work({ ...world.ports, table: slowTable }, "backfill#2");
    await work(world.ports, "backfill#2");
    await world.settle();
    const ended = await jobOf(world, "backfill#2");
    expect(ended).toMatchObject({ state: "done", counts: { done: 300, total: 300 } });
    world.now += MINUTE_MS;
    goOn();
    await slow;
    expect(await jobOf(world, "backfill#2")).toEqual(ended);
  });

  test("that nobody knows, or that has ended, is left alone", async () => {
    const world = await aWorld(1);
    const before = await jobOf(world, "backfill#1");
    expect(before).toMatchObject({ state: "done" });
    await work(world.ports, "backfill#1");
    await work(world.ports, "unheard-of");
    expect(await jobOf(world, "backfill#1")).toEqual(before);
  });
});

describe("the nightly job", () => {
  test("does not wait for the next night before its numbers are saved", async () => {
    const world = await aWorld(3);
    let broken = true;
    failing(world, (writes) => (broken && puts(writes, rollUpKey.pk) ? new Unavailable("The table") : undefined));
    await startNightly(world.ports, world.now);
    await tick(world.ports);
    await expect(work(world.ports, "nightly")).rejects.toThrow("did not answer");
    expect(await jobOf(world, "nightly")).not.toMatchObject({ dueAt: "2026-03-03T02:00:00.000Z" });
    broken = false;
    await world.advanceTo(START + HOUR_MS);
    expect((await loadRollUp(world.ports))?.tally.profiles).toBe(3);
    expect(await jobOf(world, "nightly")).toMatchObject({ dueAt: "2026-03-03T02:00:00.000Z" });
  });
});

describe("the list of jobs", () => {
  test("has the newest first, page by page", async () => {
    const world = await aWorld(1);
    for (let n = 0; n < 4; n++) {
      world.now += MINUTE_MS;
      await publish(world.ports, shopDefinitions({ subject: `Hello ${n}` }));
    }
    const first = await jobsView(world.ports, { limit: 3 });
    expect(first.items.map(({ id }) => id)).toEqual(["backfill#5", "backfill#4", "backfill#3"]);
    const rest = await jobsView(world.ports, { limit: 3, next: first.next as string });
    expect(rest.items.map(({ id }) => id)).toEqual(["backfill#2", "suppression-pull", "retention"]);
  });
});
