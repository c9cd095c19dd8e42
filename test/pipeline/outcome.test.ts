// Proves what becomes of a claimed send: what the mailer said, what its silence means, and that nothing refused uses up a cap.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import type { Mail } from "../../shared/pipeline/ports.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { readSend, type SendRecord } from "../../shared/pipeline/records/send-record.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leadShop } from "../support/shop-definitions.ts";

async function aWorld(campaigns: Record<string, JsonObject> = { welcome: {} }, settings: JsonObject = {}) {
  const world = await MemoryWorld.open(leadShop(campaigns, settings));
  await world.post(identify(START), consent(START), lead(START));
  return world;
}

async function sends(world: MemoryWorld): Promise<(SendRecord & { dueAt?: number })[]> {
  const { items } = await world.table.scan({ segment: 0, segments: 1 });
  return items.filter(({ sk }) => sk.startsWith("SEND#")).map(readSend);
}

const stateOf = async (world: MemoryWorld) =>
  (await sends(world)).map(({ ledger: { state, reason } }) => (reason === undefined ? state : `${state} ${reason}`));
const claims = async (world: MemoryWorld) => (await loadAddress(world.ports, "anna@example.com")).address.claims;

/** The next call is accepted, or not, and no answer comes. */
function hangUp(world: MemoryWorld, { accepted }: { accepted: boolean }): Mail[] {
  const hung: Mail[] = [];
  const send = world.mailer.send.bind(world.mailer);
  world.mailer.lookupAnswer = "unknowable";
  world.mailer.send = async (mail) => {
    hung.push(mail);
    if (accepted) await send(mail);
    world.mailer.send = send;
    throw new Error("socket hang up");
  };
  return hung;
}

const delivered = ({ tags, to }: Mail) => ({
  id: "f-1",
  receiveCount: 1,
  body: {
    eventType: "Delivery",
    mail: {
      timestamp: "2026-03-02T08:00:05.000Z",
      messageId: "ses-1",
      destination: [to],
      tags: { sid: [tags["sid"] as string], pid: [tags["pid"] as string] },
    },
    delivery: { timestamp: "2026-03-02T08:00:06.000Z" },
  },
});

describe("a call without an answer", () => {
  test("is UNKNOWN, waits in the due index, and is not repeated", async () => {
    const world = await aWorld();
    hangUp(world, { accepted: true });
    await world.settle();
    expect(await stateOf(world)).toEqual(["UNKNOWN"]);
    expect((await sends(world))[0]?.dueAt).toBe(world.now + 6 * HOUR_MS);
    await world.advanceTo(START + 5 * HOUR_MS);
    expect(world.mails()).toHaveLength(1);
    expect(await stateOf(world)).toEqual(["UNKNOWN"]);
  });

  test("is SENT as soon as the provider says anything about it, and nothing is due any more", async () => {
    const world = await aWorld();
    const [mail] = hangUp(world, { accepted: true });
    await world.settle();
    const hung = mail ?? (world.mailer.accepted[0] as Mail);
    expect(await takeFeedback(world.ports, [delivered(hung)])).toEqual([]);
    expect(await stateOf(world)).toEqual(["SENT"]);
    expect((await sends(world))[0]?.dueAt).toBeUndefined();
    expect(await claims(world)).toHaveLength(1);
  });

  test("of a marketing mail is given up after six hours; it still counts against the cap", async () => {
    const world = await aWorld();
    hangUp(world, { accepted: false });
    await world.advanceTo(START + DAY_MS);
    expect(await stateOf(world)).toEqual(["ABANDONED no-word-from-provider"]);
    expect(world.mails()).toEqual([]);
    expect(await claims(world)).toHaveLength(1);
  });

  test("of a mail that was given up is SENT when the provider's word comes after all", async () => {
    const world = await aWorld();
    hangUp(world, { accepted: true });
    await world.advanceTo(START + DAY_MS);
    await takeFeedback(world.ports, [delivered(world.mailer.accepted[0] as Mail)]);
    expect(await stateOf(world)).toEqual(["SENT"]);
  });

  test("of a service mail is made once more after six hours, and never again", async () => {
    const world = await aWorld({ receipt: { purpose: "service" } });
    hangUp(world, { accepted: false });
    await world.advanceTo(START + 5 * HOUR_MS);
    expect(world.mails()).toHaveLength(0);
    hangUp(world, { accepted: false });
    await world.advanceTo(START + 2 * DAY_MS);
    expect(world.mails()).toHaveLength(0);
    expect(await stateOf(world)).toEqual(["ABANDONED no-word-from-provider"]);
    expect((await sends(world))[0]?.ledger).toMatchObject({ attempts: 2, resent: true });
  });

  test("of a service mail that may not leave any more by then ends ABANDONED: it may have left the first time", async () => {
    const world = await aWorld({ receipt: { purpose: "service", sendBefore: "3 hours" } });
    hangUp(world, { accepted: true });
    await world.advanceTo(START + DAY_MS);
    expect(await stateOf(world)).toEqual(["ABANDONED expired"]);
    expect(world.mails()).toHaveLength(1);
  });

  test("that the mailer did answer late is SENT, although somebody had written UNKNOWN meanwhile", async () => {
    const world = await aWorld();
    world.mailer.lookupAnswer = "unknowable";
    const send = world.mailer.send.bind(world.mailer);
    let answer: () => void = () => undefined;
    world.mailer.send = async (mail) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return send(mail);
    };
    const slow = world.settle();
    for (let turn = 0; turn < 300; turn++) await Promise.resolve();
    world.now += 20 * MINUTE_MS;
    const other = new MemoryWorld(world.table);
    other.now = world.now;
    other.mailer.lookupAnswer = "unknowable";
    await other.advanceTo(world.now);
    expect(await stateOf(world)).toEqual(["UNKNOWN"]);
    answer();
    await slow;
    expect(await stateOf(world)).toEqual(["SENT"]);
  });
});

