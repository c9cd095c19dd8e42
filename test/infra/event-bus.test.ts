// Guarantees about the bus on the wire: chunks, repeats of refused entries, and what is reported as failed.
import { describe, expect, test } from "vitest";
import type { Backoff } from "../../shared/adapters/aws/backoff.ts";
import { eventBus } from "../../shared/adapters/aws/event-bus.ts";
import type { BusEntry } from "../../shared/pipeline/ports.ts";
import { fakeAws, type Reply, type Seen } from "./fake-aws.ts";

const AT = Date.UTC(2026, 10, 22, 9);
const anEntry = (n: number, padding = ""): BusEntry => ({
  source: "shop",
  type: "lead.created",
  detail: { n, padding },
  at: AT,
});
const entries = (count: number): BusEntry[] => Array.from({ length: count }, (_, n) => anEntry(n));

type Put = { Detail: string };
const putsOf = (seen: Seen): Put[] => seen.body["Entries"] as Put[];
const numberOf = (put: Put): number => JSON.parse(put.Detail).n;

/** Answers as EventBridge does: 200, with an error in the place of each entry it refused. */
const answerTo = (seen: Seen, refuse: (n: number) => boolean): Reply => {
  const results = putsOf(seen).map((put) =>
    refuse(numberOf(put))
      ? { ErrorCode: "ThrottlingException", ErrorMessage: "slow down" }
      : { EventId: `id-${numberOf(put)}` },
  );
  return { body: { Entries: results, FailedEntryCount: results.filter((result) => "ErrorCode" in result).length } };
};

async function aBus(reply: (seen: Seen, before: number) => Reply) {
  const { clients, seen } = await fakeAws(reply);
  const waits: number[] = [];
  const backoff: Backoff = { rounds: 3, wait: async (delayMs) => void waits.push(delayMs), random: () => 0.5 };
  return { bus: eventBus({ client: clients.bus, busName: "relance", backoff }), seen, waits };
}

describe("publishing", () => {
  test("puts entries as EventBridge has them", async () => {
    const { bus, seen } = await aBus((one) => answerTo(one, () => false));
    expect(await bus.publish([anEntry(7)])).toEqual({ failed: [] });
    expect(seen[0]?.target).toBe("AWSEvents.PutEvents");
    expect(putsOf(seen[0] as Seen)).toEqual([
      {
        EventBusName: "relance",
        Source: "shop",
        DetailType: "lead.created",
        Detail: '{"n":7,"padding":""}',
        Time: AT / 1_000,
      },
    ]);
  });

  test("makes no call for no entries", async () => {
    const { bus, seen } = await aBus(() => ({}));
    expect(await bus.publish([])).toEqual({ failed: [] });
    expect(seen).toHaveLength(0);
  });

  test("takes at most ten entries a call", async () => {
    const { bus, seen } = await aBus((one) => answerTo(one, () => false));
    await bus.publish(entries(23));
    expect(seen.map((one) => putsOf(one).length)).toEqual([10, 10, 3]);
  });

  test("takes at most 1 MiB a call", async () => {
    const { bus, seen } = await aBus((one) => answerTo(one, () => false));
    await bus.publish([0, 1, 2].map((n) => anEntry(n, "é".repeat(250_000))));
    expect(seen.map((one) => putsOf(one).length)).toEqual([2, 1]);
  });
});

describe("refused entries", () => {
  test("are put again, alone, until they are accepted", async () => {
    const { bus, seen, waits } = await aBus((one, before) => answerTo(one, (n) => before < 2 && n % 2 === 1));
    expect(await bus.publish(entries(5))).toEqual({ failed: [] });
    expect(seen.map((one) => putsOf(one).map(numberOf))).toEqual([
      [0, 1, 2, 3, 4],
      [1, 3],
      [1, 3],
    ]);
    expect(waits).toEqual([50, 100]);
  });

  test("are reported by their place after three repeats", async () => {
    const { bus, seen, waits } = await aBus((one) => answerTo(one, (n) => n === 11));
    expect(await bus.publish(entries(12))).toEqual({ failed: [{ index: 11, reason: "ThrottlingException" }] });
    expect(seen).toHaveLength(5);
    expect(waits).toHaveLength(3);
  });

  test("are a fault when nothing was accepted", async () => {
    const { bus } = await aBus((one) => answerTo(one, () => true));
    await expect(bus.publish(entries(2))).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });

  test("of more than 1 MiB are reported without being put", async () => {
    const { bus, seen } = await aBus((one) => answerTo(one, () => false));
    const tooLarge = anEntry(0, "x".repeat(1_048_577));
    expect(await bus.publish([tooLarge, anEntry(1)])).toEqual({ failed: [{ index: 0, reason: "EntryTooLarge" }] });
    expect(putsOf(seen[0] as Seen).map(numberOf)).toEqual([1]);
    await expect(bus.publish([tooLarge])).rejects.toMatchObject({ code: "entry_too_large", retryable: false });
  });
});

describe("a call without an answer", () => {
  test("fails its entries and those behind them, and keeps what was accepted before", async () => {
    const { bus, seen } = await aBus((one, before) => (before === 1 ? "reset" : answerTo(one, () => false)));
    const { failed } = await bus.publish(entries(25));
    expect(failed.map(({ index }) => index)).toEqual(Array.from({ length: 15 }, (_, n) => n + 10));
    expect(seen).toHaveLength(2);
  });

  test("is a fault when it is the first", async () => {
    const { bus } = await aBus(() => ({ status: 503, error: "InternalException" }));
    await expect(bus.publish(entries(3))).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });
});
