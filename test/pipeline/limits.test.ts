// Proves that ceilings, priorities and shadow claims hold whoever sends, and in which order.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, NO_CAP, ONE_A_WEEK, pointers, states } from "../support/sending.ts";
import { leadShop } from "../support/shop-definitions.ts";

async function aWorld(campaigns: Record<string, JsonObject>, settings: JsonObject) {
  const world = await MemoryWorld.open(leadShop(campaigns, settings));
  return world;
}

describe("daily ceilings", () => {
  test("a campaign sends no more than its ceiling on a day, the rest waits for the next ones", async () => {
    const world = await aWorld({ welcome: { maxPerDay: 3 }, other: {} }, NO_CAP);
    await leads(world, 8);
    await world.settle();
    expect(await states(world)).toEqual({
      "welcome SENT": 3,
      "welcome PENDING campaign-ceiling": 5,
      "other SENT": 8,
    });
    await world.advanceTo(START + DAY_MS);
    expect(await states(world)).toMatchObject({ "welcome SENT": 6 });
    await world.advanceTo(START + 4 * DAY_MS);
    expect(await states(world)).toEqual({ "welcome SENT": 8, "other SENT": 8 });
  });

  test("what cannot leave before it expires is refused with the ceiling as its reason", async () => {
    const world = await aWorld({ welcome: { maxPerDay: 2, sendBefore: "6 hours" } }, NO_CAP);
    await leads(world, 3);
    await world.settle();
    // The batch that holds the places is not over yet: they may come back.
    expect(await states(world)).toEqual({ "welcome SENT": 2, "welcome PENDING campaign-ceiling": 1 });
    await world.advanceTo(START + 10 * MINUTE_MS);
    expect(await states(world)).toEqual({ "welcome SENT": 2, "welcome REFUSED campaign-ceiling": 1 });
  });

  test("the account's ceiling counts all campaigns together", async () => {
    const world = await aWorld({ welcome: {}, other: { purpose: "service" } }, { ...NO_CAP, maxPerDay: 5 });
    await leads(world, 4);
    await world.settle();
    expect(world.mails()).toHaveLength(5);
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.mails()).toHaveLength(8);
  });

  test("workers that send at the same time do not exceed it together", async () => {
    const world = await aWorld({ welcome: { maxPerDay: 7 } }, NO_CAP);
    await leads(world, 20);
    const all = await pointers(world);
    await Promise.all(all.map((pointer) => deliver(world.ports, [pointer])));
    expect(world.mails().length).toBeLessThanOrEqual(7);
    await world.advanceTo(START + HOUR_MS);
    expect(world.mails()).toHaveLength(7);
  });

  test("a mail that the mailer refused for now gives its place back", async () => {
    const world = await aWorld({ welcome: { maxPerDay: 2 } }, NO_CAP);
    world.mailer.fates.push(() => {
      throw new MailRefused("throttled", "Too many.");
    });
    await leads(world, 2);
    await world.advanceTo(START + HOUR_MS);
    expect(world.mails()).toHaveLength(2);
  });
});

