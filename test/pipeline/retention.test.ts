// Guarantees about who is kept no longer: counted from their last own act, shown before, erased only where that is wanted.
import { describe, expect, test } from "vitest";
import { withOwnAct } from "../../shared/domain/address.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { changeConsent } from "../../shared/pipeline/consent-writes.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { ensureStandingJobs } from "../../shared/pipeline/jobs/nights.ts";
import { startRetention } from "../../shared/pipeline/jobs/retention.ts";
import { addressKey, profileKey } from "../../shared/pipeline/keys.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { changeAddress } from "../../shared/pipeline/records/address-record.ts";
import { retentionView } from "../../shared/pipeline/views/retention.ts";
import { work } from "../../shared/pipeline/work.ts";
import { identify, lead, purchase } from "../support/calls.ts";
import { shopWithForm, tracesOf } from "../support/erasing.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { idOf, jobOf } from "../support/stored.ts";

const YEAR = 365 * DAY_MS;

/** A shop that keeps people for a year: Anna (u-1) bought, Ben (u-2) is a lead; both long ago unless something happens. */
async function aShop({ automatic = false } = {}): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(await shopWithForm({ retention: { after: "365 days", automatic } }));
  const ben = { user: "u-2", traits: { email: "ben@example.com", firstName: "Ben" } };
  await world.post(identify(START), purchase(START), identify(START, ben), lead(START, "u-2"));
  await world.settle();
  return world;
}

async function overdueAt(world: MemoryWorld, at: number): Promise<string[]> {
  world.now = at;
  const { items } = await retentionView(world.ports, { limit: 500 });
  const users = await Promise.all(
    ["u-1", "u-2"].map(async (user) => [await findProfile(world.ports, user), user] as const),
  );
  return items.map(({ profileId }) => users.find(([id]) => id === profileId)?.[1] ?? profileId).sort();
}

describe("the dry run", () => {
  test("shows nobody before the time, and everybody of whom nothing was heard after it", async () => {
    const world = await aShop();
    expect(await overdueAt(world, START + YEAR)).toEqual([]);
    expect(await overdueAt(world, START + YEAR + 1)).toEqual(["u-1", "u-2"]);
    expect(await findProfile(world.ports, "u-1")).toBeDefined();
  });

  test("a click or a choice at the address counts", async () => {
    const world = await aShop();
    const key = addressKey(await world.ports.secrets.get("identity"), "ben@example.com");
    await changeAddress(world.ports, key, (address) => withOwnAct(address, START + 10 * DAY_MS));
    expect(await overdueAt(world, START + YEAR + 1)).toEqual(["u-1"]);
    expect(await overdueAt(world, START + YEAR + 11 * DAY_MS)).toEqual(["u-1", "u-2"]);
  });

  test("what a CRM says of people every night does not count, what they say themselves does", async () => {
    const world = await aShop();
    world.now = START + 100 * DAY_MS;
    await world.post(identify(world.now, { id: "sync-1" }), identify(world.now, { user: "u-2", id: "sync-2" }));
    await world.settle();
    await changeConsent(world.ports, await idOf(world, "u-2"), {
      ...{ purpose: "marketing", channel: "email", state: "denied", at: world.now, by: "person/s-1", actor: "person" },
    });
    expect(await overdueAt(world, START + YEAR + 1)).toEqual(["u-1"]);
  });

  test("that somebody asked for the link to their page is no act of theirs: it may have been anybody", async () => {
    const world = await aShop();
    world.now = START + 100 * DAY_MS;
    await world.post({ ...lead(world.now), event: "preferences.requested", messageId: "asked" });
    await world.settle();
    expect(await overdueAt(world, START + YEAR + 1)).toEqual(["u-1", "u-2"]);
  });

  test("nobody is overdue in the 30 days after they were first heard of, however old what was told is", async () => {
    const world = await aShop();
    world.now = START + 2 * YEAR;
    await world.post(identify(START - YEAR, { user: "u-3" }), purchase(START - YEAR, { user: "u-3" }));
    await world.settle();
    const imported = await idOf(world, "u-3");
    expect(await overdueAt(world, START + 2 * YEAR + 30 * DAY_MS - 1)).not.toContain(imported);
    expect(await overdueAt(world, START + 2 * YEAR + 30 * DAY_MS)).toContain(imported);
  });

  test("of whom was heard before that was kept is long known", async () => {
    const world = await aShop();
    world.now = START + 2 * YEAR;
    await world.post(identify(START - YEAR, { user: "u-3" }));
    await world.settle();
    const id = await idOf(world, "u-3");
    const { firstHeardAt, ...item } = (await world.table.get(profileKey(id))) as Item;
    expect(firstHeardAt).toBe(world.now);
    await world.table.write({ put: item });
    expect(await overdueAt(world, world.now)).toContain(id);
  });

  test("comes in pages that are the whole together", async () => {
    const world = await aShop();
    const more = Array.from({ length: 30 }, (_, n) => [
      identify(START, { user: `p-${n}` }),
      lead(START, `p-${n}`),
    ]).flat();
    await world.post(...more);
    await world.settle();
    world.now = START + YEAR + 1;
    const found: string[] = [];
    let looked = 0;
    for (let next: string | undefined; ; ) {
      const page = await retentionView(world.ports, { limit: 3, ...(next !== undefined && { next }) });
      found.push(...page.items.map(({ profileId }) => profileId));
      looked += page.looked;
      next = page.next;
      if (next === undefined) break;
    }
    expect({ looked, found: new Set(found).size }).toEqual({ looked: 32, found: 32 });
    await expect(retentionView(world.ports, { limit: 3, next: "eA" })).rejects.toMatchObject({
      code: "bad_page_token",
    });
  });
});

