// Decides what the local bus does with an event: EventBridge's envelope into the queue of each rule that matches.
import { describe, expect, onTestFinished, test } from "vitest";
import { wiring } from "../../infra/wiring.ts";
import { LocalBus } from "../../shared/adapters/local/local-bus.ts";
import { SqliteQueues } from "../../shared/adapters/local/sqlite-queue.ts";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { aFolder } from "../support/local-folder.ts";
import { fixedClock } from "../support/manual-time.ts";

const NOW = Date.parse("2026-03-01T08:00:00.789Z");

function open() {
  const store = openSqliteStore(aFolder());
  onTestFinished(() => store.close());
  const queues = new SqliteQueues(store, { clock: fixedClock(NOW) });
  let last = 0;
  const bus = new LocalBus({
    rules: wiring.rules,
    ids: { next: () => `id-${++last}` },
    enqueue: (messages) => queues.send(messages),
  });
  return { bus, take: () => queues.receive("events", { max: 10, now: NOW, visibilityMs: 1_000 }) };
}

describe("the local bus", () => {
  test("puts the envelope of a matching event into the rule's queue before it answers", async () => {
    const { bus, take } = open();
    expect(await bus.publish([{ source: "shop", type: "lead.created", detail: { id: "e1" }, at: NOW }])).toEqual({
      failed: [],
    });
    expect(take().map((message) => message.body)).toEqual([
      {
        version: "0",
        id: "id-1",
        "detail-type": "lead.created",
        source: "shop",
        account: "000000000000",
        time: "2026-03-01T08:00:00Z",
        region: "local",
        resources: [],
        detail: { id: "e1" },
      },
    ]);
  });

  test("accepts what no rule matches and keeps it nowhere: Relance's own events do not come back", async () => {
    const { bus, take } = open();
    expect(await bus.publish([{ source: "relance", type: "segment.entered", detail: {}, at: NOW }])).toEqual({
      failed: [],
    });
    expect(take()).toEqual([]);
  });

  test("names the entry that is over 1 MB and takes the others", async () => {
    const { bus, take } = open();
    const entry = (text: string) => ({ source: "shop", type: "lead.created", detail: { text }, at: NOW });
    const answer = await bus.publish([entry("a"), entry("x".repeat(1024 * 1024)), entry("b")]);
    expect(answer).toEqual({ failed: [{ index: 1, reason: "The entry is over the limit of 1 MB." }] });
    expect(take()).toHaveLength(2);
  });
});
