// Proves that publishing is one step: what is live, its history and the jobs that follow from it, all or nothing.
import { describe, expect, test } from "vitest";
import { definitionHash } from "../../shared/domain/definition.ts";
import { iso } from "../../shared/domain/instant.ts";
import {
  activePublication,
  catalogueHistory,
  definitionsOf,
  loadCatalogue,
  publish,
} from "../../shared/pipeline/catalogue-store.ts";
import { Fault, TransactionCanceled } from "../../shared/pipeline/faults.ts";
import { definitionKey } from "../../shared/pipeline/keys.ts";
import { jobsView } from "../../shared/pipeline/views/jobs.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { type ShopParts, shopDefinitions } from "../support/shop-definitions.ts";

const GOLD: ShopParts = { segments: { gold: { trait: "plan", eq: "gold" } } };
const GOLD_AND_NEW: ShopParts = { segments: { ...GOLD.segments, "new-ones": { trait: "plan", eq: "new" } } };

const jobIds = async (world: MemoryWorld) =>
  (await jobsView(world.ports, { limit: 100 })).items.map(({ id }) => id).sort();

/** The fault that a promise throws. */
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof Fault ? { code: error.code, retryable: error.retryable } : error),
  );

type Call = (...given: unknown[]) => Promise<unknown>;

/** The world's ports with other writing calls. */
function withTable(world: MemoryWorld, disturb: (call: Call) => Call, names: unknown[] = ["write", "transact"]) {
  const table = new Proxy(world.table, {
    get: (target, name) => {
      const call = (Reflect.get(target, name) as Call).bind(target);
      return names.includes(name) ? disturb(call) : call;
    },
  });
  return { ...world.ports, table };
}

describe("publish", () => {
  test("makes a revision active under the next number, and keeps who published it and why, newest first", async () => {
    const world = new MemoryWorld();
    expect(await activePublication(world.ports)).toBeUndefined();
    const first = await publish(world.ports, shopDefinitions(), { by: "zoe" });
    world.now += 1_000;
    const second = await publish(world.ports, shopDefinitions(GOLD), { note: "gold customers" });
    expect([first, second]).toMatchObject([
      { seq: 1, changed: true },
      { seq: 2, changed: true },
    ]);
    expect(await activePublication(world.ports)).toEqual({
      seq: 2,
      revision: second.revision,
      publishedAt: START + 1_000,
    });
    expect(await catalogueHistory(world.ports)).toEqual([
      { seq: 2, revision: second.revision, publishedAt: START + 1_000, note: "gold customers" },
      { seq: 1, revision: first.revision, publishedAt: START, by: "zoe" },
    ]);
    expect((await loadCatalogue(world.ports)).liveSince.segments["gold"]).toMatchObject({ seq: 2, at: START + 1_000 });
  });

  test("the same again changes nothing and makes no job, whatever it was planned against", async () => {
    const world = await MemoryWorld.open(shopDefinitions(GOLD));
    const before = await jobIds(world);
    expect(await publish(world.ports, shopDefinitions(GOLD).toReversed(), { base: 0 })).toMatchObject({
      seq: 1,
      changed: false,
    });
    expect(await jobIds(world)).toEqual(before);
    expect(await catalogueHistory(world.ports)).toHaveLength(1);
  });

  test("refuses a plan that was made against another publication, and says to plan again", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await publish(world.ports, shopDefinitions(GOLD), { base: 1 });
    const stale = publish(world.ports, shopDefinitions(GOLD_AND_NEW), { base: 1 });
    expect(await faultOf(stale)).toEqual({ code: "catalogue_moved", retryable: false });
    await expect(stale).rejects.toThrow(/publication 1.*publication 2 is live now: plan again/);
    expect((await activePublication(world.ports))?.seq).toBe(2);
  });

  test("of two at once each gets a number of its own, and with a plan only one passes", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    const both = await Promise.all([
      publish(world.ports, shopDefinitions(GOLD)),
      publish(world.ports, shopDefinitions(GOLD_AND_NEW)),
    ]);
    expect(both.map(({ seq }) => seq).sort()).toEqual([2, 3]);
    const planned = await Promise.allSettled(
      ["A", "B"].map((subject) => publish(world.ports, shopDefinitions({ subject }), { base: 3 })),
    );
    expect(planned.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("a crash at any write leaves the old catalogue live, or the new one with its job", async () => {
    for (let crashAt = 1; ; crashAt++) {
      const world = await MemoryWorld.open(shopDefinitions());
      let calls = 0;
      const crashing = withTable(world, (call) => async (...given) => {
        if (++calls === crashAt) throw new Error("crash");
        return call(...given);
      });
      const crashed = await publish(crashing, shopDefinitions(GOLD)).then(
        () => false,
        () => true,
      );
      const isLive = (await activePublication(world.ports))?.seq === 2;
      expect((await jobIds(world)).includes("backfill#2")).toBe(isLive);
      await publish(world.ports, shopDefinitions(GOLD));
      expect(await activePublication(world.ports)).toMatchObject({ seq: 2 });
      if (!crashed) return expect(crashAt).toBeGreaterThan(3);
    }
  });

  test("gives up when the table cancels it again and again, and nothing is live then", async () => {
    const world = new MemoryWorld();
    const busy = withTable(world, () => () => Promise.reject(new TransactionCanceled(["conflict"])), ["transact"]);
    expect(await faultOf(publish(busy, shopDefinitions()))).toEqual({ code: "transaction_canceled", retryable: true });
    expect(await activePublication(world.ports)).toBeUndefined();
  });
});

describe("what was published", () => {
  test("comes back in the order it was published in, of any revision", async () => {
    const world = new MemoryWorld();
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`s-${n}`, { trait: "plan", eq: `p${n}` }]));
    const { revision } = await publish(world.ports, shopDefinitions({ segments: many }));
    await publish(world.ports, shopDefinitions());
    expect(await definitionsOf(world.ports, revision)).toEqual(shopDefinitions({ segments: many }));
    expect(await definitionsOf(world.ports, "unheard-of")).toBeUndefined();
  });

  test("a definition that is missing stops everything instead of being left out", async () => {
    const world = new MemoryWorld();
    const { revision } = await publish(world.ports, shopDefinitions(GOLD));
    const gold = shopDefinitions(GOLD)[1];
    await world.table.write({ delete: definitionKey(definitionHash(gold as NonNullable<typeof gold>)) });
    const missing = { code: "definition_missing", retryable: false };
    expect(await faultOf(definitionsOf(world.ports, revision))).toEqual(missing);
    expect(await faultOf(loadCatalogue(world.ports))).toEqual(missing);
  });
});

