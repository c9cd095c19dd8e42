// Proves the stop switch: nothing is claimed after a pause has returned, held sends leave the due index and come back.
import { describe, expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import { heldListPks, stopKey } from "../../shared/pipeline/keys.ts";
import type { Ports, Table, Write } from "../../shared/pipeline/ports.ts";
import { intendedItem, readSend, sendItem } from "../../shared/pipeline/records/send-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { PAUSE_GRACE_MS, readStops } from "../../shared/pipeline/stop-state.ts";
import {
  noteProvider,
  noteQuota,
  pauseAccount,
  pauseCampaign,
  resumeAccount,
  resumeCampaign,
} from "../../shared/pipeline/stop-switch.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { aSend } from "../support/gate-facts.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";
import { itemsOf, jobOf } from "../support/stored.ts";

const OPERATOR = { by: "operator" } as const;
const shop = (...paused: string[]) =>
  shopDefinitions({
    campaigns: ["welcome", "hello"].map((campaign) => ({
      campaign,
      on: { event: "lead.created" },
      purpose: "service",
      ...(paused.includes(campaign) && { status: "paused" }),
    })),
  });

/** A world in which two mails are intended, one of each campaign, and their pointers are in hand. */
async function intended(table = new MemoryTable()) {
  const world = new MemoryWorld(table);
  await publish(world.ports, shop());
  await world.post(identify(START), consent(START), lead(START));
  await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
  return { world, pointers };
}

const sendsOf = async (world: MemoryWorld) =>
  (await itemsOf(world)).filter(({ sk }) => sk.startsWith("SEND#")).sort((a, b) => (a.sk < b.sk ? -1 : 1));
const ledgerOf = async (world: MemoryWorld) =>
  (await sendsOf(world))
    .map(readSend)
    .map(({ send, ledger }) => [send.campaign, ledger.state, ledger.reason ?? ""].join(" ").trim())
    .sort();
const heldOf = async (world: MemoryWorld, campaign: string) => {
  const pages = await Promise.all(heldListPks(campaign).map((pk) => world.table.queryIndex("list", { pk })));
  return pages.flatMap(({ items }) => items).length;
};
const isClaim = (writes: readonly Write[]) =>
  writes.some((write) => "put" in write && (write.put["ledger"] as { state?: string })?.state === "CLAIMED");

/** The world's ports with a table that does something just before its n-th call; claims are not held up. */
function before(
  world: MemoryWorld,
  nth: number,
  task: () => Promise<unknown>,
): { ports: Ports; reached: () => boolean } {
  let calls = 0;
  const table = new Proxy(world.table, {
    get(target, name) {
      const call = (Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>).bind(target);
      return async (...given: unknown[]) => {
        if (!(name === "transact" && isClaim(given[0] as Write[])) && ++calls === nth) await task();
        return call(...given);
      };
    },
  }) as Table;
  return { ports: { ...world.ports, table }, reached: () => calls >= nth };
}

describe("pause", () => {
  test("waits until nobody can claim any more, and returns within 5 seconds", async () => {
    const { world, pointers } = await intended();
    const paused = await pauseCampaign(world.ports, "welcome", { by: "operator", reason: "wrong price" });
    expect(paused).toEqual({
      changed: true,
      pausedAt: START,
      stop: { at: START, by: "operator", reason: "wrong price" },
    });
    expect(world.now - START).toBe(PAUSE_GRACE_MS);
    expect(PAUSE_GRACE_MS).toBeLessThan(5 * SECOND_MS);
    await deliver(world.ports, pointers);
    expect(await ledgerOf(world)).toEqual(["hello SENT", "welcome PENDING paused"]);
  });

  test("at any moment of a delivery: nothing is claimed after it has returned", async () => {
    let moments = 0;
    for (let nth = 1; ; nth++) {
      let returned = false;
      const late: Write[][] = [];
      const committed = (writes: readonly Write[]) => {
        if (returned && isClaim(writes)) late.push([...writes]);
      };
      const { world, pointers } = await intended(new MemoryTable({ committed }));
      const { ports, reached } = before(world, nth, async () => {
        await pauseAccount(world.ports, OPERATOR);
        returned = true;
      });
      await deliver(ports, pointers);
      expect(late, `pause before call ${nth}`).toEqual([]);
      if (!reached()) break;
      moments++;
    }
    expect(moments).toBeGreaterThan(10);
  });

  test("of what was just paused keeps the first instant and reason, and waits all the same", async () => {
    const { world } = await intended();
    await pauseAccount(world.ports, { by: "operator", reason: "first" });
    world.now += MINUTE_MS;
    const again = await pauseAccount(world.ports, { by: "operator", reason: "second" });
    expect(again).toEqual({ changed: false, pausedAt: START, stop: { at: START, by: "operator", reason: "first" } });
    expect(world.now).toBe(START + MINUTE_MS + 2 * PAUSE_GRACE_MS);
  });

  test("of what is paused for long answers at once: everybody has seen it", async () => {
    const { world } = await intended();
    await pauseAccount(world.ports, { by: "operator" });
    world.now += HOUR_MS;
    await pauseAccount(world.ports, { by: "operator" });
    expect(world.now).toBe(START + HOUR_MS + PAUSE_GRACE_MS);
  });

  test("by many at once is one pause", async () => {
    const { world } = await intended();
    const all = await Promise.all([1, 2, 3].map((n) => pauseAccount(world.ports, { by: "operator", reason: `${n}` })));
    expect(all.filter(({ changed }) => changed)).toHaveLength(1);
    expect(new Set(all.map(({ stop }) => stop.reason)).size).toBe(1);
  });

  test("of a campaign that never was answers so", async () => {
    const { world } = await intended();
    expect(await pauseCampaign(world.ports, "welcom", OPERATOR)).toBeUndefined();
    expect(await resumeCampaign(world.ports, "welcom", OPERATOR)).toBeUndefined();
    expect((await readStops(world.ports)).campaigns).toEqual({});
  });

  test("takes held sends out of the due index: nothing is handed out while it lasts", async () => {
    const { world, pointers } = await intended();
    await pauseAccount(world.ports, OPERATOR);
    await deliver(world.ports, pointers);
    expect(await ledgerOf(world)).toEqual(["hello PENDING account-paused", "welcome PENDING account-paused"]);
    expect([await heldOf(world, "welcome"), await heldOf(world, "hello")]).toEqual([1, 1]);
    world.now += 2 * HOUR_MS;
    expect((await tick(world.ports)).sends).toBe(0);
  });
});

describe("resume", () => {
  test("of what is not paused changes nothing, and says so", async () => {
    const { world } = await intended();
    const items = await itemsOf(world);
    expect(await resumeCampaign(world.ports, "welcome", OPERATOR)).toEqual({ changed: false });
    expect(await resumeAccount(world.ports, OPERATOR)).toEqual({ changed: false });
    expect(await itemsOf(world)).toEqual(items);
  });

  test("by many at once is one resume and one release", async () => {
    const { world } = await intended();
    await pauseAccount(world.ports, OPERATOR);
    const all = await Promise.all([1, 2, 3].map(() => resumeAccount(world.ports, OPERATOR)));
    expect(all.filter(({ changed }) => changed)).toHaveLength(1);
    expect((await readStops(world.ports)).account).toBeUndefined();
    expect(await jobOf(world, "release#ACCOUNT")).toMatchObject({ state: "waiting" });
  });

  test("says what has ended, and the held mails leave", async () => {
    const { world, pointers } = await intended();
    await pauseCampaign(world.ports, "welcome", { by: "operator", reason: "wrong price" });
    await deliver(world.ports, pointers);
    const was = { at: START, by: "operator", reason: "wrong price" };
    expect(await resumeCampaign(world.ports, "welcome", OPERATOR)).toEqual({ changed: true, was });
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await ledgerOf(world)).toEqual(["hello SENT", "welcome SENT"]);
    expect(await jobOf(world, "release#welcome")).toMatchObject({ state: "done", counts: { done: 1 } });
  });

  test("finds a hold that was written behind its first pass", async () => {
    const { world } = await intended();
    await pauseCampaign(world.ports, "welcome", OPERATOR);
    await resumeCampaign(world.ports, "welcome", OPERATOR);
    await world.advanceTo(world.now + SECOND_MS);
    expect(await jobOf(world, "release#welcome")).toMatchObject({ state: "waiting" });
    const [item] = (await sendsOf(world)).filter((one) => readSend(one).send.campaign === "welcome");
    const record = readSend(item as NonNullable<typeof item>);
    const held = { state: "PENDING" as const, reason: "paused", at: world.now, attempts: 0 };
    await world.table.write({ put: sendItem(record, held, "resume") });
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect((await ledgerOf(world)).filter((line) => line.startsWith("welcome"))).toEqual(["welcome SENT"]);
  });

  test("goes on page by page, whoever is stopped on the way, and starts over when resumed again", async () => {
    const { world } = await intended();
    await pauseCampaign(world.ports, "welcome", OPERATOR);
    await holdMany(world, "welcome", 250);
    await resumeCampaign(world.ports, "welcome", OPERATOR);
    await pauseCampaign(world.ports, "welcome", OPERATOR);
    await world.advanceTo(world.now + SECOND_MS);
    expect(await jobOf(world, "release#welcome")).toMatchObject({ state: "superseded", counts: { done: 0 } });
    expect(await heldOf(world, "welcome")).toBe(250);
    await resumeCampaign(world.ports, "welcome", OPERATOR);
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await heldOf(world, "welcome")).toBe(0);
    expect(await jobOf(world, "release#welcome")).toMatchObject({ state: "done", counts: { done: 250 } });
  });

  test("of the account releases every campaign, but for those that are paused themselves", async () => {
    const { world } = await intended();
    await pauseAccount(world.ports, OPERATOR);
    await pauseCampaign(world.ports, "hello", OPERATOR);
    await holdMany(world, "welcome", 3);
    await holdMany(world, "hello", 3);
    await resumeAccount(world.ports, OPERATOR);
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect([await heldOf(world, "welcome"), await heldOf(world, "hello")]).toEqual([0, 3]);
    await resumeCampaign(world.ports, "hello", OPERATOR);
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await heldOf(world, "hello")).toBe(0);
  });

  test("of a campaign while the account is stopped leaves its mails to the account's resume", async () => {
    const { world } = await intended();
    await pauseAccount(world.ports, OPERATOR);
    await pauseCampaign(world.ports, "welcome", OPERATOR);
    await holdMany(world, "welcome", 3);
    await resumeCampaign(world.ports, "welcome", OPERATOR);
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await heldOf(world, "welcome")).toBe(3);
    await resumeAccount(world.ports, OPERATOR);
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await heldOf(world, "welcome")).toBe(0);
  });
});