describe("priority", () => {
  const PURCHASED = { event: "purchase.completed" };
  const CAMPAIGNS = { ordinary: { priority: "normal" }, urgent: { priority: "high" }, slow: { priority: "low" } };

  test("of sends to one address that are due together the most urgent takes the last place under the cap", async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const world = await aWorld(CAMPAIGNS, ONE_A_WEEK);
      await leads(world, 1);
      const all = await pointers(world);
      for (const index of order) await deliver(world.ports, [all[index] as Pointer]);
      await world.advanceTo(START + HOUR_MS);
      expect(await states(world)).toEqual({
        "urgent SENT": 1,
        "ordinary REFUSED frequency-cap": 1,
        "slow REFUSED frequency-cap": 1,
      });
    }
  });

  test("also across profiles of one address, when both are at hand", async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const world = await aWorld({ urgent: { priority: "high", on: PURCHASED }, ordinary: {} }, ONE_A_WEEK);
      for (const user of ["u-1", "u-2"]) await world.post(identify(START, { user }), consent(START, { user }));
      await world.settle();
      await world.post(lead(START, "u-1"), purchase(START + 1_000, { user: "u-2" }));
      const all = await pointers(world);
      await deliver(
        world.ports,
        order.map((index) => all[index] as Pointer),
      );
      await world.advanceTo(START + HOUR_MS);
      expect(await states(world)).toEqual({ "urgent SENT": 1, "ordinary REFUSED frequency-cap": 1 });
    }
  });

  test("also across profiles of one address, when both waited for the morning", async () => {
    const quietHours = { marketing: { from: "21:00", to: "10:00" } };
    const world = await aWorld(
      { urgent: { priority: "high", on: PURCHASED }, ordinary: {} },
      { ...ONE_A_WEEK, quietHours },
    );
    for (const user of ["u-1", "u-2"]) await world.post(identify(START, { user }), consent(START, { user }));
    await world.post(lead(START, "u-1"), purchase(START + 1_000, { user: "u-2" }));
    await world.settle();
    expect(await states(world)).toEqual({
      "urgent PENDING quiet-hours": 1,
      "ordinary PENDING quiet-hours": 1,
    });
    world.now = START + HOUR_MS;
    await tick(world.ports);
    const all = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
    // The ordinary one is at hand first, in a batch of its own.
    for (const pointer of all.reverse()) await deliver(world.ports, [pointer]);
    await world.advanceTo(START + 2 * HOUR_MS);
    expect(await states(world)).toEqual({ "urgent SENT": 1, "ordinary REFUSED frequency-cap": 1 });
  });

  test("one that the provider refused for now still goes first", async () => {
    const world = await aWorld({ urgent: { priority: "high" }, ordinary: {} }, ONE_A_WEEK);
    world.mailer.fates.push(() => {
      throw new MailRefused("throttled", "Too many.");
    });
    await leads(world, 1);
    await world.advanceTo(START + HOUR_MS);
    expect(await states(world)).toEqual({ "urgent SENT": 1, "ordinary REFUSED frequency-cap": 1 });
  });

  test("an urgent send that may not leave keeps nobody waiting", async () => {
    const world = await aWorld({ urgent: { priority: "high", sendBefore: "1 minute" }, ordinary: {} }, ONE_A_WEEK);
    await leads(world, 1);
    const all = await pointers(world);
    world.now += 2 * MINUTE_MS;
    await deliver(world.ports, [all[0] as Pointer]);
    await deliver(world.ports, [all[1] as Pointer]);
    expect(await states(world)).toEqual({ "urgent EXPIRED expired": 1, "ordinary SENT": 1 });
  });

  test("costs no write at the intent: the profile's own item knows it", async () => {
    const world = await aWorld(CAMPAIGNS, NO_CAP);
    await leads(world, 1);
    await pointers(world);
    expect((await loadAddress(world.ports, "u-1@example.com")).address.version).toBe(0);
  });
});

describe("held-out sends", () => {
  test("pass the gates in shadow: their caps fill as they would have, and treated ones do not feel it", async () => {
    const world = await aWorld({ a: { holdout: 100 }, b: { holdout: 100 }, c: {} }, ONE_A_WEEK);
    await leads(world, 1);
    await world.settle();
    const all = await states(world);
    expect(all["c SENT"]).toBe(1);
    const { claims } = (await loadAddress(world.ports, "u-1@example.com")).address;
    expect(claims.filter(({ shadow }) => shadow !== true)).toHaveLength(1);
    // Whoever of the held out came first would have had the only place.
    expect(claims.filter(({ shadow }) => shadow === true).length).toBeLessThanOrEqual(1);
    expect(
      Object.keys(all)
        .filter((line) => line.startsWith("a ") || line.startsWith("b "))
        .sort(),
    ).not.toContain("a SENT");
    expect(world.mails()).toHaveLength(1);
  });

  test("end with the reason that would have stopped them", async () => {
    const world = await aWorld({ a: { holdout: 100 } }, ONE_A_WEEK);
    await world.post(identify(START), consent(START, { state: "denied" }), lead(START));
    await world.settle();
    expect(await states(world)).toEqual({ "a REFUSED consent-denied": 1 });
  });
});
