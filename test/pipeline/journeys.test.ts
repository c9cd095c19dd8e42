// Guarantees of journeys through the whole pipeline: waits, holds and ends are stored, read back, and end in the right mails.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { dueShards, profilePk } from "../../shared/pipeline/keys.ts";
import { readEntry } from "../../shared/pipeline/records/entry-record.ts";
import { loadState } from "../../shared/pipeline/records/state.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const campaign = (body: JsonObject): Definition => ({
  kind: "campaign",
  id: String(body["campaign"]),
  file: `campaigns/${body["campaign"]}.yaml`,
  lines: {},
  body: { title: "Cart", ...body },
});
const cart = (more: JsonObject = {}) =>
  campaign({
    campaign: "cart",
    on: { event: "cart.updated", key: "cart_id" },
    steps: [
      { id: "rest", wait: { event: "purchase.completed", key: "cart_id", timeout: "4 hours", onEvent: "exit" } },
      { id: "remind", send: "welcome" },
      { id: "more", wait: "1 day" },
      {
        id: "ask",
        split: [
          { arm: "a", share: 1, steps: [] },
          { arm: "b", share: 1, steps: [] },
        ],
      },
      { id: "again", send: "birthday" },
    ],
    ...more,
  });
const shop = async (...campaigns: Definition[]) => [
  ...(await smallShopDefinitions()).filter(({ kind }) => kind !== "campaign"),
  ...campaigns,
];

async function aShopper(definitions: Definition[]): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(definitions);
  const traits = { email: "zoe@example.com", locale: "en", consent: { marketing: "granted" } };
  await world.post({ type: "identify", userId: "u1", messageId: "i1", timestamp: iso(world.now), traits });
  await world.settle();
  return world;
}

async function tell(world: MemoryWorld, event: string, properties: JsonObject): Promise<void> {
  const messageId = `${event}-${world.now}-${JSON.stringify(properties)}`;
  await world.post({ type: "track", userId: "u1", event, messageId, timestamp: iso(world.now), properties });
  await world.settle();
}

const profileOf = async (world: MemoryWorld) => {
  const { items } = await world.table.scan({ segment: 0, segments: 1 });
  const id = items.find(({ sk }) => sk === "STATE#PROFILE")?.pk.slice("PROFILE#".length) as string;
  const entries = await world.table.query({ pk: profilePk(id), prefix: "ENTRY#" });
  return { profile: (await loadState(world.ports, id))?.profile, entries: entries.items.map(readEntry) };
};

describe("an abandoned cart", () => {
  test("is reminded of after four hours, then a day later; the run and its end are kept", async () => {
    const world = await aShopper(await shop(cart()));
    const from = world.now;
    await tell(world, "cart.updated", { cart_id: "c 1" });
    expect((await profileOf(world)).profile?.runs).toMatchObject([{ state: "waiting", step: "rest", since: from }]);
    await world.advanceTo(from + 4 * HOUR_MS);
    expect(world.mails()).toHaveLength(1);
    expect((await profileOf(world)).profile?.runs).toMatchObject([{ step: "more", dueAt: from + 28 * HOUR_MS }]);
    await world.advanceTo(from + 3 * DAY_MS);
    expect(world.mails()).toHaveLength(2);
    const { profile, entries } = await profileOf(world);
    expect(profile?.runs).toEqual([]);
    expect(entries).toMatchObject([{ arm: "treated", ended: "completed", endedAt: iso(from + 28 * HOUR_MS) }]);
  });

  test("that is bought ends without a mail, and another cart beside it is reminded of", async () => {
    const world = await aShopper(await shop(cart()));
    const from = world.now;
    await tell(world, "cart.updated", { cart_id: "1" });
    await world.advanceTo(from + 1);
    await tell(world, "cart.updated", { cart_id: "2" });
    await world.advanceTo(from + HOUR_MS);
    await tell(world, "Order Completed", { order_id: "o1", total: 20, currency: "EUR", cart_id: "1" });
    await world.advanceTo(from + 5 * HOUR_MS);
    expect(world.mails()).toHaveLength(1);
    const { entries } = await profileOf(world);
    expect(entries).toContainEqual(expect.objectContaining({ key: "1", ended: "event-came" }));
  });
});

describe("what is published while runs are under way", () => {
  test("a paused campaign holds them outside the due index; resumed, they go on under their own revision", async () => {
    const world = await aShopper(await shop(cart()));
    const from = world.now;
    await tell(world, "cart.updated", { cart_id: "1" });
    await publish(world.ports, await shop(cart({ status: "paused" })));
    await world.advanceTo(from + 10 * HOUR_MS);
    expect(world.mails()).toEqual([]);
    const { profile } = await profileOf(world);
    expect(profile?.runs).toMatchObject([{ state: "held", dueAt: from + 4 * HOUR_MS }]);
    for (const pk of dueShards("RUN")) expect((await world.table.queryIndex("due", { pk })).items).toEqual([]);
    await publish(world.ports, await shop(cart({ title: "Changed", steps: [{ id: "other", send: "upsell" }] })));
    await world.advanceTo(from + 11 * HOUR_MS);
    expect(world.mails()).toHaveLength(1);
    await world.advanceTo(from + 3 * DAY_MS);
    expect(world.mailer.accepted.map(({ subject }) => subject)).toHaveLength(2);
  });

  test("an archived campaign ends them with that reason", async () => {
    const world = await aShopper(
      await shop(
        cart({
          steps: [
            { id: "now", send: "welcome" },
            { id: "rest", wait: "9 days" },
          ],
        }),
      ),
    );
    await tell(world, "cart.updated", { cart_id: "1" });
    const held = world.mails().length;
    await publish(world.ports, await shop());
    await world.advanceTo(world.now + DAY_MS);
    const { profile, entries } = await profileOf(world);
    expect(profile?.runs).toEqual([]);
    expect(entries).toMatchObject([{ ended: "archived" }]);
    expect(world.mails()).toHaveLength(held);
  });
});

