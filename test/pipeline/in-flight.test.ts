// Proves what becomes of a mail when the world changes under it: the address, the clock, the provider, the campaign.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { type Links, readLink } from "../../shared/domain/link-token.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import { sendKey } from "../../shared/pipeline/keys.ts";
import type { Write } from "../../shared/pipeline/ports.ts";
import { unsubscribe } from "../../shared/pipeline/preferences.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { sendsView } from "../../shared/pipeline/views/lists.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leadShop } from "../support/shop-definitions.ts";

const OLD = "old@example.com";
const NEW = "new@example.com";
const cap = (max: number) => ({ frequencyCap: { marketing: { max, within: "7 days" } } });

/** Leads whose mails are intended; their pointers are in hand. */
async function intended({ people = 1, max = 10, email = OLD }: { people?: number; max?: number; email?: string } = {}) {
  const world = await MemoryWorld.open(leadShop({ hello: {} }, cap(max)));
  const users = Array.from({ length: people }, (_, index) => `u-${index + 1}`);
  for (const user of users) {
    const own = people === 1 ? email : `${user}@example.com`;
    await world.post(identify(START, { user, traits: { email: own } }), consent(START, { user }), lead(START, user));
  }
  await reacted(world);
  const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
  return { world, pointers };
}

const reacted = (world: MemoryWorld) => world.reactTo(world.queued.events.splice(0).map(({ body }) => body));

async function sendsOf(world: MemoryWorld) {
  return (await sendsView(world.ports, {}, { limit: 100 })).items;
}

const recipients = (world: MemoryWorld) => world.mailer.accepted.map(({ to }) => to);

/** Runs the task once, right before the first claim is written. */
function beforeClaim(world: MemoryWorld, task: () => Promise<void> | void): void {
  const { transact } = world.table;
  let isDone = false;
  world.ports.table.transact = async (writes: Write[]) => {
    const isClaim = writes.some((write) => "put" in write && JSON.stringify(write.put).includes('"state":"CLAIMED"'));
    if (isClaim && !isDone) {
      isDone = true;
      await task();
    }
    return transact.call(world.table, writes);
  };
}

async function moveTo(world: MemoryWorld, email: string, at: Instant): Promise<void> {
  await world.post(identify(at, { traits: { email }, id: `move-${email}-${at}` }));
  await reacted(world);
}

