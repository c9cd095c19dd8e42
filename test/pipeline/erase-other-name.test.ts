// Guarantees that no system brings an erased person back under another name, and that nothing they chose outlives them.
import { describe, expect, test } from "vitest";
import { withOptOut, withPause } from "../../shared/domain/address.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { changeConsent } from "../../shared/pipeline/consent-writes.ts";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { formerHoldersOf, holdersOf } from "../../shared/pipeline/erasure/holders.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { addressKey } from "../../shared/pipeline/keys.ts";
import { changeAddress, loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { identify, lead } from "../support/calls.ts";
import { ANNA, erase, postByForm, shopWithAnna, tracesOf } from "../support/erasing.ts";
import { type MemoryWorld, START } from "../support/memory-world.ts";
import { idOf, itemsOf } from "../support/stored.ts";

const EMAIL = ANNA.email;
const OLD = "anna.old@example.com";
const BY = { by: "operator" } as const;

/** A message of the bus, of another system. */
const fact = (world: MemoryWorld, type: string, detail: JsonObject): Json => ({
  ...{ id: "e-1", source: "crm", "detail-type": type, time: iso(world.now) },
  detail: { id: "f-1", occurredAt: iso(world.now), ...detail },
});

const profilesIn = async (world: MemoryWorld) =>
  (await itemsOf(world)).filter(({ sk }) => sk === "STATE#PROFILE").map(({ pk }) => pk);

const addressOf = async (world: MemoryWorld, email = EMAIL) => (await loadAddress(world.ports, email)).address;

/** Anna had another address before, and is erased. */
async function erasedAnna(): Promise<{ world: MemoryWorld; profileId: string }> {
  const world = await shopWithAnna();
  await world.post(identify(START - 40 * DAY_MS, { id: "old", traits: { ...ANNA, email: OLD } }));
  await world.settle();
  const profileId = await erase(world);
  world.now += DAY_MS;
  return { world, profileId };
}

/** What systems say after an erasure; all of it names the person, none of it by the id they had. */
const COMEBACKS: [string, string, JsonObject][] = [
  ["an event by the address", "a.b", { email: EMAIL }],
  ["an event by an address of before", "a.b", { email: OLD }],
  [
    "another id with the address",
    "profile.identified",
    { userId: "crm-77", traits: { email: EMAIL, firstName: "Anna" } },
  ],
  [
    "another id with the address, written otherwise",
    "a.b",
    { userId: "crm-77", traits: { email: ` ${EMAIL.toUpperCase()}` } },
  ],
  ["another id with an address of before", "a.b", { anonymousId: "a-1", traits: { email: OLD } }],
  ["a system's yes", "a.b", { userId: "crm-77", traits: { email: EMAIL, consent: { marketing: "granted" } } }],
  ["the old address, and a new one beside it", "a.b", { email: EMAIL, traits: { email: "new@example.com" } }],
];

describe("after an erasure", () => {
  test.each(COMEBACKS)("%s is dropped, and nothing is stored", async (_, type, detail) => {
    const { world, profileId } = await erasedAnna();
    const before = await profilesIn(world);
    await world.reactTo([fact(world, type, detail)]);
    await world.advanceTo(world.now + HOUR_MS);
    expect(await profilesIn(world)).toEqual(before);
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("an import under other ids leaves these rows out, and takes the others", async () => {
    const { world, profileId } = await erasedAnna();
    const rows = [EMAIL, "other@example.com"].map((email, n) => ({
      ...{ type: "purchase.completed", userId: `row-${n}`, occurredAt: "2025-01-01T00:00:00Z" },
      traits: { email },
    }));
    const how = { source: "orders", trigger: false };
    expect(await importPage(world.ports, rows, how)).toMatchObject({ applied: 1, erased: [0], rejected: [] });
    expect(await findProfile(world.ports, "row-0")).toBeUndefined();
    expect(await findProfile(world.ports, "row-1")).toBeDefined();
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("of an address that nobody had, nothing is taken either", async () => {
    const { world } = await erasedAnna();
    expect(await eraseAddress(world.ports, "nobody@example.com", BY)).toEqual([]);
    const before = await profilesIn(world);
    for (const detail of [{ email: "nobody@example.com" }, { userId: "x", traits: { email: "nobody@example.com" } }])
      await world.reactTo([fact(world, "a.b", detail)]);
    expect(await profilesIn(world)).toEqual(before);
  });

  test("somebody known does not get the address, and keeps what they have", async () => {
    const { world, profileId } = await erasedAnna();
    await world.reactTo([fact(world, "a.b", { userId: "u-2", traits: { email: EMAIL } })]);
    await world.reactTo([fact(world, "c.d", { userId: "u-2", id: "f-2" })]);
    const ben = await idOf(world, "u-2");
    expect(await holdersOf(world.ports, "ben@example.com")).toEqual([ben]);
    const events = (await itemsOf(world)).filter(({ pk, sk }) => pk.endsWith(ben) && sk.startsWith("EVENT#"));
    expect(events.filter((item) => item["source"] === "crm").map((item) => item["type"])).toEqual(["c.d"]);
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("who has the address, too, goes on as before", async () => {
    const world = await shopWithAnna();
    const twin = { user: "u-5", traits: { email: EMAIL, firstName: "Otto" } };
    await world.post(identify(START + 1, twin));
    await world.settle();
    await erase(world);
    world.now += DAY_MS;
    await world.post(identify(world.now, { ...twin, traits: { ...twin.traits, firstName: "Otto II" } }));
    await world.settle();
    const otto = await idOf(world, "u-5");
    expect(await holdersOf(world.ports, EMAIL)).toEqual([otto]);
    expect(JSON.stringify((await itemsOf(world)).filter(({ pk }) => pk.endsWith(otto)))).toContain("Otto II");
  });

  test("facts named by an address stay out, also when somebody else who has it opened it again", async () => {
    const world = await shopWithAnna();
    await world.post(
      identify(START + 1, { user: "u-5", traits: { email: EMAIL } }),
      identify(START - 40 * DAY_MS, { id: "old", traits: { ...ANNA, email: OLD } }),
    );
    await world.settle();
    const profileId = await erase(world);
    world.now += DAY_MS;
    const yes = { traits: { email: EMAIL, consent: { marketing: "granted" } } };
    await postByForm(world, { ...identify(world.now, { user: "u-5", ...yes }), messageId: "yes" });
    await world.settle();
    expect((await addressOf(world)).suppressions).toEqual({});
    const key = addressKey(await world.ports.secrets.get("identity"), OLD);
    await changeAddress(world.ports, key, (address) => ({ ...address, suppressions: {} }));
    const before = await profilesIn(world);
    for (const email of [EMAIL, OLD])
      await world.reactTo([fact(world, "a.b", { email, traits: { note: "canary-note" } })]);
    expect(await profilesIn(world)).toEqual(before);
    expect(JSON.stringify(await itemsOf(world))).not.toContain("canary-note");
    const [noted] = (await world.ports.erasures.list()).items;
    expect(noted).toMatchObject({ identities: Array(3).fill(expect.any(String)) });
    expect(await holdersOf(world.ports, OLD)).toEqual([]);
    expect(profileId).not.toBe(await idOf(world, "u-5"));
  });

  test.each(["u-1", "crm-77"])("a person's own yes by a form opens it again, as %s, in any batches", async (user) => {
    const yes = { traits: { ...ANNA, consent: { marketing: "granted" } } };
    for (const isOneBatch of [true, false]) {
      const { world } = await erasedAnna();
      await postByForm(world, { ...identify(world.now, { user, ...yes }), messageId: "back" });
      if (!isOneBatch) await world.settle();
      world.now += MINUTE_MS;
      await world.post({ ...identify(world.now, { user, traits: { email: EMAIL, city: "Lyon" } }), messageId: "crm" });
      await world.settle();
      expect(await holdersOf(world.ports, EMAIL)).toEqual([await idOf(world, user)]);
      expect((await addressOf(world)).suppressions).toEqual({});
      expect(JSON.stringify(await itemsOf(world))).toContain("Lyon");
    }
  });
});

describe("what was chosen at an address", () => {
  /** Anna said no to marketing, and wants to hear nothing of the service for a month. */
  async function chosen(world: MemoryWorld) {
    const at = world.now + 1_000;
    const id = await idOf(world, "u-1");
    const said = {
      purpose: "marketing",
      channel: "email",
      state: "denied",
      at,
      by: "person/x",
      actor: "person",
    } as const;
    await changeConsent(world.ports, id, said);
    const key = addressKey(await world.ports.secrets.get("identity"), EMAIL);
    await changeAddress(world.ports, key, (address) =>
      withPause(withOptOut(address, "marketing", at), "marketing", at + 30 * DAY_MS),
    );
    world.now = at + 1_000;
  }

  test("goes with the erasure: who begins there anew finds nothing of it", async () => {
    const world = await shopWithAnna();
    await chosen(world);
    await erase(world);
    const { optOuts, pauses, suppressions } = await addressOf(world);
    expect({ optOuts, pauses, suppressions }).toEqual({
      optOuts: {},
      pauses: {},
      suppressions: { erasure: world.now },
    });
  });

  test("stays while somebody else has the address, and goes with the last of them", async () => {
    const world = await shopWithAnna();
    await world.post(identify(START + 1, { user: "u-5", traits: { email: EMAIL } }));
    await world.settle();
    await chosen(world);
    await erasePerson(world.ports, await idOf(world, "u-1"), BY);
    expect(Object.keys((await addressOf(world)).optOuts)).toEqual(["marketing"]);
    await erasePerson(world.ports, await idOf(world, "u-5"), BY);
    const { optOuts, pauses } = await addressOf(world);
    expect([optOuts, pauses]).toEqual([{}, {}]);
  });
});

test("an erasure by address reaches who had it before, and leaves nothing beside it", async () => {
  const world = await shopWithAnna();
  await world.post(identify(START + HOUR_MS, { id: "moved", traits: { email: "anna.new@example.com" } }));
  world.now += 2 * HOUR_MS;
  await world.settle();
  const anna = await idOf(world, "u-1");
  expect([await holdersOf(world.ports, EMAIL), await formerHoldersOf(world.ports, EMAIL)]).toEqual([[], [anna]]);
  expect(await eraseAddress(world.ports, EMAIL, BY)).toMatchObject([{ profileId: anna }]);
  await world.advanceTo(world.now + HOUR_MS);
  expect(await tracesOf(world, anna)).toEqual([]);
  expect(await formerHoldersOf(world.ports, EMAIL)).toEqual([]);
});

test("who comes back to an address of before is no former one any more", async () => {
  const world = await shopWithAnna();
  const anna = await idOf(world, "u-1");
  for (const [n, email] of ["anna.new@example.com", EMAIL].entries()) {
    world.now += HOUR_MS;
    await world.post(identify(world.now, { id: `move-${n}`, traits: { email } }));
    await world.settle();
  }
  expect([await holdersOf(world.ports, EMAIL), await formerHoldersOf(world.ports, EMAIL)]).toEqual([[anna], []]);
});

test("an event that brings no new address reads no address", async () => {
  const world = await shopWithAnna();
  const read: string[] = [];
  const { get } = world.table;
  world.table.get = async (key) => {
    if (key.pk.startsWith("ADDRESS#")) read.push(key.pk);
    return get.call(world.table, key);
  };
  const react = async (call: object) => {
    await world.post(call);
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  };
  world.now += DAY_MS;
  await react(identify(world.now, { id: "same", traits: ANNA }));
  await react({ ...lead(world.now), messageId: "plain" });
  expect(read).toEqual([]);
  world.now += HOUR_MS;
  await react(identify(world.now, { id: "moved", traits: { email: "anna.new@example.com" } }));
  // The one left behind and the new one, each once, as ever.
  expect([read.length, new Set(read).size]).toEqual([2, 2]);
});