describe("a run whose campaign was edited", () => {
  test("still hears what it waits for, and reaches the goal it had", async () => {
    const edited = {
      steps: [
        { id: "rest", wait: "6 hours" },
        { id: "remind", send: "welcome" },
      ],
    };
    const withGoal = {
      steps: edited.steps,
      goal: { event: "purchase.completed", where: { property: "cart_id", eq: "1" } },
    };
    for (const [before, after] of [
      [{}, edited],
      [withGoal, { ...withGoal, goal: { event: "page.viewed" } }],
    ] as const) {
      const world = await aShopper(await shop(cart(before)));
      const from = world.now;
      await tell(world, "cart.updated", { cart_id: "1" });
      await publish(world.ports, await shop(cart(after)));
      await world.advanceTo(from + HOUR_MS);
      await tell(world, "Order Completed", { order_id: "o1", total: 20, currency: "EUR", cart_id: "1" });
      await world.advanceTo(from + 3 * DAY_MS);
      expect(world.mails()).toEqual([]);
    }
  });
});

describe("more than one decision holds", () => {
  test("an entry that waits for facts when its campaign goes leaves the profile alive", async () => {
    const world = await MemoryWorld.open(await shop(cart()));
    await tell(world, "cart.updated", { cart_id: "1" });
    await publish(world.ports, await shop());
    await tell(world, "page.viewed", {});
    await world.advanceTo(world.now + HOUR_MS);
    const { profile } = await profileOf(world);
    expect([profile?.runs, profile?.activity["page.viewed"]?.count]).toEqual([[], 1]);
    expect(world.queued.events).toEqual([]);
  });

  test("forty runs with six mails each, due at one instant, all go their way", async () => {
    const six = Array.from({ length: 6 }, (_, n) => ({ id: `s${n}`, send: "welcome" }));
    const world = await aShopper(
      await shop(cart({ steps: [{ id: "rest", wait: "1 day" }, ...six], purpose: "service" })),
    );
    const from = world.now;
    for (let n = 0; n < 40; n++) await tell(world, "cart.updated", { cart_id: String(n) });
    await world.advanceTo(from + 2 * DAY_MS);
    expect(world.mails()).toHaveLength(240);
    expect((await profileOf(world)).profile?.runs).toEqual([]);
  });

  test("a hundred and twenty segments that one event makes true are all entered, and each campaign once", async () => {
    const many = Array.from({ length: 120 }, (_, n): Definition[] => {
      const segment = { kind: "segment" as const, id: `s-${n}`, file: `segments/s-${n}.yaml`, lines: {} };
      const body = { segment: `s-${n}`, title: "S", where: { did: "page.viewed", within: `${n + 1} days` } };
      const entered = campaign({
        campaign: `c-${n}`,
        purpose: "service",
        on: { entered: `s-${n}` },
        steps: [{ id: "say", send: "welcome" }],
      });
      return [{ ...segment, body }, entered];
    });
    const world = await aShopper(await shop(...many.flat()));
    await tell(world, "page.viewed", {});
    await world.advanceTo(world.now + HOUR_MS);
    const { profile } = await profileOf(world);
    expect(Object.keys(profile?.memberships ?? {}).filter((id) => id.startsWith("s-"))).toHaveLength(120);
    expect(world.mails()).toHaveLength(120);
    expect(world.queued.rejected).toEqual([]);
  });
});

test("re-entry with the same key is another run with mails of its own", async () => {
  const world = await aShopper(await shop(cart({ reentry: "after 3 days", steps: [{ id: "say", send: "welcome" }] })));
  const from = world.now;
  for (const day of [0, 1, 4]) {
    await world.advanceTo(from + day * DAY_MS);
    await tell(world, "cart.updated", { cart_id: "1" });
  }
  expect(world.mails()).toHaveLength(2);
  expect((await profileOf(world)).entries).toMatchObject([{ key: "1", enteredAt: iso(from + 4 * DAY_MS) }]);
});

test("a held-out run goes its way, and its mails are refused with that reason", async () => {
  const world = await aShopper(await shop(cart({ holdout: 100 })));
  await tell(world, "cart.updated", { cart_id: "1" });
  await world.advanceTo(world.now + 3 * DAY_MS);
  expect(world.mails()).toEqual([]);
  const { items } = await world.table.scan({ segment: 0, segments: 1 });
  const ledgers = items.filter(({ sk }) => sk.startsWith("SEND#")).map(({ ledger }) => ledger);
  expect(ledgers).toMatchObject([
    { state: "REFUSED", reason: "holdout" },
    { state: "REFUSED", reason: "holdout" },
  ]);
  expect((await profileOf(world)).entries).toMatchObject([{ arm: "holdout", ended: "completed" }]);
});
