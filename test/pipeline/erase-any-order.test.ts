// Guarantees of an erasure among systems that go on telling of the person under any name, in any order and batching: what they
// say is not kept, nobody is written to, and the others keep everything.
// Any seed replays: SEED=123 npm test -- test/pipeline/erase-any-order.test.ts
import { expect, test } from "vitest";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { work } from "../../shared/pipeline/work.ts";
import { ANNA, shopWithAnna, tracesOf } from "../support/erasing.ts";
import type { MemoryWorld } from "../support/memory-world.ts";
import { idOf, itemsOf } from "../support/stored.ts";

const SEEDS = process.env["SEED"] ? [Number(process.env["SEED"])] : Array.from({ length: 80 }, (_, n) => n + 1);
const GRANTED = { consent: { marketing: "granted" } };

/** A way in which some system tells of the person, or of Ben, who gets their address now and then. */
function told(random: () => number): JsonObject {
  const oneOf = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;
  const email = oneOf([ANNA.email, ` ${ANNA.email.toUpperCase()} `]);
  const name: JsonObject = oneOf<JsonObject>([
    { userId: "u-1" },
    { userId: "crm-77" },
    { anonymousId: "a-9" },
    { email },
  ]);
  const traits: JsonObject = { ...(random() < 0.5 && { firstName: "Anna" }), ...(random() < 0.5 && GRANTED) };
  return random() < 0.2 ? { userId: "u-2", traits: { email } } : { ...name, traits: { email, ...traits } };
}

const message = (world: MemoryWorld, detail: JsonObject, n: number): Json => ({
  ...{ id: `e-${n}`, source: "crm", "detail-type": "lead.created", time: iso(world.now) },
  detail: { id: `f-${n}`, occurredAt: iso(world.now), ...detail },
});

test.each(SEEDS)("seed %i: nothing of the person is kept but a tombstone", async (seed) => {
  const random = seededRandom(seed);
  const world = await shopWithAnna();
  const profileId = await idOf(world, "u-1");
  const ben = await idOf(world, "u-2");
  // Some of it is on its way before the erasure, and comes after it.
  const waiting = Array.from({ length: 4 }, (_, n) => message(world, told(random), n));
  world.now += HOUR_MS;
  const by = { by: "operator" } as const;
  await (random() < 0.5 ? erasePerson(world.ports, profileId, by) : eraseAddress(world.ports, ANNA.email, by));
  const mails = world.mailer.accepted.length;
  for (let n = 10; n < 24; n++) {
    world.now += Math.floor(random() * 10 * MINUTE_MS);
    waiting.push(message(world, told(random), n));
    if (random() < 0.4) await world.reactTo(waiting.splice(0).sort(() => random() - 0.5));
    if (random() < 0.2) await work(world.ports, `erasure#${profileId}`);
    if (random() < 0.2) await erasePerson(world.ports, profileId, by);
    if (random() < 0.3) {
      const row = { type: "purchase.completed", id: `r-${n}`, occurredAt: "2025-01-01T00:00:00Z", ...told(random) };
      expect(await importPage(world.ports, [row], { source: "orders", trigger: false })).toMatchObject({ erased: [0] });
    }
  }
  await world.reactTo(waiting);
  await world.advanceTo(world.now + HOUR_MS);
  expect(await tracesOf(world, profileId)).toEqual([]);
  const profiles = (await itemsOf(world)).filter(({ sk }) => sk === "STATE#PROFILE").map(({ pk }) => pk.slice(8));
  expect(profiles.sort()).toEqual([ben, profileId].sort());
  expect(await findProfile(world.ports, "ben@example.com")).toBe(ben);
  expect(world.mailer.accepted.slice(mails).filter(({ to }) => to.includes("anna"))).toEqual([]);
  expect((await loadAddress(world.ports, ANNA.email)).address.suppressions).toHaveProperty("erasure");
});