async function clickUnsubscribe(world: MemoryWorld): Promise<void> {
  const token = /\/u\/(.+)>/.exec(world.mailer.accepted[0]?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
  const secret = await world.ports.secrets.get("link");
  const link = readLink(secret, "unsubscribe", { token, now: world.now }) as Links["unsubscribe"] | undefined;
  if (link !== undefined) await unsubscribe(world.ports, link);
}

describe("an address that changes", () => {
  test("before the send is judged gets the mail at its new place", async () => {
    const { world, pointers } = await intended();
    world.now += MINUTE_MS;
    await moveTo(world, NEW, world.now);
    await deliver(world.ports, pointers);
    expect(recipients(world)).toEqual([NEW]);
  });

  test("right before the claim: the mail goes where the claim is, and that address counts it", async () => {
    const { world, pointers } = await intended({ max: 1 });
    world.now += MINUTE_MS;
    beforeClaim(world, () => moveTo(world, NEW, world.now));
    await deliver(world.ports, pointers);
    expect(recipients(world)).toEqual([OLD]);
    const other = { user: "u-2", traits: { email: OLD } };
    await world.post(identify(world.now, other), consent(world.now, { user: "u-2" }), lead(world.now, "u-2"));
    await world.settle();
    expect(recipients(world)).toEqual([OLD]);
    await world.post(lead(world.now + SECOND_MS));
    await world.settle();
    expect(recipients(world)).toEqual([OLD, NEW]);
  });

  test("the no of its old owner counts for the old address: nothing is claimed for it", async () => {
    const { world, pointers } = await intended();
    await world.post(
      identify(START, { user: "u-2", traits: { email: OLD } }),
      consent(START, { user: "u-2", state: "granted" }),
    );
    await reacted(world);
    beforeClaim(world, async () => {
      world.now += MINUTE_MS;
      await world.post(consent(world.now, { user: "u-2", state: "denied" }));
      await reacted(world);
    });
    await deliver(world.ports, pointers);
    expect(recipients(world)).toEqual([]);
    expect(await sendsOf(world)).toMatchObject([{ state: "REFUSED", reason: "opted-out" }]);
  });

  test("a click in the mail closes the address it went to and the one of today", async () => {
    const { world, pointers } = await intended();
    await deliver(world.ports, pointers);
    world.now += MINUTE_MS;
    await moveTo(world, NEW, world.now);
    await clickUnsubscribe(world);
    for (const [user, email] of [
      ["u-2", OLD],
      ["u-3", NEW],
    ] as const) {
      const at = world.now;
      await world.post(identify(at, { user, traits: { email } }), consent(at, { user }), lead(at, user));
      await world.advanceTo(at + HOUR_MS);
    }
    expect(recipients(world)).toEqual([OLD]);
    const reasons = (await sendsOf(world)).map(({ reason }) => reason).filter((reason) => reason !== undefined);
    expect(reasons).toEqual(["opted-out", "opted-out"]);
  });

  test("into none at all: the send is refused", async () => {
    const { world, pointers } = await intended();
    world.now += MINUTE_MS;
    await moveTo(world, "zoe@example.com\r\nBcc: x@example.com", world.now);
    await deliver(world.ports, pointers);
    expect(await sendsOf(world)).toMatchObject([{ state: "REFUSED", reason: "no-address" }]);
  });
});

describe("a clock that jumps back", () => {
  test("between reading and claiming sends the mail once", async () => {
    const { world, pointers } = await intended();
    world.now += HOUR_MS;
    const { get } = world.table;
    world.ports.table.get = async (key) => {
      if (key.sk === "ADDRESS") world.now -= 2 * MINUTE_MS;
      return get.call(world.table, key);
    };
    await deliver(world.ports, pointers);
    await deliver(world.ports, pointers);
    world.ports.table.get = get.bind(world.table);
    await world.advanceTo(world.now + DAY_MS);
    expect(recipients(world)).toEqual([OLD]);
    expect(await sendsOf(world)).toMatchObject([{ state: "SENT" }]);
  });

  test("between claim and outcome, or between ticks, sends it once", async () => {
    const { world } = await intended();
    world.now += HOUR_MS;
    await tick(world.ports);
    world.mailer.fates.push(() => {
      world.now -= 30 * MINUTE_MS;
    });
    for (let round = 0; round < 5; round++) {
      await world.settle();
      world.now -= 5 * MINUTE_MS;
      await tick(world.ports);
    }
    await world.advanceTo(START + DAY_MS);
    expect(recipients(world)).toEqual([OLD]);
    expect(await sendsOf(world)).toMatchObject([{ state: "SENT" }]);
  });

  test("does not open the cap: what was claimed later than now counts", async () => {
    const { world, pointers } = await intended({ max: 1 });
    world.now += 2 * HOUR_MS;
    await deliver(world.ports, pointers);
    world.now -= HOUR_MS;
    await world.post(lead(world.now));
    await world.settle();
    expect(recipients(world)).toEqual([OLD]);
    const held = (await sendsOf(world)).filter(({ reason }) => reason === "frequency-cap");
    expect(held).toHaveLength(1);
  });

  test("leaves no send behind: what was leased for later goes when the time has come again", async () => {
    const { world } = await intended({ people: 5 });
    world.now += HOUR_MS;
    await tick(world.ports);
    world.queued.sends.length = 0;
    world.now -= HOUR_MS;
    await tick(world.ports);
    expect(world.queued.sends).toEqual([]);
    await world.advanceTo(START + DAY_MS);
    expect(new Set(recipients(world)).size).toBe(5);
    expect(recipients(world)).toHaveLength(5);
  });
});

/** A provider that takes 5 mails a second, and from the given instant on none at all. */
function pausingProvider(world: MemoryWorld, pausedAt: Instant) {
  const calls: { at: Instant; accepted: boolean }[] = [];
  const { send } = world.mailer;
  world.mailer.quota = async () => ({ perSecond: 5, perDay: 1_000_000, sentToday: 0, state: world.mailer.state });
  world.mailer.send = async (mail) => {
    const isPaused =
      world.mailer.state === "paused" || (world.now >= pausedAt && calls.every(({ accepted }) => accepted));
    if (isPaused) world.mailer.state = "paused";
    calls.push({ at: world.now, accepted: !isPaused });
    if (isPaused) throw new MailRefused("paused", "SES: SendingPausedException");
    return send.call(world.mailer, mail);
  };
  return calls;
}

describe("a provider that pauses the account in mid-batch", () => {
  test("holds the rest without calls from a second later on, and once it is open again each leaves once", async () => {
    const { world, pointers } = await intended({ people: 20 });
    const calls = pausingProvider(world, START + 2 * SECOND_MS);
    await deliver(world.ports, pointers);
    const first = calls.find(({ accepted }) => !accepted);
    expect(first).toBeDefined();
    const noticedBy = (first?.at as Instant) + SECOND_MS;
    expect(calls.filter(({ at }) => at > noticedBy)).toEqual([]);
    const left = recipients(world).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(20);

    world.now += MINUTE_MS;
    const before = calls.length;
    await world.advanceTo(world.now + 2 * HOUR_MS);
    expect(calls).toHaveLength(before);
    const held = (await sendsOf(world)).filter(({ state }) => state !== "SENT");
    expect(held).toHaveLength(20 - left);
    expect(held.map(({ state, reason }) => `${state} ${reason}`)).toEqual(held.map(() => "PENDING account-paused"));
    for (const { sendId, profileId } of held) {
      const item = await world.table.get(sendKey(profileId, sendId));
      expect(item?.dueAt).toBeUndefined();
    }

    world.mailer.state = "open";
    world.now += 5 * MINUTE_MS;
    await tick(world.ports);
    await world.advanceTo(world.now + HOUR_MS);
    expect(recipients(world).toSorted()).toEqual([...new Set(recipients(world))].toSorted());
    expect(recipients(world)).toHaveLength(20);
    expect((await sendsOf(world)).every(({ state }) => state === "SENT")).toBe(true);
  });

  test("gives the claims back: the caps count only what left", async () => {
    const { world, pointers } = await intended({ max: 1 });
    world.mailer.state = "paused";
    pausingProvider(world, START);
    await deliver(world.ports, pointers);
    expect(await sendsOf(world)).toMatchObject([{ state: "PENDING", reason: "account-paused" }]);
    world.mailer.state = "open";
    world.now += 5 * MINUTE_MS;
    await tick(world.ports);
    await world.advanceTo(world.now + HOUR_MS);
    expect(recipients(world)).toEqual([OLD]);
  });
});

describe("a campaign", () => {
  const archived = (): Definition[] => leadShop({ hello: { status: "archived" } }, cap(10));

  test("that is archived while its sends are queued: they are refused", async () => {
    const { world, pointers } = await intended({ people: 5 });
    await publish(world.ports, archived());
    await deliver(world.ports, pointers);
    expect(recipients(world)).toEqual([]);
    expect((await sendsOf(world)).map(({ state, reason }) => `${state} ${reason}`)).toEqual(
      Array.from({ length: 5 }, () => "REFUSED archived"),
    );
  });

  test("that is archived while its sends are held for a resume: they are refused too", async () => {
    const { world, pointers } = await intended();
    await publish(world.ports, leadShop({ hello: { status: "paused" } }, cap(10)));
    await deliver(world.ports, pointers);
    expect(await sendsOf(world)).toMatchObject([{ state: "PENDING", reason: "paused" }]);
    await publish(world.ports, archived());
    await world.advanceTo(world.now + HOUR_MS);
    expect(recipients(world)).toEqual([]);
    expect(await sendsOf(world)).toMatchObject([{ state: "REFUSED", reason: "archived" }]);
  });

  test("that is not there any more: its sends are refused as well", async () => {
    const { world, pointers } = await intended();
    await publish(world.ports, leadShop({ other: {} }, cap(10)));
    await deliver(world.ports, pointers);
    await world.advanceTo(world.now + HOUR_MS);
    expect(recipients(world)).toEqual([]);
    expect(await sendsOf(world)).toMatchObject([{ state: "REFUSED", reason: "archived" }]);
  });

  test("that is archived after the claim: that one mail leaves, and is in the ledger", async () => {
    const { world, pointers } = await intended();
    beforeClaim(world, () => publish(world.ports, archived()).then(() => undefined));
    await deliver(world.ports, pointers);
    expect(recipients(world)).toEqual([OLD]);
    const { id, profileId } = pointers[0] as Pointer;
    const item = await world.table.get(sendKey(profileId, id));
    expect(item && readSend(item).ledger).toMatchObject({ state: "SENT" });
  });
});
