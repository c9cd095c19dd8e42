// Proves what a new rule means for people who are there already: they become members, and nothing is triggered by it.
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import type { Catalogue } from "../../shared/domain/catalogue.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { applyToProfile, newOutcome } from "../../shared/pipeline/apply-to-profile.ts";
import { loadCatalogue, publish } from "../../shared/pipeline/catalogue-store.ts";
import { completeCounters } from "../../shared/pipeline/complete-counters.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { loadState } from "../../shared/pipeline/records/state.ts";
import { work } from "../../shared/pipeline/work.ts";
import { aPurchase } from "../support/builders.ts";
import { consent, identify, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { type ShopParts, shopDefinitions } from "../support/shop-definitions.ts";
import { entriesOf, idOf, jobOf, membersOf } from "../support/stored.ts";

const person = (user: string, at: number, traits: object = {}) => [
  identify(at, { user, traits: { email: `${user}@example.com`, ...traits } }),
  consent(at, { user }),
];

/** Orders of the past, told as history. */
const pastOrders = (world: MemoryWorld, user: string, instants: number[]) =>
  importPage(
    world.ports,
    instants.map((at, n) => ({
      type: "purchase.completed",
      userId: user,
      id: `${user}-${n}`,
      occurredAt: iso(at),
      declaredAt: iso(at),
      properties: { order_id: `${user}-${n}`, amount: { amount: 9_000, currency: "EUR" } },
    })),
    { source: "csv", trigger: false },
  );

const GOLD = { gold: { trait: "plan", eq: "gold" } };
const SILENT = {
  silent: {
    all: [
      { did: "purchase.completed", atLeast: 1 },
      { didNot: "purchase.completed", for: "30 days" },
    ],
  },
};
const hello = (segment: string, changes: JsonObject = {}) => ({
  campaign: "hello",
  on: { entered: segment },
  ...changes,
});

describe("publishing a new rule", () => {
  test("makes members of those it is true of, since when it became true, and starts no campaign by it", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await world.post(...person("u-1", START, { plan: "gold" }), ...person("u-2", START));
    await world.advanceTo(START + DAY_MS);
    await publish(world.ports, shopDefinitions({ segments: GOLD, campaigns: [hello("gold")] }));
    await world.advanceTo(START + 2 * DAY_MS);
    expect(await membersOf(world, "gold")).toEqual({ known: ["u-1"], listed: ["u-1"] });
    const { profile } = (await loadState(world.ports, await idOf(world, "u-1"))) as NonNullable<
      Awaited<ReturnType<typeof loadState>>
    >;
    expect(profile.memberships["gold"]).toBe(START);
    expect(world.mails()).toEqual([]);
  });

  test("later changes trigger: the one that an event brings, and the one that time brings", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await pastOrders(world, "long-silent", [START - 60 * DAY_MS]);
    await pastOrders(world, "soon-silent", [START - 10 * DAY_MS]);
    for (const user of ["long-silent", "soon-silent", "u-3"]) await world.post(...person(user, START));
    await world.advanceTo(START + DAY_MS);
    const segments = { ...GOLD, ...SILENT };
    const campaigns = [hello("silent"), { campaign: "bravo", on: { entered: "gold" } }];
    await publish(world.ports, shopDefinitions({ segments, campaigns }));
    await world.advanceTo(START + 2 * DAY_MS);
    expect((await membersOf(world, "silent")).listed).toEqual(["long-silent"]);
    expect(world.mails()).toEqual([]);
    await world.post(identify(world.now, { user: "u-3", traits: { email: "u-3@example.com", plan: "gold" } }));
    await world.advanceTo(START + 25 * DAY_MS);
    expect(world.mails()).toEqual(["u-3@example.com: Hello", "soon-silent@example.com: Hello"]);
    expect(await entriesOf(world, "hello")).toEqual([`soon-silent ${iso(START + 20 * DAY_MS)}`]);
  });

  test("with onBackfill: enter every member of now enters once, whatever is published after", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await world.post(...person("u-1", START, { plan: "gold" }), ...person("u-2", START), ...person("u-3", START));
    await world.advanceTo(START + DAY_MS);
    const parts: ShopParts = { segments: GOLD, campaigns: [hello("gold", { onBackfill: "enter" })] };
    await publish(world.ports, shopDefinitions(parts));
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.mails()).toEqual(["u-1@example.com: Hello"]);
    await publish(world.ports, shopDefinitions({ ...parts, segments: { ...GOLD, ...SILENT } }));
    await world.post(identify(world.now, { user: "u-2", traits: { email: "u-2@example.com", plan: "gold" } }));
    await world.advanceTo(START + 3 * DAY_MS);
    await publish(world.ports, shopDefinitions(parts));
    await world.advanceTo(START + 4 * DAY_MS);
    expect(world.mails()).toEqual(["u-1@example.com: Hello", "u-2@example.com: Hello"]);
  });

  test("a rule that is taken away takes its members and its list with it", async () => {
    const world = await MemoryWorld.open(shopDefinitions({ segments: GOLD }));
    await world.post(...person("u-1", START, { plan: "gold" }));
    await world.settle();
    expect((await membersOf(world, "gold")).listed).toEqual(["u-1"]);
    await publish(world.ports, shopDefinitions());
    await world.advanceTo(START + MINUTE_MS);
    expect(await membersOf(world, "gold")).toEqual({ known: [], listed: [] });
  });

  test("counts what a new rule asks for from the events that are there, also where nobody is a member yet", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    await pastOrders(world, "u-1", [START - 3 * DAY_MS, START - 2 * DAY_MS]);
    await world.advanceTo(START);
    const rule = { "big-spenders": { average: "purchase.completed", of: "amount", gte: "150 EUR" } };
    await publish(world.ports, shopDefinitions({ segments: rule }));
    await world.advanceTo(START + MINUTE_MS);
    const id = await idOf(world, "u-1");
    const catalogue = await loadCatalogue(world.ports);
    expect((await loadState(world.ports, id))?.profile.foldedBy.counters).toBe(catalogue.countersHash);
    await world.post(purchase(world.now, { user: "u-1", total: 320 }));
    await world.settle();
    expect((await membersOf(world, "big-spenders")).listed).toEqual(["u-1"]);
  });
});