describe("the retention job", () => {
  test("erases nobody by itself where the shop did not ask for it", async () => {
    const world = await aShop();
    await ensureStandingJobs(world.ports);
    await world.advanceTo(START + YEAR + 3 * DAY_MS);
    expect(await findProfile(world.ports, "u-1")).toBeDefined();
  });

  test("erases every night where it did, and once whoever asks", async () => {
    for (const automatic of [true, false]) {
      const world = await aShop({ automatic });
      const anna = await idOf(world, "u-1");
      if (automatic) await ensureStandingJobs(world.ports);
      world.now = START + 300 * DAY_MS;
      await world.post(lead(world.now, "u-2"));
      await world.advanceTo(START + YEAR + DAY_MS);
      if (!automatic) await startRetention(world.ports);
      await world.advanceTo(START + YEAR + 2 * DAY_MS);
      expect(await findProfile(world.ports, "u-1")).toBeUndefined();
      expect(await findProfile(world.ports, "u-2")).toBeDefined();
      expect(await tracesOf(world, anna)).toEqual([]);
      expect(await jobOf(world, "retention")).toMatchObject({ state: "waiting" });
    }
  });

  test("a start by hand tells how many it looked at and erased", async () => {
    const world = await aShop();
    world.now = START + YEAR + 1;
    expect(await startRetention(world.ports)).toBe("retention");
    await world.advanceTo(world.now);
    expect(await jobOf(world, "retention")).toMatchObject({ counts: { done: 2, erased: 2 } });
  });

  test.each(["buys", "reads"])("keeps somebody who %s at the very moment of it", async (does) => {
    const world = await aShop();
    world.now = START + YEAR + 1;
    const { transact } = world.table;
    const key = addressKey(await world.ports.secrets.get("identity"), "ben@example.com");
    const ben = await idOf(world, "u-2");
    world.table.transact = async (writes) => {
      world.table.transact = transact;
      if (does === "reads") await changeAddress(world.ports, key, (address) => withOwnAct(address, world.now));
      else await world.post(lead(world.now, "u-2"));
      await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
      return transact.call(world.table, writes);
    };
    await startRetention(world.ports);
    await work(world.ports, "retention");
    expect(await findProfile(world.ports, "u-2")).toBe(ben);
    expect(await jobOf(world, "retention")).toMatchObject({ counts: { done: 2, erased: 1 } });
  });
});
