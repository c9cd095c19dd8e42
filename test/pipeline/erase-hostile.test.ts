// Guarantees of an erasure among hostile names and broken messages: all of the person goes, and nothing of the others.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { holdersOf } from "../../shared/pipeline/erasure/holders.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { findProfile, resolveIdentity } from "../../shared/pipeline/identity.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import { work } from "../../shared/pipeline/work.ts";
import { identify } from "../support/calls.ts";
import { ANNA, erase, postByForm, shopWithAnna, tracesOf } from "../support/erasing.ts";
import { type MemoryWorld, START } from "../support/memory-world.ts";
import { idOf, jobOf } from "../support/stored.ts";

/** A message of the bus. */
const fact = (world: MemoryWorld, type: string, detail: object): Json => ({
  ...{ id: "e-1", source: "crm", "detail-type": type, time: iso(world.now) },
  detail: { id: "f-1", occurredAt: iso(world.now), ...detail },
});

/** The last look of the erasure is over. */
async function erasedYesterday(): Promise<{ world: MemoryWorld; profileId: string }> {
  const world = await shopWithAnna();
  const profileId = await erase(world);
  await world.advanceTo(START + DAY_MS);
  return { world, profileId };
}

const EMAIL = ANNA.email;

/** Whom a source means by a name. */
async function identityOf(world: MemoryWorld, name: { email?: string; userId?: string }): Promise<string> {
  const [kind, value] = Object.entries(name)[0] as ["email" | "userId", string];
  return (await resolveIdentity(world.ports, { kind, value })).profileId;
}

describe("what cannot be read of somebody who was erased is not put aside", () => {
  test.each<[string, object]>([
    ["a trait that is none", { userId: "u-1", traits: { ...ANNA, email: 7 } }],
    ["a time that is none", { userId: "u-1", occurredAt: "someday", properties: { note: "canary-note" } }],
    ["only the address is known", { occurredAt: "someday", userId: "u-99", traits: { email: EMAIL } }],
    ["somebody else would get the address", { occurredAt: "someday", userId: "u-2", traits: { email: EMAIL } }],
    ["only the address names them", { occurredAt: "someday", email: ` ${EMAIL.toUpperCase()}` }],
  ])("%s", async (_, detail) => {
    const { world, profileId } = await erasedYesterday();
    await world.reactTo([fact(world, "guide.read", detail)]);
    expect(world.queued.rejected).toEqual([]);
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("what the provider says", async () => {
    const { world, profileId } = await erasedYesterday();
    const mail = { timestamp: "someday", messageId: "m", destination: [EMAIL] };
    const body = { Message: JSON.stringify({ eventType: "Bounce", mail }) };
    expect(await takeFeedback(world.ports, [{ id: "1", body, receiveCount: 1 }])).toEqual([]);
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("others' is, and that of somebody who came back", async () => {
    const { world } = await erasedYesterday();
    const yes = { traits: { ...ANNA, consent: { marketing: "granted" } } };
    await world.reactTo([fact(world, "guide.read", { userId: "u-2", occurredAt: "someday" })]);
    await postByForm(world, identify(world.now, yes));
    await world.settle();
    await world.reactTo([fact(world, "guide.read", { userId: "u-1", occurredAt: "someday" })]);
    expect(world.queued.rejected).toHaveLength(2);
  });
});

describe("messages of others stay", () => {
  test.each(["2", "books", "Bücher"])("where the user id is a number or a word that they hold: %s", async (user) => {
    const world = await shopWithAnna();
    await world.post(identify(START, { user, traits: { email: "two@example.com" } }));
    await world.settle();
    const detail = { userId: "u-2", properties: { quantity: 2, sizes: ["2"], category: "books", more: "Bücher" } };
    world.queued.rejected.push({ body: { problems: [], message: { detail } } });
    world.queued.rejected.push({ body: { problems: [], message: { detail: { userId: user } } } });
    await erasePerson(world.ports, await idOf(world, user), { by: "person" });
    await world.advanceTo(world.now);
    expect(world.queued.rejected).toEqual([{ body: { problems: [], message: { detail } } }]);
  });

  test("where an address or an id of the person is also the address of another one", async () => {
    for (const name of [{ email: "two@example.com" }, { userId: "two@example.com" }]) {
      const world = await shopWithAnna();
      await world.post(identify(START, { user: "u-7", traits: { email: "two@example.com" } }));
      await world.settle();
      const [seventh] = await holdersOf(world.ports, "two@example.com");
      await world.reactTo([fact(world, "guide.read", name)]);
      const details = [{ userId: "u-7", traits: { email: "two@example.com" } }, name, { userId: "u-7", ...name }];
      const bodies = details.slice(0, "email" in name ? 3 : 2).map((detail) => ({ message: { detail } }));
      world.queued.rejected.push(...bodies.map((body) => ({ body })));
      await erasePerson(world.ports, await identityOf(world, name), { by: "person" });
      await world.advanceTo(world.now);
      expect(world.queued.rejected.map(({ body }) => body)).toEqual(bodies.filter((_, n) => n !== 1));
      expect(await findProfile(world.ports, "u-7")).toBe(seventh);
    }
  });
});

test("by an address everybody is erased whom it names, also where it is another one's user id", async () => {
  const world = await shopWithAnna();
  await world.reactTo([
    fact(world, "guide.read", { userId: "old@example.com" }),
    fact(world, "guide.read", { id: "f-2", email: "old@example.com", traits: { email: "new@example.com" } }),
  ]);
  const ids = [await idOf(world, "old@example.com"), (await eraseAddress(world.ports, "new@example.com", by))?.[0]];
  const erased = await eraseAddress(world.ports, "old@example.com", by);
  expect(erased?.map(({ profileId }) => profileId).sort()).toEqual([ids[0], (ids[1] as Erased).profileId].sort());
});

const by = { by: "operator" } as const;
type Erased = { profileId: string };

test.each([
  "a#b",
  "a/b",
  "ü\u202e é",
  "x y".repeat(60),
  "profile:x",
  "__proto__",
  "ben@example.com",
  "%40",
  "u|1",
  "-1",
])("a person whom a source calls %j goes, and nobody else", async (user) => {
  const world = await shopWithAnna();
  const ben = await findProfile(world.ports, "u-2");
  await world.reactTo([fact(world, "guide.read", { userId: user, traits: { email: "other@example.com" } })]);
  world.queued.rejected.push({ body: { problems: [], message: { detail: { userId: user, note: "other-note" } } } });
  const id = await idOf(world, user);
  expect(id).not.toBe(ben);
  await erasePerson(world.ports, id, { by: "person" });
  await world.advanceTo(world.now + HOUR_MS);
  expect(world.queued.rejected).toEqual([]);
  expect(await findProfile(world.ports, "u-2")).toBe(ben);
  expect(await findProfile(world.ports, user)).toBe(user === "ben@example.com" ? ben : undefined);
});

test("a nightly count that meets somebody at the moment of their erasure counts the others", async () => {
  const world = await shopWithAnna();
  const profileId = await idOf(world, "u-1");
  const { getMany } = world.table;
  world.table.getMany = async (keys) => {
    if (keys.some(({ pk }) => pk === `PROFILE#${profileId}`))
      await erasePerson(world.ports, profileId, { by: "person" });
    return getMany.call(world.table, keys);
  };
  await startNightly(world.ports, world.now);
  await work(world.ports, "nightly");
  expect(await findProfile(world.ports, "u-1")).toBeUndefined();
  expect(await jobOf(world, "nightly")).toMatchObject({ state: "waiting", counts: { done: 1 } });
});