describe("the jobs of a publication", () => {
  test("a new text brings no walk over profiles, a new rule does, and the standing jobs are always there", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await publish(world.ports, shopDefinitions({ subject: "Salut" }));
    const standing = ["nightly", "retention", "suppression-pull"];
    expect(await jobIds(world)).toEqual(["backfill#1", "backfill#2", ...standing]);
    await world.advanceTo(START);
    await publish(world.ports, shopDefinitions(GOLD));
    expect(await jobIds(world)).toEqual(["backfill#1", "backfill#2", "backfill#3", ...standing, "recheck#3"].sort());
    const nightly = (await jobsView(world.ports, { limit: 100 })).items.find(({ id }) => id === "nightly");
    expect(nightly).toMatchObject({ state: "waiting", dueAt: iso(Date.parse("2026-03-03T02:00:00Z")) });
  });

  test.each([
    ["a rule", { segments: { gold: { trait: "plan", eq: "silver" } } }, true],
    ["a segment less", {}, true],
    ["a campaign more", { ...GOLD, campaigns: [{ campaign: "hi", on: { event: "lead.created" } }] }, true],
    ["the shop's zone", { ...GOLD, settings: { timezone: { default: "Asia/Tokyo" } } }, true],
    ["a title", { ...GOLD, settings: { birthday: { at: "10:00" } } }, false],
  ] as [string, ShopParts, boolean][])("%s: profiles are walked: %s", async (_, parts, walks) => {
    const world = await MemoryWorld.open(shopDefinitions(GOLD));
    await publish(world.ports, shopDefinitions(parts));
    expect((await jobIds(world)).includes("recheck#2")).toBe(walks);
  });

  test("what an older back-fill did not get done is owed by the next one", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await publish(world.ports, shopDefinitions(GOLD));
    await publish(world.ports, shopDefinitions({ ...GOLD, subject: "Salut" }));
    expect(await jobIds(world)).toContain("recheck#3");
    await world.advanceTo(START + 3_600_000);
    const states = (await jobsView(world.ports, { limit: 100 })).items.map(({ id, state }) => `${id} ${state}`);
    expect(states).toEqual(
      expect.arrayContaining(["backfill#2 superseded", "recheck#2 superseded", "backfill#3 done"]),
    );
    await publish(world.ports, shopDefinitions(GOLD));
    expect(await jobIds(world)).not.toContain("recheck#4");
  });
});
