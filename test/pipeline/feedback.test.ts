// Proves what the provider's word changes, and that neither its order nor its repeats matter.
import { describe, expect, test } from "vitest";
import { HOUR_MS, type Instant, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Ledger } from "../../shared/domain/send.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { addressKey, sendDuePks, sendKey } from "../../shared/pipeline/keys.ts";
import { addressWrite, loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { intendedItem, readSend, sendItem, type WaitsFor } from "../../shared/pipeline/records/send-record.ts";
import { aSend } from "../support/gate-facts.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

const EMAIL = "anna@example.com";
const SENT_AT = START + SECOND_MS;
const send = aSend({ id: "s-1", profileId: "p-1", campaign: "welcome", intendedAt: START });

type Word = { type: string; at?: Instant; messageId?: string; acceptedAt?: Instant; bounceType?: string };

/** An event as SES words it; without `at` it has no instant of its own. */
function word({ type, at, messageId = "m-1", acceptedAt = SENT_AT, bounceType = "Permanent" }: Word): object {
  const part = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  return {
    eventType: type,
    mail: {
      timestamp: iso(acceptedAt),
      messageId,
      destination: [EMAIL],
      tags: { sid: [send.id], pid: [send.profileId] },
    },
    ...(at !== undefined && { [part]: { timestamp: iso(at), ...(type === "Bounce" && { bounceType }) } }),
  };
}

const SEND = word({ type: "Send" });
const DELIVERY = word({ type: "Delivery", at: SENT_AT + 2 * SECOND_MS });
const BOUNCE = word({ type: "Bounce", at: SENT_AT + 3 * SECOND_MS });
const COMPLAINT = word({ type: "Complaint", at: SENT_AT + HOUR_MS });
const REJECT = word({ type: "Reject" });

/** The states a send can be in when feedback comes. */
const befores: Record<string, [ledger: Ledger, waitsFor?: WaitsFor]> = {
  "pending, due": [{ state: "PENDING", at: START, attempts: 0 }, START + MINUTE_MS],
  held: [{ state: "PENDING", reason: "paused", at: START, attempts: 1 }, "resume"],
  claimed: [{ state: "CLAIMED", at: START, leaseUntil: START + HOUR_MS, attempts: 1 }, START + HOUR_MS],
  unknown: [{ state: "UNKNOWN", at: START, leaseUntil: START, attempts: 1 }, START + HOUR_MS],
  abandoned: [{ state: "ABANDONED", reason: "no-word-from-provider", at: START, attempts: 1 }],
  "sent, as the mailer said": [{ state: "SENT", messageId: "m-1", at: SENT_AT + 5, attempts: 1 }],
  "sent, as a look-up said": [{ state: "SENT", at: SENT_AT + 5, attempts: 1 }],
};

/** A world with one send in a state. */
async function aWorld([ledger, waitsFor]: [Ledger, WaitsFor?] = [{ state: "UNKNOWN", at: START, attempts: 1 }]) {
  const world = new MemoryWorld();
  world.now = START + 2 * HOUR_MS;
  const record = readSend(intendedItem(send));
  await world.table.write({ put: sendItem(record, ledger, waitsFor) });
  return world;
}

const take = (world: MemoryWorld, bodies: unknown[]) =>
  takeFeedback(
    world.ports,
    bodies.map((body, index) => ({ id: String(index), body, receiveCount: 1 })),
  );

/** Everything that feedback changes, but for how often it was written. */
async function stateOf(world: MemoryWorld) {
  const item = await world.table.get(sendKey(send.profileId, send.id));
  const dueEntries = await Promise.all(sendDuePks.map((pk) => world.table.queryIndex("due", { pk })));
  const { address } = await loadAddress(world.ports, EMAIL);
  return {
    ledger: JSON.stringify(item?.["ledger"]),
    list: item?.listPk,
    due: dueEntries.flatMap(({ items }) => items).length,
    suppressions: Object.entries(address.suppressions).sort(),
  };
}

const ledgerOf = async (world: MemoryWorld) =>
  readSend((await world.table.get(sendKey(send.profileId, send.id))) as NonNullable<Parameters<typeof readSend>[0]>)
    .ledger;

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, index) => permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

