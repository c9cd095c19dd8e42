// Decides what the local queues promise: durable, at least once, hidden while handled, a little out of order, dead letters.
import { describe, expect, onTestFinished, test } from "vitest";
import { SqliteQueues } from "../../shared/adapters/local/sqlite-queue.ts";
import { openSqliteStore, type SqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { aFolder } from "../support/local-folder.ts";
import { fixedClock } from "../support/manual-time.ts";

const NOW = Date.parse("2026-03-01T08:00:00Z");

function open(options: { folder?: string; seed?: number } = {}) {
  const store = openSqliteStore(options.folder ?? aFolder());
  onTestFinished(() => store.close());
  const clock = fixedClock(NOW);
  const queues = queuesOf(store, { clock, seed: options.seed ?? 1 });
  const take = (queue: string, max = 10, now = NOW) => queues.receive(queue, { max, now, visibilityMs: 30_000 });
  return { store, clock, queues, take };
}

function queuesOf(store: SqliteStore, options: { clock: ReturnType<typeof fixedClock>; seed: number }): SqliteQueues {
  return new SqliteQueues(store, { ...options, maxReceives: { events: 3 } });
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ body: { n: i } }));

describe("local queues", () => {
  test("a message comes out as it went in, counted and dated", async () => {
    const { queues, take } = open();
    await queues.queue("events").send([{ body: { a: [1, "é"] }, attributes: { source: "shop" } }]);
    expect(take("events")).toEqual([
      { id: 1, receives: 1, sentAt: NOW, body: { a: [1, "é"] }, attributes: { source: "shop" } },
    ]);
    expect(take("sends")).toEqual([]);
  });

  test("a message that was handed out is hidden, then comes again with a higher count, until it is deleted", async () => {
    const { queues, take } = open();
    await queues.queue("events").send([{ body: 1 }]);
    const first = take("events");
    expect(take("events", 10, NOW + 29_999)).toEqual([]);
    const again = take("events", 10, NOW + 30_000);
    expect(again).toMatchObject([{ receives: 2 }]);
    queues.delete(first);
    expect(queues.counts(NOW)).toEqual({ events: { ready: 0, delayed: 0, inFlight: 1 } });
    queues.delete(again);
    expect(queues.counts(NOW)).toEqual({});
  });

  test("a delayed message waits, 15 minutes at most", async () => {
    const { queues, take } = open();
    await queues.queue("sends").send([{ body: 1, delayMs: 60_000 }]);
    expect(take("sends", 10, NOW + 59_999)).toEqual([]);
    expect(queues.nextVisibleAt(["events", "sends"])).toBe(NOW + 60_000);
    expect(queues.counts(NOW)).toEqual({ sends: { ready: 0, delayed: 1, inFlight: 0 } });
    expect(take("sends", 10, NOW + 60_000)).toHaveLength(1);
    await expect(queues.queue("sends").send([{ body: 1, delayMs: 900_001 }])).rejects.toMatchObject({
      code: "queue_limit_exceeded",
    });
  });

  test("a failed message is released to come again when it should", async () => {
    const { queues, take } = open();
    await queues.queue("events").send([{ body: 1 }]);
    queues.release(take("events"), NOW + 5_000);
    expect(queues.nextVisibleAt(["events"])).toBe(NOW + 5_000);
    expect(take("events", 10, NOW + 5_000)).toMatchObject([{ receives: 2 }]);
  });

  test("what was handed out too often becomes a dead letter, and can be redriven with a new count", async () => {
    const { queues, take } = open();
    await queues.queue("events").send([{ body: "bad" }]);
    for (let i = 0; i < 3; i++) queues.release(take("events"), NOW);
    expect(take("events")).toEqual([]);
    expect(queues.counts(NOW)).toEqual({ "events-dead": { ready: 1, delayed: 0, inFlight: 0 } });
    expect(queues.redrive("events")).toBe(1);
    expect(take("events")).toMatchObject([{ body: "bad", receives: 1 }]);
  });

  test("a queue without a limit hands out for ever", async () => {
    const { queues, take } = open();
    await queues.queue("sends").send([{ body: 1 }]);
    for (let i = 0; i < 20; i++) queues.release(take("sends"), NOW);
    expect(take("sends")).toMatchObject([{ receives: 21 }]);
  });

  test("everything comes, but a little out of order, and the same way for the same seed", async () => {
    const order = async (seed: number) => {
      const { queues, take } = open({ seed });
      await queues.queue("events").send(numbered(60));
      const found: number[] = [];
      for (let batch = take("events", 7); batch.length > 0; batch = take("events", 7)) {
        found.push(...batch.map((message) => (message.body as { n: number }).n));
        queues.delete(batch);
      }
      return found;
    };
    const first = await order(1);
    expect([...first].sort((a, b) => a - b)).toEqual(numbered(60).map(({ body }) => body.n));
    expect(first).not.toEqual([...first].sort((a, b) => a - b));
    expect(Math.max(...first.map((n, place) => n - place))).toBeLessThan(16);
    expect(await order(1)).toEqual(first);
    expect(await order(2)).not.toEqual(first);
  });

  test("sending to several queues is all or nothing, and tells who listens", async () => {
    const { queues } = open();
    const told: string[] = [];
    queues.onSend((queue) => told.push(queue));
    const tooLong = "x".repeat(1024 * 1024);
    expect(() =>
      queues.send([
        { queue: "events", body: 1 },
        { queue: "sends", body: tooLong },
      ]),
    ).toThrow("over the limit of 1 MB");
    expect(queues.counts(NOW)).toEqual({});
    queues.send([
      { queue: "events", body: 1 },
      { queue: "events", body: 2 },
      { queue: "sends", body: 3 },
    ]);
    expect(told).toEqual(["events", "sends"]);
  });

  test("messages and their counts survive a restart; what was in flight is visible again, and that hand-out does not count", async () => {
    const folder = aFolder();
    const before = open({ folder });
    await before.queues.queue("events").send(numbered(3));
    before.queues.delete(before.take("events", 1));
    before.take("events", 1);
    before.store.close();
    const after = open({ folder });
    after.queues.releaseAll();
    expect(after.queues.counts(NOW)).toEqual({ events: { ready: 2, delayed: 0, inFlight: 0 } });
    expect(
      after
        .take("events")
        .map((message) => message.receives)
        .sort(),
    ).toEqual([1, 1]);
  });

  test("nothing is next when nothing is there", () => {
    expect(open().queues.nextVisibleAt(["events", "sends"])).toBeUndefined();
  });
});
