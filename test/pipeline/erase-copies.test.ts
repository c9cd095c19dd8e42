// Guarantees about erasures that meet at the copies outside the table: one looks at a time, for all, and nothing is missed.
import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { copiesPk } from "../../shared/pipeline/keys.ts";
import { work } from "../../shared/pipeline/work.ts";
import { consent, identify } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { idOf, itemsOf } from "../support/stored.ts";

const usersOf = (count: number) => Array.from({ length: count }, (_, n) => `shopper-${n}`);

/** Many people, a dead letter of each, and one of somebody else. */
async function worldWith(users: string[]): Promise<MemoryWorld> {
  const world = await MemoryWorld.open();
  for (const user of users)
    await world.post(identify(START, { user, traits: { email: `${user}@example.com` } }), consent(START, { user }));
  await world.settle();
  for (const user of [...users, "other-1"])
    world.queued.rejected.push({ body: { problems: [], message: { detail: { userId: user } } } });
  return world;
}

/** As a queue does that hides what is looked at: whoever looks meanwhile, as others do during the first look, sees nothing. */
function hiding(world: MemoryWorld, others: () => Promise<unknown>) {
  const { forget } = world.ports.copies;
  const looks = { begun: 0, under: 0 };
  world.ports.copies.forget = async (isOf: (body: Json) => boolean) => {
    if (looks.under > 0) return 0;
    looks.under++;
    if (looks.begun++ === 0) await others();
    const forgotten = await forget(isOf);
    looks.under--;
    return forgotten;
  };
  return looks;
}

const lettersLeft = (world: MemoryWorld) => world.queued.rejected.map(({ body }) => JSON.stringify(body));

async function begin(world: MemoryWorld, users: string[]): Promise<string[]> {
  const ids = await Promise.all(users.map((user) => idOf(world, user)));
  for (const id of ids) await erasePerson(world.ports, id, { by: "operator" });
  return ids;
}

test("two erasures at once leave no dead letter, though a look hides what it looks at from the other one", async () => {
  const users = usersOf(2);
  const world = await worldWith(users);
  const [first = "", second = ""] = await begin(world, users);
  hiding(world, () => work(world.ports, `erasure#${second}`));
  await work(world.ports, `erasure#${first}`);
  await world.advanceTo(world.now + 2 * MINUTE_MS);
  expect(lettersLeft(world)).toEqual([expect.stringContaining("other-1")]);
});

test("a night of erasures shares few looks, and nothing is left of the waiting", async () => {
  const users = usersOf(40);
  const world = await worldWith(users);
  const ids = await begin(world, users);
  const [first, ...others] = ids;
  const looks = hiding(world, () => Promise.all(others.map((id) => work(world.ports, `erasure#${id}`))));
  await work(world.ports, `erasure#${first}`);
  await world.advanceTo(world.now + 5 * MINUTE_MS);
  expect(lettersLeft(world)).toEqual([expect.stringContaining("other-1")]);
  expect(looks.begun).toBeLessThanOrEqual(3);
  await world.advanceTo(world.now + HOUR_MS);
  expect((await itemsOf(world)).filter(({ pk }) => pk === copiesPk)).toEqual([]);
  for (const id of ids)
    expect((await itemsOf(world)).find(({ pk }) => pk === `JOB#erasure#${id}`)).toMatchObject({ state: "done" });
});

test("after a look that was cut off nobody looks until what it hid is back, and then all is found", async () => {
  const users = usersOf(2);
  const world = await worldWith(users);
  const { forget } = world.ports.copies;
  const begunAt: number[] = [];
  let isCutOff = true;
  world.ports.copies.forget = async (isOf) => {
    begunAt.push(world.now);
    if (!isCutOff) return forget(isOf);
    isCutOff = false;
    throw new Unavailable("A queue");
  };
  const [first = "", second = ""] = await begin(world, users);
  await expect(work(world.ports, `erasure#${first}`)).rejects.toThrow(Unavailable);
  await work(world.ports, `erasure#${second}`);
  await world.advanceTo(world.now + HOUR_MS);
  expect(lettersLeft(world)).toEqual([expect.stringContaining("other-1")]);
  expect((begunAt[1] as number) - (begunAt[0] as number)).toBeGreaterThanOrEqual(4 * MINUTE_MS);
});
