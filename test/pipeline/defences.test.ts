// Proves that one bad event, one slow mailer or one unlucky moment costs nothing but itself.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { eventsView, sendsView } from "../../shared/pipeline/views/lists.ts";
import { summaryView } from "../../shared/pipeline/views/summary.ts";
import { profileView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

function campaign(body: JsonObject): Definition {
  const id = body["campaign"] as string;
  return { kind: "campaign", id, file: `campaigns/${id}.yaml`, lines: {}, body: { title: id, ...body } };
}

/** Confirms every order once, by its number. */
const confirm = campaign({
  campaign: "confirm",
  on: { event: "purchase.completed", key: "order_id" },
  purpose: "service",
  steps: [
    { id: "first", send: "welcome" },
    { id: "wait", wait: "1 day" },
    { id: "second", send: "welcome" },
  ],
});

const openWith = async (...more: Definition[]) => MemoryWorld.open([...(await smallShopDefinitions()), ...more]);

describe("an order reported twice under two message ids", () => {
  test("in one batch enters its campaign once, and nothing of the person is lost", async () => {
    const world = await openWith(confirm);
    const order = purchase(START, { order: "o-1", total: 20 });
    await world.post(identify(START), order, { ...order, messageId: "again" });
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.queued.rejected).toEqual([]);
    expect(world.mails()).toHaveLength(2);
  });

  test("when its run is due but not yet woken, does not hurt what comes with it", async () => {
    const world = await openWith(confirm);
    const order = purchase(START, { order: "o-1", total: 20 });
    await world.post(identify(START), consent(START), order);
    await world.settle();
    world.now = START + DAY_MS + SECOND_MS;
    await world.post({ ...order, messageId: "again", timestamp: new Date(world.now).toISOString() }, lead(world.now));
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.queued.rejected).toEqual([]);
    expect(world.mails()).toHaveLength(3);
  });
});

describe("an event that cannot be kept", () => {
  test.each([
    ["a number too large", { properties: { fbid: 2 ** 60 } }, "properties.fbid"],
    ["a number too small", { properties: { x: 1e-200 } }, "properties.x"],
    ["half a character", { properties: { name: "a\ud800" } }, "properties.name"],
    [
      "a sum that is none",
      { event: "Order Completed", properties: { total: "a lot", currency: "EUR" } },
      "properties.total",
    ],
    [
      "a sum beyond all sums",
      { event: "Order Completed", properties: { total: 1e12, currency: "EUR" } },
      "properties.amount",
    ],
    ["a time before history", { timestamp: "0001-01-01T00:00:00Z" }, "timestamp"],
  ])("%s is refused at the door with its field, and the others are taken", async (_name, bad, path) => {
    const world = await MemoryWorld.open();
    const { rejected, accepted } = await world.post(lead(START), { ...lead(START + 1), ...bad });
    expect({ accepted, rejected }).toMatchObject({ accepted: 1, rejected: [{ index: 1, path }] });
    await world.settle();
    expect(await findProfile(world.ports, "u-1")).toBeDefined();
  });

  test("behind the bus costs only itself", async () => {
    const world = await MemoryWorld.open();
    const long = "x".repeat(900);
    await world.post(...Array.from({ length: 30 }, (_, n) => purchase(START - n, { order: `o-${n}`, total: 20 })));
    const bodies = world.queued.events.splice(0).map(({ body }) => body as JsonObject);
    const bad = {
      ...(bodies[7] as JsonObject),
      source: long,
      detail: { ...((bodies[7] as JsonObject)["detail"] as JsonObject), id: "y".repeat(200) },
    };
    await world.reactTo([...bodies.slice(0, 7), bad, ...bodies.slice(8)]);
    const view = (await profileView(world.ports, (await findProfile(world.ports, "u-1")) as string)) as {
      activity: Record<string, { count: number }>;
    };
    expect(view.activity["purchase.completed"]?.count).toBe(29);
    expect(world.queued.rejected).toHaveLength(1);
  });

  test("a trait may have any name, also one that objects have", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START, { traits: { constructor: "c", toString: "t" } }));
    await world.settle();
    const view = (await profileView(world.ports, (await findProfile(world.ports, "u-1")) as string)) as {
      traits: JsonObject;
    };
    expect(view.traits).toMatchObject({ constructor: "c", toString: "t" });
  });
});