describe("a definite no", () => {
  test("frees the cap in the same transaction, and the mail leaves later by an interval of its own", async () => {
    const world = await aWorld({ a: {}, b: {}, c: {}, d: {} });
    for (let n = 0; n < 4; n++)
      world.mailer.fates.push(() => {
        throw new MailRefused("throttled", "Too many.");
      });
    await world.settle();
    expect(await claims(world)).toEqual([]);
    const dues = (await sends(world)).map(({ dueAt }) => (dueAt ?? 0) - world.now);
    expect(new Set(dues).size).toBe(4);
    for (const due of dues) {
      expect(due).toBeGreaterThanOrEqual(MINUTE_MS / 2);
      expect(due).toBeLessThanOrEqual(MINUTE_MS);
    }
    await world.advanceTo(START + HOUR_MS);
    expect((await stateOf(world)).toSorted()).toEqual(["REFUSED frequency-cap", "SENT", "SENT", "SENT"]);
  });

  test("for good frees the cap for the next mail", async () => {
    const world = await aWorld({ a: {} }, { frequencyCap: { marketing: { max: 1, within: "7 days" } } });
    world.mailer.fates.push(() => {
      throw new MailRefused("rejected", "No such identity.");
    });
    await world.settle();
    expect(await stateOf(world)).toEqual(["REJECTED mail_rejected"]);
    await world.post(lead(START + MINUTE_MS));
    await world.advanceTo(START + HOUR_MS);
    expect((await stateOf(world)).toSorted()).toEqual(["REJECTED mail_rejected", "SENT"]);
  });

  test("of the day's quota holds every other send before it is claimed, and all leave when it is over", async () => {
    const world = await aWorld({ a: {}, b: {}, c: {} });
    let calls = 0;
    const send = world.mailer.send.bind(world.mailer);
    world.mailer.send = async (mail) => {
      calls++;
      if (world.now < START + 3 * HOUR_MS) throw new MailRefused("quota", "Used up.", { retryAt: world.now + HOUR_MS });
      return send(mail);
    };
    await world.advanceTo(START + 2.5 * HOUR_MS);
    expect(new Set(await stateOf(world))).toEqual(new Set(["PENDING daily-quota"]));
    const before = calls;
    await world.advanceTo(START + DAY_MS);
    expect(before).toBeLessThan(10);
    expect(await stateOf(world)).toEqual(["SENT", "SENT", "SENT"]);
  });

  test("of the day's quota does not outlive the mail's worth", async () => {
    const world = await aWorld({ a: { sendBefore: "30 minutes" } });
    world.mailer.send = async () => {
      throw new MailRefused("quota", "Used up.", { retryAt: world.now + HOUR_MS });
    };
    await world.advanceTo(START + DAY_MS);
    expect(await stateOf(world)).toEqual(["EXPIRED expired"]);
  });
});
