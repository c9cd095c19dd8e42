// Guarantees about an address that was erased and that nobody had: it is closed for good, also on a table that was restored.
import { expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { HOUR_MS } from "../../shared/domain/instant.ts";
import { eraseAddress } from "../../shared/pipeline/erasure/erase.ts";
import { startReapply } from "../../shared/pipeline/jobs/reapply.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { identify } from "../support/calls.ts";
import { postByForm, shopWithAnna } from "../support/erasing.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { itemsOf, jobOf } from "../support/stored.ts";

const CARLA = "carla@example.com";
const BY = { by: "operator" } as const;

const closedFor = async (world: MemoryWorld) => (await loadAddress(world.ports, CARLA)).address.suppressions;

async function reapplied(world: MemoryWorld) {
  await startReapply(world.ports);
  await world.advanceTo(world.now + HOUR_MS);
  return (await jobOf(world, "reapply"))?.counts;
}

/** Carla's address is erased, and then the table is as it was before. */
async function restored(): Promise<{ world: MemoryWorld; erasedAt: number }> {
  const before = await shopWithAnna();
  const backup = await itemsOf(before);
  const erasedAt = before.now;
  expect(await eraseAddress(before.ports, CARLA, BY)).toEqual([]);
  const table = new MemoryTable();
  for (const item of backup) await table.write({ put: item });
  const world = new MemoryWorld(table);
  world.now = before.now + HOUR_MS;
  for (const noted of (await before.ports.erasures.list()).items) await world.ports.erasures.note(noted);
  for (let n = 0; n < 500; n++) world.ports.ids.next();
  expect(await closedFor(world)).toEqual({});
  return { world, erasedAt };
}

test("is closed again on a restored table, as of its erasure, and once", async () => {
  const { world, erasedAt } = await restored();
  expect(await reapplied(world)).toEqual({ done: 1, erased: 1 });
  expect(await closedFor(world)).toEqual({ erasure: erasedAt });
  expect(await reapplied(world)).toEqual({ done: 1, erased: 0 });
});

test("is closed again also where a system has brought it since, and stays open for whoever said yes there themselves", async () => {
  const { world, erasedAt } = await restored();
  await world.post(identify(world.now, { user: "u-9", traits: { email: CARLA } }));
  await world.settle();
  expect(await reapplied(world)).toEqual({ done: 1, erased: 1 });
  expect(await closedFor(world)).toEqual({ erasure: erasedAt });
  const yes = identify(world.now, { user: "u-9", traits: { email: CARLA, consent: { marketing: "granted" } } });
  await postByForm(world, { ...yes, messageId: "yes" });
  await world.settle();
  expect(await closedFor(world)).toEqual({});
  expect(await reapplied(world)).toEqual({ done: 1, erased: 0 });
  expect(await closedFor(world)).toEqual({});
});

test("is told beside the table by its hash alone, and once however often it is erased", async () => {
  const world = await shopWithAnna();
  for (let n = 0; n < 2; n++) await eraseAddress(world.ports, CARLA, BY);
  const { items } = await world.ports.erasures.list();
  expect(items).toEqual([{ address: expect.stringMatching(/^ADDRESS#[\w-]+$/), erasedAt: world.now, by: "operator" }]);
  expect(JSON.stringify(items)).not.toContain("carla");
});