describe("a person's no", () => {
  async function welcomed() {
    const world = await MemoryWorld.open();
    await world.post(
      identify(START, { traits: { email: "old@example.com", birthday: "1990-03-10" } }),
      consent(START),
      lead(START),
    );
    await world.advanceTo(START + HOUR_MS);
    const link = /\/u\/(.+)>/.exec(world.mailer.accepted[0]?.headers["List-Unsubscribe"] ?? "")?.[1] as string;
    const { openPreferences, unsubscribe } = await import("../../shared/pipeline/preferences.ts");
    const click = async () => unsubscribe(world.ports, (await openPreferences(world.ports, link))?.link as never);
    return { world, click };
  }

  test("follows them to a new address", async () => {
    const { world, click } = await welcomed();
    await click();
    await world.post(identify(world.now, { traits: { email: "new@example.com" } }));
    await world.advanceTo(START + 20 * DAY_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("in an old mail closes the old address too, for whoever has it", async () => {
    const { world, click } = await welcomed();
    await world.post(identify(world.now, { traits: { email: "new@example.com" } }));
    await world.settle();
    await click();
    await world.post(
      identify(world.now, { user: "u-2", traits: { email: "old@example.com" } }),
      consent(world.now, { user: "u-2" }),
      lead(world.now, "u-2"),
    );
    await world.advanceTo(START + 20 * DAY_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("counts also while the address is not known", async () => {
    const { world, click } = await welcomed();
    await world.post(identify(world.now, { traits: { email: null } }));
    await world.settle();
    await click();
    await world.post(identify(world.now + 1, { traits: { email: "old@example.com" } }));
    await world.advanceTo(START + 20 * DAY_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("counts when the address changes while it is being said", async () => {
    const { world, click } = await welcomed();
    const get = world.table.get.bind(world.table);
    world.table.get = async (key) => {
      const item = await get(key);
      if (key.sk.startsWith("SEND#")) {
        world.table.get = get;
        await world.post(identify(world.now, { traits: { email: "new@example.com" } }));
        await world.settle();
      }
      return item;
    };
    await click();
    await world.post(
      identify(world.now, { user: "u-2", traits: { email: "new@example.com" } }),
      consent(world.now, { user: "u-2" }),
      lead(world.now, "u-2"),
    );
    await world.advanceTo(START + 20 * DAY_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("said with a new address, stops the mail that was about to go to the old one", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START));
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
    const { sleepUntil } = world.ports.clock;
    world.ports.clock.sleepUntil = async (at) => {
      world.ports.clock.sleepUntil = sleepUntil;
      world.now += SECOND_MS;
      await world.post(identify(world.now, { traits: { email: "new@example.com", consent: { marketing: "denied" } } }));
      await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
      await sleepUntil(at);
    };
    await deliver(world.ports, pointers);
    expect(world.mails()).toEqual([]);
  });
});

describe("many runs of one profile at the same time", () => {
  const orders = (count: number, total: number) =>
    Array.from({ length: count }, (_, n) => purchase(START + n, { order: `o-${n}`, total }));

  test("that settle together all send, in as many transactions as they need", async () => {
    const world = await openWith(confirm);
    await world.post(...orders(40, 20));
    await world.settle();
    world.now += SECOND_MS;
    await world.post(identify(world.now));
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.queued.rejected).toEqual([]);
    expect(world.mails()).toHaveLength(80);
  });

  test("that are due together all go on, and what arrives beside them is applied", async () => {
    const world = await openWith(confirm);
    await world.post(identify(START), ...orders(60, 20));
    await world.settle();
    world.now = START + DAY_MS + SECOND_MS;
    await world.post(lead(world.now));
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.queued.rejected).toEqual([]);
    expect(world.mails()).toHaveLength(120);
  });
});

describe("a slow mailer", () => {
  test("gets its rate and no more, and a burst drains in the time the rate needs", async () => {
    const world = await MemoryWorld.open();
    world.mailer.quota = async () => ({ perSecond: 1, perDay: 100_000, sentToday: 0, state: "open" as const });
    const send = world.mailer.send.bind(world.mailer);
    const sentAt: number[] = [];
    world.mailer.send = (mail) => {
      sentAt.push(world.now);
      return send(mail);
    };
    const users = Array.from({ length: 60 }, (_, n) => `u-${n}`);
    for (const user of users)
      await world.post(
        identify(START, { user, traits: { email: `${user}@example.com` } }),
        consent(START, { user }),
        lead(START, user),
      );
    await world.advanceTo(START + HOUR_MS);
    expect(sentAt).toHaveLength(60);
    expect(Math.max(...sentAt) - START).toBeLessThan(15 * MINUTE_MS);
  });

  test("does not get the slots of half an hour at once when the worker was away", async () => {
    const world = await MemoryWorld.open();
    world.mailer.quota = async () => ({ perSecond: 1, perDay: 100_000, sentToday: 0, state: "open" as const });
    const users = Array.from({ length: 100 }, (_, n) => `u-${n}`);
    for (const user of users)
      await world.post(
        identify(START, { user, traits: { email: `${user}@example.com` } }),
        consent(START, { user }),
        lead(START, user),
      );
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    await deliver(
      world.ports,
      world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send),
    );
    const waiting = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
    const before = world.mails().length;
    world.now += 30 * MINUTE_MS;
    await deliver(world.ports, waiting);
    expect(waiting.length).toBeGreaterThan(80);
    expect(world.mails().length - before).toBeLessThan(20);
  });
});

describe("what is shown", () => {
  test("the sends of a campaign that is no longer published stay in lists and numbers", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START));
    await world.settle();
    await publish(
      world.ports,
      (await smallShopDefinitions()).filter(({ kind, id }) => kind !== "campaign" || id !== "welcome"),
    );
    expect((await sendsView(world.ports, {}, { limit: 10 })).items).toHaveLength(1);
    const { campaigns } = await summaryView(world.ports);
    expect(campaigns.find(({ id }) => id === "welcome")).toMatchObject({ archived: true, sent: 1 });
  });

  test("events of many people at one instant are all listed, whatever the page", async () => {
    const world = await MemoryWorld.open();
    const users = Array.from({ length: 7 }, (_, n) => `u-${n}`);
    for (const user of users) await world.post({ ...lead(START, user), messageId: "same" });
    await world.settle();
    for (const limit of [1, 2, 3, 100]) {
      let found = 0;
      let after: string | undefined = "2026-03-01";
      for (let page = 0; after !== undefined && page < 20; page++) {
        const view: Awaited<ReturnType<typeof eventsView>> = await eventsView(world.ports, { after, limit });
        found += view?.items.length ?? 0;
        after = view !== undefined && view.items.length > 0 ? view.next : undefined;
      }
      expect(found).toBe(7);
    }
  });

  test("events after an instant are found however the instant is written", async () => {
    const world = await MemoryWorld.open();
    world.now = START + HOUR_MS + 500;
    await world.post(lead(START));
    await world.settle();
    for (const after of ["2026-03-02T09:00:00Z", "2026-03-02T11:30:00+02:30", "2026-03-02"]) {
      expect((await eventsView(world.ports, { after, limit: 10 }))?.items).toHaveLength(1);
    }
    expect((await eventsView(world.ports, { after: "2026-03-02T09:00:01Z", limit: 10 }))?.items).toEqual([]);
    expect(await eventsView(world.ports, { after: "soon", limit: 10 })).toBeUndefined();
  });
});

describe("a lease", () => {
  test("taken on a run that was replaced meanwhile does not bring the old one back", async () => {
    const bookish = campaign({
      campaign: "bookish",
      on: { event: "purchase.completed" },
      audience: { trait: "fond", eq: "books" },
      steps: [{ id: "go", send: "welcome" }],
    });
    const world = await openWith(bookish);
    await world.post(identify(START), consent(START), purchase(START, { order: "a", total: 20 }));
    await world.settle();
    const get = world.table.get.bind(world.table);
    world.now = START + 3 * MINUTE_MS;
    world.table.get = async (key) => {
      const item = await get(key);
      if (key.sk.startsWith("STATE#RUN#bookish")) {
        world.table.get = get;
        await world.reactTo([{ wake: { profileId: key.pk.slice("PROFILE#".length), at: world.now } }]);
        await world.post(purchase(world.now, { order: "b", total: 20 }));
        await world.settle();
      }
      return item;
    };
    await tick(world.ports);
    await world.post(identify(world.now, { traits: { fond: "books" } }));
    await world.advanceTo(START + DAY_MS);
    expect(world.mails()).toHaveLength(1);
  });
});