describe("a back-fill", () => {
  test("shows how far it is, and is touched up once more when no batch of before can be under way any more", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    for (let n = 0; n < 30; n++) await world.post(...person(`u-${n}`, START));
    await world.advanceTo(START);
    await publish(world.ports, shopDefinitions({ segments: GOLD }));
    await world.advanceTo(START);
    expect(await jobOf(world, "backfill#2")).toEqual({
      id: "backfill#2",
      kind: "backfill",
      state: "done",
      counts: { done: 30, entered: 0, total: 30 },
      progress: 1,
      startedAt: iso(START),
      finishedAt: iso(START),
    });
    expect(await jobOf(world, "recheck#2")).toMatchObject({ state: "waiting", dueAt: iso(START + 2 * MINUTE_MS) });
    await world.advanceTo(START + 3 * MINUTE_MS);
    expect(await jobOf(world, "recheck#2")).toMatchObject({ state: "done", counts: { done: 30 } });
  });

  test("finds a profile that a batch under the older catalogue wrote behind it", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    const older = await loadCatalogue(world.ports);
    await world.post(...person("u-1", START));
    await world.advanceTo(START);
    await publish(world.ports, shopDefinitions({ segments: { buyers: { did: "purchase.completed", atLeast: 1 } } }));
    await world.advanceTo(START);
    expect(await jobOf(world, "backfill#2")).toMatchObject({ state: "done" });
    const late = { messageId: "m", event: aPurchase("9 EUR", { occurredAt: START, declaredAt: START }) };
    const profileId = await idOf(world, "u-1");
    await applyToProfile(
      { ports: world.ports, catalogue: older },
      { profileId, wokenAt: 0, inputs: [late] },
      newOutcome(),
    );
    await world.advanceTo(START + 3 * MINUTE_MS);
    expect((await membersOf(world, "buyers")).listed).toEqual(["u-1"]);
  });

  test("2,000 profiles that are edited while it runs end as the rules have it, on both sides of the lists", async () => {
    const world = await MemoryWorld.open(shopDefinitions());
    const users = Array.from({ length: 2_000 }, (_, n) => `u-${n}`);
    const plan = (user: string, at: number, name: string) =>
      identify(at, { user, id: `${user}-${name}-${at}`, traits: { email: `${user}@example.com`, plan: name } });
    for (const [n, user] of users.entries()) await world.post(plan(user, START, n % 2 === 0 ? "gold" : "free"));
    await world.advanceTo(START + HOUR_MS);
    await publish(world.ports, shopDefinitions({ segments: GOLD, campaigns: [hello("gold")] }));
    // Every profile changes sides while the back-fill is at it.
    for (const [n, user] of users.entries()) await world.post(plan(user, world.now, n % 2 === 0 ? "free" : "gold"));
    const edits = world.queued.events.splice(0);
    const editing = async () => {
      while (edits.length > 0) await world.reactTo(edits.splice(0, 40).map(({ body }) => body));
    };
    await Promise.all([work(world.ports, "backfill#2"), editing()]);
    await world.advanceTo(START + 2 * HOUR_MS);
    const gold = users.filter((_, n) => n % 2 === 1).sort();
    expect(await membersOf(world, "gold")).toEqual({ known: gold, listed: gold });
    // They became gold after the rule was there: by their own act, whichever came first.
    expect(await entriesOf(world, "hello")).toEqual(gold.map((user) => `${user} ${iso(START + HOUR_MS)}`));
  }, 60_000);
});