describe("feedback", () => {
  test.each(Object.entries(befores))(
    "in any order, with repeats, gives the same of a send that was %s",
    async (_, before) => {
      const seen = new Set<string>();
      for (const order of permutations([SEND, DELIVERY, BOUNCE, COMPLAINT])) {
        const world = await aWorld(before);
        // Some in one batch, some alone, each at least twice.
        await take(world, order.slice(0, 2));
        for (const body of [...order.toReversed(), ...order]) expect(await take(world, [body])).toEqual([]);
        seen.add(JSON.stringify(await stateOf(world)));
      }
      expect(seen.size).toBe(1);
      const state = JSON.parse([...seen][0] as string);
      expect(JSON.parse(state.ledger)).toEqual({
        state: "SENT",
        at: SENT_AT,
        messageId: "m-1",
        attempts: before[0].attempts,
        feedback: {
          bounce: SENT_AT + 3 * SECOND_MS,
          complaint: SENT_AT + HOUR_MS,
          delivery: SENT_AT + 2 * SECOND_MS,
          send: SENT_AT,
        },
      });
      expect(state).toMatchObject({ due: 0, list: expect.stringMatching(/^SENDS#welcome#/) });
    },
  );

  test("of one kind keeps its earliest instant", async () => {
    const delays = [30, 10, 20].map((minutes) => word({ type: "DeliveryDelay", at: SENT_AT + minutes * MINUTE_MS }));
    for (const order of permutations(delays)) {
      const world = await aWorld();
      await take(world, order);
      expect((await ledgerOf(world)).feedback).toEqual({ deliverydelay: SENT_AT + 10 * MINUTE_MS });
    }
  });

  test.each(["Send", "Delivery", "Bounce", "Complaint", "Open", "Click", "DeliveryDelay", "Subscription"])(
    "%s alone proves that an unknown send left",
    async (type) => {
      const world = await aWorld(befores["unknown"]);
      await take(world, [word({ type, at: SENT_AT + MINUTE_MS })]);
      expect(await ledgerOf(world)).toMatchObject({ state: "SENT", at: SENT_AT, messageId: "m-1" });
      expect((await stateOf(world)).due).toBe(0);
    },
  );

  test("of a mail that was taken twice names the first, whichever comes first", async () => {
    const words = [
      word({ type: "Delivery", at: SENT_AT + 9 * HOUR_MS, acceptedAt: SENT_AT + 8 * HOUR_MS, messageId: "m-2" }),
      word({ type: "Delivery", at: SENT_AT + HOUR_MS }),
    ];
    for (const order of permutations(words)) {
      const world = await aWorld();
      await take(world, order);
      expect(await ledgerOf(world)).toMatchObject({ messageId: "m-1", feedback: { delivery: SENT_AT + HOUR_MS } });
    }
  });

  test("about a send nobody knows, or without tags, is left; what is no event is put aside with the reason", async () => {
    const world = new MemoryWorld();
    const untagged = { ...DELIVERY, mail: { timestamp: iso(START), messageId: "m", destination: [EMAIL] } };
    expect(await take(world, [DELIVERY, untagged, { Message: "Successfully validated" }, 7])).toEqual([]);
    const rejected = world.queued.rejected.map(
      ({ body }) => (body as { problems: { code: string }[] }).problems[0]?.code,
    );
    expect(rejected).toHaveLength(2);
    expect(rejected[0]).toBe("not_json");
  });

  test("that could not be written comes again, alone", async () => {
    const world = await aWorld();
    const { write } = world.table;
    world.table.write = async (one) => {
      if ("put" in one && one.put.sk === "SEND#s-1") throw new Error("out of reach");
      return write.call(world.table, one);
    };
    const stranger = { ...DELIVERY, mail: { timestamp: iso(START), messageId: "m", destination: [EMAIL] } };
    expect(await take(world, [stranger, DELIVERY])).toEqual(["1"]);
  });
});

describe("a rejection after acceptance", () => {
  test.each(["Reject", "Rendering Failure"])("(%s) makes the send REJECTED, in any order with Send", async (type) => {
    for (const order of permutations([SEND, word({ type })])) {
      const world = await aWorld(befores["unknown"]);
      await take(world, [...order, ...order]);
      expect(await ledgerOf(world)).toMatchObject({ state: "REJECTED", reason: "mail_rejected", at: SENT_AT });
      expect((await stateOf(world)).due).toBe(0);
    }
  });

  test("counts for nothing once the mail was delivered, in any order", async () => {
    const seen = new Set<string>();
    for (const order of permutations([SEND, REJECT, DELIVERY])) {
      const world = await aWorld(befores["sent, as the mailer said"]);
      await take(world, order);
      seen.add((await stateOf(world)).ledger);
    }
    expect([...seen].map((text) => JSON.parse(text).state)).toEqual(["SENT"]);
  });

  test("gives the claim on the address back", async () => {
    const key = addressKey("identity-key-for-tests-only-0123456789", EMAIL);
    const ledger: Ledger = { state: "SENT", at: SENT_AT, messageId: "m-1", attempts: 1, address: key.pk };
    const world = await aWorld([ledger]);
    const record = await loadAddress(world.ports, EMAIL);
    const claims = ["s-1", "s-2"].map((sendId) => ({ at: START, sendId, purpose: "marketing" as const }));
    await world.table.write(addressWrite(record, { ...record.address, claims }));
    await take(world, [REJECT]);
    const { address } = await loadAddress(world.ports, EMAIL);
    expect(address.claims.map(({ sendId }) => sendId)).toEqual(["s-2"]);
  });

  test("of a mail that was sent once more leaves open what became of the first: it is ABANDONED and keeps its claim", async () => {
    const world = await aWorld([{ state: "SENT", at: SENT_AT, messageId: "m-1", attempts: 2, resent: true }]);
    await take(world, [REJECT]);
    expect((await ledgerOf(world)).state).toBe("ABANDONED");
  });
});

describe("the address", () => {
  test("is closed by a hard bounce and by a complaint, before the ledger is written", async () => {
    const world = await aWorld();
    const { write } = world.table;
    world.table.write = async (one) => {
      if ("put" in one && one.put.sk === "SEND#s-1") throw new Error("out of reach");
      return write.call(world.table, one);
    };
    await take(world, [BOUNCE, COMPLAINT]);
    expect((await loadAddress(world.ports, EMAIL)).address.suppressions).toEqual({
      bounce: SENT_AT + 3 * SECOND_MS,
      complaint: SENT_AT + HOUR_MS,
    });
  });

  test("stays open after a bounce that may pass", async () => {
    const world = await aWorld();
    await take(world, [word({ type: "Bounce", at: SENT_AT, bounceType: "Transient" })]);
    expect((await loadAddress(world.ports, EMAIL)).address.suppressions).toEqual({});
    expect((await ledgerOf(world)).state).toBe("SENT");
  });
});
