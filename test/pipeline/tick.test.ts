// Proves in which order the due index is handed out, and that nothing that is due starves.
import { describe, expect, test } from "vitest";
import type { Priority } from "../../shared/domain/campaign.ts";
import { MINUTE_MS } from "../../shared/domain/instant.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import { due, SCHEMA, sendDue, sendKey } from "../../shared/pipeline/keys.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

/** Stores bare items that are due; what they point to does not matter here. */
async function makeDue(world: MemoryWorld, kind: "RUN" | "WAKE", what: { ids: string[]; at: (n: number) => number }) {
  const { at } = what;
  for (const [n, id] of what.ids.entries()) {
    const key = { pk: `PROFILE#${id}`, sk: `STATE#${kind}` };
    await world.table.write({ put: { ...key, ...due(kind, id, at(n)), schema: SCHEMA, version: 1 } });
  }
}

const ids = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`);
const wokenBy = (world: MemoryWorld) =>
  world.queued.events.map(({ body }) => (body as { wake: { profileId: string } }).wake.profileId);

describe("tick", () => {
  test("hands out the oldest first, whichever part of the index it is in, page after page", async () => {
    const world = new MemoryWorld();
    const names = ids("w", 450);
    await makeDue(world, "WAKE", { ids: names, at: (n) => START - (450 - n) * 1_000 });
    await tick(world.ports);
    expect(wokenBy(world)).toEqual(names);
  });

  test("a flood of waiting runs does not starve wake-ups, nor the other way round", async () => {
    for (const [flood, other] of [
      ["RUN", "WAKE"],
      ["WAKE", "RUN"],
    ] as const) {
      const world = new MemoryWorld();
      await makeDue(world, flood, { ids: ids("flood", 7_000), at: () => START - MINUTE_MS });
      await makeDue(world, other, { ids: ids("other", 50), at: () => START });
      expect((await tick(world.ports)).wakes).toBe(6_000);
      expect(wokenBy(world).filter((id) => id.startsWith("other"))).toHaveLength(50);
      expect((await tick(world.ports)).wakes).toBe(1_050);
      expect(new Set(wokenBy(world)).size).toBe(7_050);
    }
  });

  test("sends go by priority, and within one the oldest first", async () => {
    const world = new MemoryWorld();
    world.mailer.quota = async () => ({ perSecond: 1, perDay: 1_000, sentToday: 0, state: "open" });
    const store = async (priority: Priority, name: string) => {
      for (const [n, id] of ids(name, 40).entries()) {
        const item = { ...sendKey(id, id), ...sendDue({ id, priority }, START - (40 - n) * 1_000) };
        await world.table.write({ put: { ...item, schema: SCHEMA, version: 1 } });
      }
    };
    await store("low", "l");
    await store("high", "h");
    expect(await tick(world.ports)).toEqual({ wakes: 0, sends: 60, jobs: 0 });
    const sent = world.queued.sends.map(({ body }) => (body as { send: { id: string } }).send.id);
    expect(sent).toEqual([...ids("h", 40), ...ids("l", 20)]);
  });

  test("two at once hand out each due item once", async () => {
    const world = new MemoryWorld();
    await makeDue(world, "WAKE", { ids: ids("w", 150), at: () => START });
    const handedOut = await Promise.all([tick(world.ports), tick(world.ports), tick(world.ports)]);
    expect(handedOut.reduce((sum, { wakes }) => sum + wakes, 0)).toBe(150);
    expect(wokenBy(world).toSorted()).toEqual(ids("w", 150).toSorted());
  });

  test("hands out wake-ups and jobs also when the mailer does not tell its quota, and sends once it does", async () => {
    const world = await MemoryWorld.open();
    await startNightly(world.ports, START);
    await makeDue(world, "WAKE", { ids: ["w"], at: () => START });
    await world.table.write({
      put: { ...sendKey("p", "s"), ...sendDue({ id: "s", priority: "high" }, START), schema: SCHEMA, version: 1 },
    });
    const quota = world.mailer.quota.bind(world.mailer);
    world.mailer.quota = async () => {
      throw new Unavailable("SES");
    };
    expect(await tick(world.ports)).toMatchObject({ wakes: 1, sends: 0, jobs: expect.any(Number) });
    expect(world.queued.jobs.map(({ body }) => body)).toContainEqual({ job: { id: "nightly" } });
    world.mailer.quota = quota;
    expect((await tick(world.ports)).sends).toBe(1);
  });

  test("messages stay within three per due item when the first two hand-outs of each are lost", async () => {
    const world = new MemoryWorld();
    await makeDue(world, "WAKE", { ids: ids("w", 200), at: () => START });
    let enqueued = 0;
    world.ports.queues.events.send = async (messages) => {
      enqueued += messages.length;
    };
    for (let minute = 0; minute <= 25; minute++) {
      world.now = START + minute * MINUTE_MS;
      await tick(world.ports);
    }
    expect(enqueued).toBeGreaterThan(400);
    expect(enqueued).toBeLessThanOrEqual(3 * 200);
  });
});
