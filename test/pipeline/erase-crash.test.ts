// Guarantees of an erasure under bad luck: cut off anywhere, met by a mail under way, with a shared address, after a restore.
import { describe, expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { startReapply } from "../../shared/pipeline/jobs/reapply.ts";
import { sendKey } from "../../shared/pipeline/keys.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { profileView, timelineView } from "../../shared/pipeline/views/timeline.ts";
import { work } from "../../shared/pipeline/work.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { ANNA, erase, shopWithAnna, tracesOf } from "../support/erasing.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { idOf, itemsOf, jobOf } from "../support/stored.ts";

/** An erasure that has more does not come to an end. */
const MOST_EFFECTS = 300;

class Crash extends Error {}
type Call = (...given: never[]) => Promise<unknown>;

/** The process ends right after so many effects; `revive` starts the next one. */
function endAfter(world: MemoryWorld, effects: number): { revive: () => void } {
  let left = effects;
  const mortal = <P extends object>(port: P, calls: (keyof P)[]) => {
    for (const name of calls) {
      const call = port[name] as Call;
      const dying: Call = async (...given) => {
        if (left <= 0) throw new Crash();
        const result = await call.apply(port, given);
        left--;
        if (left === 0) throw new Crash();
        return result;
      };
      Object.assign(port, { [name]: dying });
    }
  };
  mortal(world.table, ["write", "transact"]);
  mortal(world.ports.copies, ["forget"]);
  mortal(world.ports.erasures, ["note"]);
  return {
    revive: () => {
      left = Number.POSITIVE_INFINITY;
    },
  };
}

/** Anna with more items than one page of the job has, and messages of hers that went wrong. */
async function busyAnna(): Promise<MemoryWorld> {
  const world = await shopWithAnna();
  await world.post(
    ...Array.from({ length: 30 }, (_, n) => purchase(START - n * HOUR_MS, { total: 20, order: `o-${n}` })),
  );
  await world.settle();
  // A message that names nobody but by an address she had for a day, as only an event of hers tells.
  await world.post(identify(START - 40 * HOUR_MS, { id: "old", traits: { ...ANNA, email: "anna.old@example.com" } }));
  await world.settle();
  const messages = [{ userId: "u-1", traits: ANNA }, { traits: { email: "anna.old@example.com" } }];
  world.queued.rejected.push(...messages.map((detail) => ({ body: { problems: [], message: { detail } } })));
  return world;
}

describe("an erasure", () => {
  test("that is cut off after any of its effects comes to the same end", async () => {
    let effects = 1;
    for (let ended = false; !ended; effects++) {
      expect(effects).toBeLessThan(MOST_EFFECTS);
      const world = await busyAnna();
      const profileId = await idOf(world, "u-1");
      const { revive } = endAfter(world, effects);
      try {
        const erased = await erasePerson(world.ports, profileId, { by: "person" });
        await work(world.ports, erased?.jobId as string);
        ended = true;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      revive();
      // Whoever asked and got no answer asks again; the job comes back by itself.
      await erasePerson(world.ports, profileId, { by: "person" });
      await world.advanceTo(world.now + HOUR_MS);
      expect([effects, await tracesOf(world, profileId)]).toEqual([effects, []]);
      expect(await jobOf(world, `erasure#${profileId}`)).toMatchObject({ state: "done" });
      const noted = (await world.ports.erasures.list()).items;
      expect(noted).toMatchObject([{ profileId, addresses: [expect.any(String), expect.any(String)] }]);
      for (const email of [ANNA.email, "anna.old@example.com"])
        expect((await loadAddress(world.ports, email)).address.suppressions).toHaveProperty("erasure");
    }
    expect(effects).toBeGreaterThan(40);
  });

  test("lets no claim come after it, also when it comes between the judgement and the claim", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START));
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
    const profileId = await idOf(world, "u-1");
    const { transact } = world.table;
    world.table.transact = async (writes) => {
      world.table.transact = transact;
      await erasePerson(world.ports, profileId, { by: "person" });
      return transact.call(world.table, writes);
    };
    await deliver(world.ports, pointers);
    expect(world.mails()).toEqual([]);
    await world.advanceTo(START + HOUR_MS);
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("leaves nothing of a mail that was handed over while it went on", async () => {
    const world = await MemoryWorld.open();
    await world.post(identify(START), consent(START), lead(START));
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
    const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
    const profileId = await idOf(world, "u-1");
    // The provider takes the mail, and before that is written down the person is erased.
    world.mailer.fates.push(() => undefined);
    const { send } = world.mailer;
    world.mailer.send = async (mail) => {
      await erasePerson(world.ports, profileId, { by: "person" });
      await work(world.ports, `erasure#${profileId}`);
      return send.call(world.mailer, mail);
    };
    await deliver(world.ports, pointers);
    expect(world.mails()).toHaveLength(1);
    await world.advanceTo(START + HOUR_MS);
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("leaves the other person of a shared address as they are, and the address closed", async () => {
    const world = await shopWithAnna();
    await world.post(
      identify(START + 1, { user: "u-5", traits: { ...ANNA, firstName: "Otto" } }),
      consent(START + 1, { user: "u-5" }),
    );
    await world.settle();
    // A message of the other one, which names the address too.
    const otto = { detail: { userId: "u-5", traits: { email: ANNA.email } } };
    world.queued.rejected.push({ body: { problems: [], message: otto } });
    const before = await timelineView(world.ports, await idOf(world, "u-5"));
    await erase(world);
    const after = await timelineView(world.ports, await idOf(world, "u-5"));
    expect(after?.items.filter(({ kind }) => kind !== "address")).toEqual(before?.items);
    expect(world.queued.rejected).toEqual([{ body: { problems: [], message: otto } }]);
    await world.post(lead(START + 2, "u-5"));
    await world.advanceTo(world.now + MINUTE_MS);
    expect(world.mails().filter((mail) => mail.startsWith("anna"))).toEqual([]);
  });

  test("takes effect again on a table that was restored to a time before it", async () => {
    const world = await shopWithAnna();
    const backup = await itemsOf(world);
    const profileId = await erase(world);
    const restored = await restoredWorld(world, backup);
    expect(await findProfile(restored.ports, "u-1")).toBe(profileId);
    // As if nothing had been, something of hers is put aside before the erasure takes effect again.
    const detail = { userId: "u-1", traits: ANNA, occurredAt: "someday" };
    await restored.reactTo([
      { id: "e-1", source: "crm", "detail-type": "guide.read", time: iso(restored.now), detail },
    ]);
    expect(restored.queued.rejected).toHaveLength(1);
    await startReapply(restored.ports);
    await restored.advanceTo(restored.now);
    expect(await jobOf(restored, "reapply")).toMatchObject({ state: "done", counts: { done: 1, erased: 1 } });
    expect(restored.queued.rejected).toEqual([]);
    expect(await tracesOf(restored, profileId)).toEqual([]);
    expect(await profileView(restored.ports, await idOf(restored, "u-2"))).toMatchObject({
      traits: { firstName: "Ben" },
    });
    expect((await loadAddress(restored.ports, ANNA.email)).address.suppressions).toHaveProperty("erasure");
  });

  test("takes effect again also on one from before the person was known, whoever brought them back since", async () => {
    const world = await shopWithAnna();
    const published = (await itemsOf(world)).filter(({ pk }) => !/^(PROFILE|IDENTITY|ADDRESS|MEMBER|SEEN)#/.test(pk));
    await erase(world);
    const restored = await restoredWorld(world, published);
    await restored.post(identify(restored.now, { traits: ANNA }), lead(restored.now));
    await restored.settle();
    const anew = await idOf(restored, "u-1");
    await startReapply(restored.ports);
    await restored.advanceTo(restored.now + HOUR_MS);
    expect(await findProfile(restored.ports, "u-1")).toBeUndefined();
    expect(await tracesOf(restored, anew)).toEqual([]);
    await restored.post(identify(restored.now, { traits: ANNA }));
    await restored.settle();
    expect(await tracesOf(restored, anew)).toEqual([]);
  });
});

test("a repetition that is cut off after any of its effects erases whoever was brought back all the same", async () => {
  const world = await shopWithAnna();
  const published = (await itemsOf(world)).filter(({ pk }) => !/^(PROFILE|IDENTITY|ADDRESS|MEMBER|SEEN)#/.test(pk));
  await erase(world);
  let effects = 1;
  for (let ended = false; !ended; effects++) {
    expect(effects).toBeLessThan(MOST_EFFECTS);
    const restored = await restoredWorld(world, published);
    await restored.post(identify(restored.now, { traits: ANNA }));
    await restored.settle();
    const anew = await idOf(restored, "u-1");
    await startReapply(restored.ports);
    const { revive } = endAfter(restored, effects);
    try {
      await work(restored.ports, "reapply");
      ended = true;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    revive();
    await restored.advanceTo(restored.now + HOUR_MS);
    expect([effects, await findProfile(restored.ports, "u-1"), await tracesOf(restored, anew)]).toEqual([
      ...[effects, undefined, []],
    ]);
  }
  expect(effects).toBeGreaterThan(3);
});

/** The same shop on another table; what is remembered of erasures is not restored. */
async function restoredWorld(world: MemoryWorld, backup: Awaited<ReturnType<typeof itemsOf>>): Promise<MemoryWorld> {
  const table = new MemoryTable();
  for (const item of backup) await table.write({ put: item });
  const restored = new MemoryWorld(table);
  restored.now = world.now + HOUR_MS;
  const { items } = await world.ports.erasures.list();
  for (const erasure of items) await restored.ports.erasures.note(erasure);
  // Ids go on where they were: nobody gets one twice.
  for (let n = 0; n < 500; n++) restored.ports.ids.next();
  return restored;
}

test("a send whose profile is gone comes to its end, and is not handed out for ever", async () => {
  const world = await MemoryWorld.open();
  await world.post(identify(START), consent(START), lead(START));
  await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  const [pointer] = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
  const { id, profileId } = pointer as Pointer;
  await world.table.write({ delete: { pk: `PROFILE#${profileId}`, sk: "STATE#PROFILE" } });
  await world.advanceTo(START + 24 * HOUR_MS);
  const item = await world.table.get(sendKey(profileId, id));
  expect(item).toMatchObject({ ledger: { state: "REFUSED" } });
  expect(item).not.toHaveProperty("duePk");
  expect(world.mails()).toEqual([]);
});