const stateOf = async (world: MemoryWorld, profileId: string) =>
  ((await loadState(world.ports, profileId)) as NonNullable<Awaited<ReturnType<typeof loadState>>>).profile;

describe("two instances with different catalogues", () => {
  test.each(Array.from({ length: 30 }, (_, n) => n + 1))("seed %i: never erase each other's counts", async (seed) => {
    const random = seededRandom(seed);
    const world = await MemoryWorld.open(
      shopDefinitions({ segments: { twice: { did: "purchase.completed", atLeast: 2, within: "7 days" } } }),
    );
    await pastOrders(world, "u-1", [START - DAY_MS]);
    await world.advanceTo(START);
    const profileId = await idOf(world, "u-1");
    const older = await loadCatalogue(world.ports);
    await publish(
      world.ports,
      shopDefinitions({
        segments: { rich: { sum: "purchase.completed", of: "amount", within: "30 days", gte: "100 EUR" } },
      }),
    );
    const newer = await loadCatalogue(world.ports);
    const buy = (n: number, catalogue: Catalogue) =>
      applyToProfile(
        { ports: world.ports, catalogue },
        {
          profileId,
          wokenAt: 0,
          inputs: [
            {
              messageId: "m",
              event: aPurchase("10 EUR", { id: `e${n}`, occurredAt: START + n, declaredAt: START + n }),
            },
          ],
        },
        newOutcome(),
      );
    const bothAtOnce: Promise<void>[] = [];
    for (let n = 0; n < 12; n++) {
      bothAtOnce.push(buy(n, random() < 0.5 ? older : newer));
      if (random() < 0.5) await Promise.all(bothAtOnce.splice(0));
      const { foldedBy } = await stateOf(world, profileId);
      if (foldedBy.seq === newer.seq) expect(foldedBy.counters).toBe(newer.countersHash);
      if (random() < 0.2) await work(world.ports, "backfill#2");
    }
    await Promise.all(bothAtOnce);
    await world.advanceTo(START + HOUR_MS);
    const profile = await stateOf(world, profileId);
    expect(profile.foldedBy.counters).toBe(newer.countersHash);
    expect(profile.activity["purchase.completed"]?.count).toBe(13);
    expect(profile.counters).toEqual((await completeCounters(world.ports, profile, newer)).counters);
    expect((await membersOf(world, "rich")).listed).toEqual(["u-1"]);
    expect((await membersOf(world, "twice")).listed).toEqual([]);
  });
});
