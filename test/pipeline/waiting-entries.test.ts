// Guarantees of who waits for an urgent mail: only at the address it is to go to, and only as long as it may still come.
import { describe, expect, test } from "vitest";
import { HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { identify } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, NO_CAP, pointers, sendsIn, states } from "../support/sending.ts";
import { sesWord } from "../support/ses-words.ts";
import { leadShop } from "../support/shop-definitions.ts";

/** Quiet until 10:00 in Paris, two hours from START. */
const QUIET = { ...NO_CAP, quietHours: { marketing: { from: "07:00", to: "11:00" } } };
const OLD = "u-1@example.com";
const NEW = "new@example.com";

const waitingAt = async (world: MemoryWorld, email: string) =>
  (await loadAddress(world.ports, email)).address.waiting.map(({ sendId }) => sendId);
const urgentIn = async (world: MemoryWorld) =>
  (await sendsIn(world)).find(({ send }) => send.campaign === "urgent") as Awaited<ReturnType<typeof sendsIn>>[number];

/** One lead, whose urgent mail is held through the quiet hours: the ordinary one waits for it. */
async function held(): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(leadShop({ urgent: { priority: "high" }, ordinary: {} }, QUIET));
  await leads(world, 1);
  await deliver(world.ports, await pointers(world));
  expect(await waitingAt(world, OLD)).toEqual([(await urgentIn(world)).send.id]);
  return world;
}

const pointerTo = ({ send, version }: Awaited<ReturnType<typeof urgentIn>>): Pointer => ({
  id: send.id,
  profileId: send.profileId,
  version,
});

async function takesAddress(world: MemoryWorld, email: string): Promise<void> {
  world.now += MINUTE_MS;
  await world.post(identify(world.now, { traits: { email } }));
  await pointers(world);
}

describe("who waits for an urgent mail", () => {
  test("waits no more once the provider's word says that it left", async () => {
    const world = await held();
    const { send } = await urgentIn(world);
    const word = sesWord({ type: "Delivery", to: [OLD], sid: send.id, pid: send.profileId, acceptedAt: START });
    world.queued.feedback.push({ body: { ...word, delivery: { timestamp: iso(START), recipients: [OLD] } } });
    await world.settle();
    expect((await urgentIn(world)).ledger).toMatchObject({ state: "SENT" });
    expect((await urgentIn(world)).ledger.waitsAt).toBeUndefined();
    expect(await waitingAt(world, OLD)).toEqual([]);
    await world.advanceTo(START + 4 * HOUR_MS);
    expect(world.mails()).toEqual([`${OLD}: Hello`]);
  });

  test("waits where its reader is now: at an address that was left nobody does", async () => {
    const world = await held();
    await takesAddress(world, NEW);
    await deliver(world.ports, [pointerTo(await urgentIn(world))]);
    const { send } = await urgentIn(world);
    expect(await waitingAt(world, OLD)).toEqual([]);
    expect(await waitingAt(world, NEW)).toEqual([send.id]);
    await world.advanceTo(START + 4 * HOUR_MS);
    expect(await waitingAt(world, NEW)).toEqual([]);
    expect(await states(world)).toEqual({ "urgent SENT": 1, "ordinary SENT": 1 });
  });

  test("waits no more at the address that was left when the mail leaves for the new one, or never leaves", async () => {
    const leaving = await held();
    await takesAddress(leaving, NEW);
    leaving.now = START + 4 * HOUR_MS;
    await deliver(leaving.ports, [pointerTo(await urgentIn(leaving))]);
    expect(leaving.mails()).toEqual([`${NEW}: Hello`]);
    expect(await waitingAt(leaving, OLD)).toEqual([]);
    const refused = await held();
    await takesAddress(refused, "none");
    await deliver(refused.ports, [pointerTo(await urgentIn(refused))]);
    expect((await urgentIn(refused)).ledger).toMatchObject({ state: "REFUSED", reason: "no-address" });
    expect(await waitingAt(refused, OLD)).toEqual([]);
  });

  test("waits no more when the provider answers after all that it took the mail", async () => {
    const world = await MemoryWorld.open(leadShop({ urgent: { priority: "high" }, ordinary: {} }, NO_CAP));
    await leads(world, 1);
    await pointers(world);
    const urgent = await urgentIn(world);
    const accept = world.mailer.send.bind(world.mailer);
    world.mailer.send = async (mail) => {
      world.mailer.send = accept;
      // Its worker is given up meanwhile: nobody has the mail, so it is to leave again, and others wait for it.
      world.now += HOUR_MS;
      await deliver(world.ports, [pointerTo(await urgentIn(world))]);
      expect(await waitingAt(world, OLD)).toEqual([urgent.send.id]);
      return accept(mail);
    };
    await deliver(world.ports, [pointerTo(urgent)]);
    expect((await urgentIn(world)).ledger).toMatchObject({ state: "SENT" });
    expect(await waitingAt(world, OLD)).toEqual([]);
  });

  test("is written with the hold or not at all, whatever fails in between", async () => {
    const world = await MemoryWorld.open(leadShop({ urgent: { priority: "high" }, ordinary: {} }, QUIET));
    await leads(world, 1);
    const all = await pointers(world);
    const transact = world.table.transact.bind(world.table);
    let fails = 30;
    world.table.transact = async (writes) => {
      if (fails-- > 0) throw new Unavailable("the table");
      return transact(writes);
    };
    const { send } = await urgentIn(world);
    const urgent = all.filter(({ id }) => id === send.id);
    await deliver(world.ports, urgent);
    expect([(await urgentIn(world)).ledger.reason, await waitingAt(world, OLD)]).toEqual([undefined, []]);
    await deliver(world.ports, urgent);
    const { ledger } = await urgentIn(world);
    expect([ledger.reason, await waitingAt(world, OLD)]).toEqual(["quiet-hours", [send.id]]);
  });
});