describe("publishing", () => {
  test("a campaign that was paused in the catalogue as live releases its mails, as archived refuses them", async () => {
    for (const [next, state] of [
      [shop(), "SENT"],
      [shopDefinitions(), "REFUSED archived"],
    ] as const) {
      const { world, pointers } = await intended();
      await publish(world.ports, shop("welcome"));
      await deliver(world.ports, pointers);
      expect(await heldOf(world, "welcome")).toBe(1);
      await publish(world.ports, next);
      await world.advanceTo(world.now + 5 * MINUTE_MS);
      expect((await ledgerOf(world)).filter((line) => line.startsWith("welcome"))).toEqual([`welcome ${state}`]);
    }
  });

  test("what is archived is refused, also while its switch is on", async () => {
    const { world, pointers } = await intended();
    await publish(world.ports, shop("welcome"));
    await pauseCampaign(world.ports, "welcome", OPERATOR);
    await deliver(world.ports, pointers);
    await publish(world.ports, shopDefinitions());
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await ledgerOf(world)).toContain("welcome REFUSED archived");
  });

  test("more than 20 of them at once starts one release of all, and the publication stays one transaction", async () => {
    const many = (status: string, count: number) =>
      shopDefinitions({
        campaigns: Array.from({ length: count }, (_, n) => ({
          campaign: `c-${n}`,
          on: { event: "lead.created" },
          status,
        })),
      });
    for (const [count, jobs] of [
      [20, Array.from({ length: 20 }, (_, n) => `release#c-${n}`).sort()],
      [21, ["release#ACCOUNT"]],
    ] as const) {
      const world = await MemoryWorld.open(many("paused", count));
      await publish(world.ports, many("live", count));
      const releases = (await itemsOf(world)).filter(({ pk }) => pk.startsWith("JOB#release"));
      expect(releases.map(({ pk }) => pk.slice("JOB#".length)).sort()).toEqual(jobs);
    }
  });
});

