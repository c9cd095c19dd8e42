// Guarantee of cost: an absence rule hardly writes to the due index for people who keep coming.
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { Item, Write } from "../../shared/pipeline/ports.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const DAYS = 365;

/** Counts every write that puts an item into the due index or takes one out of it. */
function countDueWrites(world: MemoryWorld, counts: (key: string) => boolean): () => number {
  const { table } = world;
  const due = new Map<string, string>();
  let writes = 0;
  const note = (write: Write) => {
    const key = "put" in write ? write.put : "delete" in write ? write.delete : undefined;
    if (key === undefined || !counts(`${key.pk} ${key.sk}`)) return;
    const name = `${key.pk} ${key.sk}`;
    const dueAt = "put" in write ? (write.put as Item).dueAt : undefined;
    if (due.get(name) !== dueAt) writes++;
    if (dueAt === undefined) due.delete(name);
    else due.set(name, dueAt);
  };
  const [write, transact] = [table.write.bind(table), table.transact.bind(table)];
  table.write = async (one) => {
    await write(one);
    note(one);
  };
  table.transact = async (all) => {
    await transact(all);
    for (const one of all) note(one);
  };
  return () => writes;
}

test("somebody who buys daily under a 60-day absence rule: at most one due write in ten events, and never a late entry", async () => {
  const settings = (await smallShopDefinitions()).filter(({ kind }) => kind === "settings");
  const quiet = {
    kind: "segment" as const,
    id: "quiet",
    file: "segments/quiet.yaml",
    lines: {},
    body: {
      segment: "quiet",
      title: "Quiet",
      where: { all: [{ did: "order.paid" }, { didNot: "order.paid", for: "60 days" }] },
    },
  };
  const world = await MemoryWorld.open([...settings, quiet]);
  const dueWrites = countDueWrites(world, (key) => key.startsWith("PROFILE#"));
  for (let day = 0; day < DAYS; day++) {
    await world.advanceTo(world.now + DAY_MS);
    await world.post({
      type: "track",
      userId: "u1",
      event: "order.paid",
      messageId: `m${day}`,
      timestamp: iso(world.now),
    });
    await world.settle();
  }
  expect(dueWrites() / DAYS).toBeLessThanOrEqual(0.1);
  const last = world.now;
  await world.advanceTo(last + 60 * DAY_MS - 1);
  expect(world.published.map(({ type }) => type)).not.toContain("segment.entered");
  await world.advanceTo(last + 60 * DAY_MS + HOUR_MS);
  expect(
    world.published.filter(({ type }) => type === "segment.entered").map(({ detail }) => detail["occurredAt"]),
  ).toEqual([iso(last + 60 * DAY_MS)]);
});
