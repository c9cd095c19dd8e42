// Guarantees of the drop at the door: what serves no purpose is in no item and no queue, and what was there before goes.
import { expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { profileView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const DROP = { traits: ["shoeSize"], properties: { "product.viewed": ["ip"], "purchase.completed": ["gift"] } };
const CANARY = "canary-42";

async function shopThatDrops(): Promise<Definition[]> {
  const definitions = await smallShopDefinitions();
  return definitions.map((one) => (one.kind === "settings" ? { ...one, body: { ...one.body, drop: DROP } } : one));
}

const viewed = { type: "track", userId: "u-1", event: "Product Viewed", messageId: "v-1" };

async function everyItem(world: MemoryWorld): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await world.table.scan({ segment: 0, segments: 1, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

test("a dropped name is stored nowhere, whichever way it comes, and everything else is", async () => {
  const world = await MemoryWorld.open(await shopThatDrops());
  await world.post(
    identify(START, { traits: { shoeSize: CANARY, plan: "pro" } }),
    consent(START),
    { ...viewed, properties: { ip: CANARY, sku: "sku-1" } },
    { ...purchase(START), properties: { ...purchase(START).properties, gift: { card: CANARY } } },
  );
  await world.settle();
  const row = { type: "product.viewed", userId: "u-1", id: "v-2", properties: { ip: CANARY, sku: "sku-2" } };
  await importPage(world.ports, [row], { source: "import", trigger: false });
  const stored = JSON.stringify(await everyItem(world));
  expect(stored).not.toContain(CANARY);
  for (const kept of ["sku-1", "sku-2", "pro", '"amount":12000']) expect(stored).toContain(kept);
});

test("a message that is put aside has lost it too, and can be mended", async () => {
  const world = await MemoryWorld.open(await shopThatDrops());
  await world.post({ ...viewed, properties: { ip: CANARY, sku: "sku-1" } });
  const [message] = world.queued.events.splice(0);
  const body = message?.body as { detail: { [field: string]: Json } };
  await world.reactTo([{ ...body, detail: { ...body.detail, occurredAt: "yesterday" } }]);
  expect(world.queued.rejected).toMatchObject([
    { body: { problems: [{ code: "not_a_time" }], message: { detail: { properties: { sku: "sku-1" } } } } },
  ]);
  expect(JSON.stringify(world.queued.rejected)).not.toContain(CANARY);
});

test("traits that were there when the drop was published are gone from every profile a little later", async () => {
  const world = await MemoryWorld.open();
  await world.post(
    identify(START, { user: "u-1", traits: { shoeSize: CANARY, plan: "pro" } }),
    identify(START, { user: "u-2", traits: { email: "ben@example.com", shoeSize: 40 } }),
    lead(START, "u-3"),
  );
  await world.settle();
  await publish(world.ports, await shopThatDrops());
  await world.advanceTo(START + 5 * MINUTE_MS);
  const traitsOf = async (user: string) => {
    const id = (await findProfile(world.ports, user)) as string;
    return ((await profileView(world.ports, id)) as { traits: object }).traits;
  };
  expect(await traitsOf("u-1")).toMatchObject({ plan: "pro", firstName: "Anna" });
  for (const user of ["u-1", "u-2", "u-3"]) expect(await traitsOf(user)).not.toHaveProperty("shoeSize");
});

test("what is dropped no more is learned again", async () => {
  const world = await MemoryWorld.open(await shopThatDrops());
  await world.post(identify(START, { traits: { shoeSize: 42 } }));
  await world.settle();
  await publish(world.ports, await smallShopDefinitions());
  await world.advanceTo(START + 5 * MINUTE_MS);
  const id = (await findProfile(world.ports, "u-1")) as string;
  const shoeSize = async () =>
    ((await profileView(world.ports, id)) as { traits: { shoeSize?: Json } }).traits.shoeSize;
  expect(await shoeSize()).toBeUndefined();
  await world.post(identify(START + MINUTE_MS, { id: "again", traits: { shoeSize: 43 } }));
  await world.settle();
  expect(await shoeSize()).toBe(43);
});