describe("the provider's state", () => {
  test("that a refused call tells stops everything, and ends with the first tick that hears otherwise", async () => {
    const { world, pointers } = await intended();
    world.mailer.state = "paused";
    world.mailer.fates.push(() => {
      throw new MailRefused("paused", "SES: SendingPausedException");
    });
    await deliver(world.ports, pointers.slice(0, 1));
    expect((await readStops(world.ports)).provider).toEqual({ state: "paused", at: world.now });
    await deliver(world.ports, pointers.slice(1));
    expect(await ledgerOf(world)).toEqual(["hello PENDING account-paused", "welcome PENDING account-paused"]);
    world.now += HOUR_MS;
    await tick(world.ports);
    expect((await readStops(world.ports)).provider?.state).toBe("paused");
    world.mailer.state = "open";
    await tick(world.ports);
    expect((await readStops(world.ports)).provider).toBeUndefined();
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect(await ledgerOf(world)).toEqual(["hello SENT", "welcome SENT"]);
  });

  test("is looked at again also where nothing else is due, for as long as it takes", async () => {
    const { world, pointers } = await intended();
    world.mailer.state = "paused";
    await noteProvider(world.ports, "paused");
    await deliver(world.ports, pointers);
    await world.advanceTo(START + 3 * HOUR_MS);
    expect(await ledgerOf(world)).toEqual(["hello PENDING account-paused", "welcome PENDING account-paused"]);
    world.mailer.state = "open";
    await world.advanceTo(world.now + 10 * MINUTE_MS);
    expect(await ledgerOf(world)).toEqual(["hello SENT", "welcome SENT"]);
    await world.advanceTo(world.now + 10 * MINUTE_MS);
    expect(await jobOf(world, "provider-check")).toBeUndefined();
  });

  test("from before a refused call does not end the stop: a reading may be a minute old", async () => {
    const { world } = await intended();
    await noteProvider(world.ports, "paused");
    world.now += MINUTE_MS - 1;
    await tick(world.ports);
    expect((await readStops(world.ports)).provider?.state).toBe("paused");
    world.now += 1;
    await tick(world.ports);
    expect((await readStops(world.ports)).provider).toBeUndefined();
  });

  test("is noted by a tick that hears of it first", async () => {
    const { world } = await intended();
    world.mailer.state = "sandbox";
    await tick(world.ports);
    expect((await readStops(world.ports)).provider).toEqual({ state: "sandbox", at: START });
  });

  test("that lets more through than before releases what is held; one that lets less through does not", async () => {
    const { world } = await intended();
    const isReleasing = async () => (await jobOf(world, "release#ACCOUNT"))?.state === "waiting";
    await noteProvider(world.ports, "sandbox");
    await noteProvider(world.ports, "paused");
    expect(await isReleasing()).toBe(false);
    await noteProvider(world.ports, "sandbox");
    expect(await isReleasing()).toBe(true);
  });

  test("is one write however many workers say it at once, and none when it is known", async () => {
    const { world } = await intended();
    await Promise.all(Array.from({ length: 8 }, () => noteProvider(world.ports, "paused")));
    await Promise.all(Array.from({ length: 8 }, (_, n) => noteQuota(world.ports, START + HOUR_MS + n)));
    for (const what of ["PROVIDER", "QUOTA"] as const) {
      expect((await world.table.get(stopKey(what)))?.version).toBe(1);
    }
  });
});

describe("a used-up daily quota", () => {
  test("is kept until its instant, and forgotten by the tick after it", async () => {
    const { world } = await intended();
    await noteQuota(world.ports, START + HOUR_MS);
    world.now += HOUR_MS - 1;
    await tick(world.ports);
    expect((await readStops(world.ports)).quotaUntil).toBe(START + HOUR_MS);
    world.now += 1;
    await tick(world.ports);
    expect((await readStops(world.ports)).quotaUntil).toBeUndefined();
    await noteQuota(world.ports, START);
    expect((await readStops(world.ports)).quotaUntil).toBeUndefined();
  });
});

/** Sends of others that a resume has to find. */
async function holdMany(world: MemoryWorld, campaign: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const send = aSend({ id: `${campaign}-${n}`, profileId: `p-${n}`, campaign, intendedAt: START + n });
    const ledger = { state: "PENDING" as const, reason: "paused", at: START, attempts: 0 };
    await world.table.write({ put: sendItem(readSend(intendedItem(send)), ledger, "resume") });
  }
}
