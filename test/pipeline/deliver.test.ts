// Proves that a mail leaves at most once, never against the person's will, and that every send that does not leave says why.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { Fault, MailRefused } from "../../shared/pipeline/faults.ts";
import { openPreferences, unsubscribe } from "../../shared/pipeline/preferences.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { sendsView } from "../../shared/pipeline/views/lists.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

/** A world in which one welcome mail is intended and its pointer is in hand. */
async function intended({ state = "granted", user = "u-1" }: { state?: "granted" | "denied"; user?: string } = {}) {
  const world = await MemoryWorld.open();
  await world.post(identify(START, { user }), consent(START, { user, state }), lead(START, user));
  await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
  return { world, pointers };
}

async function ledger(world: MemoryWorld) {
  const { items } = await sendsView(world.ports, {}, { limit: 100 });
  return items.map(({ campaign, state, reason }) =>
    reason === undefined ? `${campaign} ${state}` : `${campaign} ${state} ${reason}`,
  );
}

const unsubscribeLink = (world: MemoryWorld) =>
  /<https:\/\/relance\.example\/u\/(.+)>/.exec(
    world.mailer.accepted[0]?.headers["List-Unsubscribe"] ?? "",
  )?.[1] as string;

describe("deliver", () => {
  test("a pointer that comes ten times, also at once, sends one mail", async () => {
    const { world, pointers } = await intended();
    await Promise.all(Array.from({ length: 5 }, () => deliver(world.ports, [...pointers, ...pointers])));
    expect(world.mails()).toHaveLength(1);
    expect(await ledger(world)).toEqual(["welcome SENT"]);
  });

  test("a lost pointer is handed out again by the due index", async () => {
    const { world } = await intended();
    await world.advanceTo(START + HOUR_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("a marketing mail carries one-click unsubscribe, says it is automatic, and tags only opaque ids", async () => {
    const { world, pointers } = await intended();
    await deliver(world.ports, pointers);
    const mail = world.mailer.accepted[0];
    expect(mail?.headers).toMatchObject({
      "Auto-Submitted": "auto-generated",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
    expect(mail?.tags).toEqual({ sid: pointers[0]?.id, pid: pointers[0]?.profileId });
    expect(mail?.html).toContain("/u/");
  });

  test("consent that was denied stops the mail with its reason", async () => {
    const { world, pointers } = await intended({ state: "denied" });
    await deliver(world.ports, pointers);
    expect(await ledger(world)).toEqual(["welcome REFUSED consent-denied"]);
  });

  test("a denial that arrives between the judgement and the claim stops the mail", async () => {
    const { world, pointers } = await intended();
    const sleepUntil = world.ports.clock.sleepUntil;
    world.ports.clock.sleepUntil = async (at) => {
      world.ports.clock.sleepUntil = sleepUntil;
      await world.post(consent(START + MINUTE_MS / 60, { state: "denied" }));
      world.now += MINUTE_MS;
      await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
      await sleepUntil(at);
    };
    await deliver(world.ports, pointers);
    expect(world.mails()).toEqual([]);
    expect(await ledger(world)).toEqual(["welcome REFUSED consent-denied"]);
  });

  test("the unsubscribe link counts before it answers, for every profile of the address", async () => {
    const { world, pointers } = await intended();
    await deliver(world.ports, pointers);
    const page = await openPreferences(world.ports, unsubscribeLink(world));
    await unsubscribe(world.ports, page?.link as NonNullable<typeof page>["link"]);
    await world.post(identify(START, { user: "u-2" }), consent(START, { user: "u-2" }), lead(START, "u-2"));
    await world.settle();
    expect(world.mails()).toHaveLength(1);
    expect((await ledger(world)).toSorted()).toEqual(["welcome REFUSED opted-out", "welcome SENT"]);
  });

  test("a link that was changed in one letter opens nothing", async () => {
    const { world, pointers } = await intended();
    await deliver(world.ports, pointers);
    const token = unsubscribeLink(world);
    const forged = token.replace(/.$/, (letter) => (letter === "0" ? "1" : "0"));
    expect(await openPreferences(world.ports, forged)).toBeUndefined();
    expect(
      await openPreferences(
        world.ports,
        token.replace(/\.(.)/, (_, letter) => `.${letter === "a" ? "b" : "a"}`),
      ),
    ).toBeUndefined();
  });

  test("a throttled call gives the claim back, waits, and sends once", async () => {
    const { world, pointers } = await intended();
    world.mailer.fates.push(() => {
      throw new MailRefused("throttled", "Too many.");
    });
    await deliver(world.ports, pointers);
    expect(await ledger(world)).toEqual(["welcome PENDING mail_throttled"]);
    await world.advanceTo(START + HOUR_MS);
    expect(world.mails()).toHaveLength(1);
    expect(await ledger(world)).toEqual(["welcome SENT"]);
  });

  test("a definite rejection ends the send with the mailer's words", async () => {
    const { world, pointers } = await intended();
    world.mailer.fates.push(() => {
      throw new MailRefused("rejected", "No such identity.");
    });
    await deliver(world.ports, pointers);
    expect(await ledger(world)).toEqual(["welcome REJECTED mail_rejected"]);
  });

  test("an accepted call whose answer was lost is not repeated: the mailer is asked", async () => {
    const { world, pointers } = await intended();
    const send = world.mailer.send.bind(world.mailer);
    world.mailer.send = async (mail) => {
      await send(mail);
      world.mailer.send = send;
      throw new Error("socket hang up");
    };
    await deliver(world.ports, pointers);
    await world.advanceTo(START + DAY_MS);
    expect(world.mails()).toHaveLength(1);
    expect(await ledger(world)).toEqual(["welcome SENT"]);
  });

  test("a crash between claim and call is resolved by a look-up when the lease ends", async () => {
    const { world, pointers } = await intended();
    const send = world.mailer.send.bind(world.mailer);
    world.mailer.send = () => new Promise(() => undefined);
    void deliver(world.ports, pointers);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(await ledger(world)).toEqual(["welcome CLAIMED"]);
    world.mailer.send = send;
    await world.advanceTo(START + 5 * MINUTE_MS);
    expect(world.mails()).toHaveLength(0);
    await world.advanceTo(START + HOUR_MS);
    expect(world.mails()).toHaveLength(1);
  });

  test("no address gets more marketing mails in seven days than the cap, across profiles and campaigns", async () => {
    const world = await MemoryWorld.open();
    for (const user of ["u-1", "u-2", "u-3", "u-4", "u-5"])
      await world.post(identify(START, { user }), consent(START, { user }), lead(START, user));
    await world.settle();
    expect(world.mails()).toHaveLength(3);
    expect((await ledger(world)).filter((line) => line === "welcome REFUSED frequency-cap")).toHaveLength(2);
  });

  test("a mail that cannot be rendered is refused with the variable's name", async () => {
    const { world, pointers } = await intended();
    const definitions = structuredClone(await smallShopDefinitions());
    const template = definitions.find(({ kind, id }) => kind === "template" && id === "welcome");
    for (const locale of Object.values(template?.body["locales"] as Record<string, { subject: string }>))
      locale.subject = "Hi {{ profile.nickname }}";
    await publish(world.ports, definitions);
    await deliver(world.ports, pointers);
    const { items: sends } = await sendsView(world.ports, {}, { limit: 10 });
    expect(sends[0]).toMatchObject({
      state: "REFUSED",
      reason: "not-renderable",
      detail: expect.stringContaining("nickname"),
    });
  });

  test("faults carry a code and say whether trying again can help", () => {
    expect(new MailRefused("throttled", "x")).toMatchObject({ code: "mail_throttled", retryable: true });
    expect(new MailRefused("rejected", "x")).toBeInstanceOf(Fault);
  });

  test("the upsell offer leaves three days after an order of 80 euros or more, not after a smaller one", async () => {
    const { world } = await intended();
    await world.advanceTo(START + HOUR_MS);
    await world.post(purchase(START + HOUR_MS, { total: 79.99, order: "small" }));
    await world.advanceTo(START + 2 * HOUR_MS);
    await world.post(purchase(START + 2 * HOUR_MS, { total: 80, order: "large" }));
    await world.advanceTo(START + 3 * DAY_MS + 2 * HOUR_MS - MINUTE_MS);
    expect(world.mails()).toHaveLength(1);
    await world.advanceTo(START + 3 * DAY_MS + 2 * HOUR_MS + MINUTE_MS);
    expect(world.mails()).toHaveLength(2);
  });
});
