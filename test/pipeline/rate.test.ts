// Proves that parallel workers keep the provider's rate together: no throttle, and hardly a slot unused.
import { describe, expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { type Instant, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import { rateKey } from "../../shared/pipeline/keys.ts";
import type { Key, Mail, Table, Write } from "../../shared/pipeline/ports.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { VirtualTime } from "../support/virtual-time.ts";

const PER_SECOND = 50;
/** One more than the rate within any second: SES documents that it bears short bursts, but not how long ones. */
const TOLERANCE = 1;
const WORKERS = 20;
/** What one call of the deliver function is given at most (see the wiring). */
const BATCH = 20;

/** `endsAfterMs`: when the workers stop at the latest. */
type Options = { mails: number; seed: number; ceiling?: number; endsAfterMs?: number };

/** What a run came to: instants at which the provider took a mail, how many it refused, and writes of the rate item. */
type Result = { taken: Instant[]; throttled: number; rateWrites: number };

/** Many people, one mail for each, all due at once; then workers of the sends queue until the last mail is out. */
async function drain({ mails, seed, ceiling, endsAfterMs = 600 * SECOND_MS }: Options): Promise<Result> {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const time = new VirtualTime(START);
  let isSlow = false;
  const latency = async () => {
    if (isSlow) await time.sleep(between(2, 20));
  };
  const counted = { writes: 0 };
  const table = slowTable(new MemoryTable({ turn: latency }), { latency, counted });
  const world = new MemoryWorld();
  world.ports.table = table;
  await publish(world.ports, await definitionsWith(ceiling));
  for (let first = 0; first < mails; first += 100) {
    const users = Array.from({ length: 100 }, (_, index) => `u-${first + index}`);
    await world.post(
      ...users.flatMap((user) => [
        identify(START, { user, traits: { email: `${user}@example.com` } }),
        consent(START, { user }),
        lead(START, user),
      ]),
    );
    while (world.queued.events.length > 0)
      await world.reactTo(world.queued.events.splice(0, 300).map(({ body }) => body));
  }
  const waiting = world.queued.sends.splice(0).map(({ body }) => ({ body, at: START }));
  world.ports.queues.sends.send = async (messages) => {
    await latency();
    // SQS counts delays in whole seconds, as its adapter rounds them.
    for (const { body, delayMs = 0 } of messages) {
      waiting.push({ body: structuredClone(body), at: time.now() + Math.ceil(delayMs / SECOND_MS) * SECOND_MS });
    }
  };
  world.ports.clock = time;
  const result: Result = { taken: [], throttled: 0, rateWrites: 0 };
  world.ports.mailer = providerOf({ time, between, result });
  isSlow = true;
  const isDone = () => result.taken.length >= mails;
  const worker = async () => {
    await time.sleep(between(0, 500));
    while (!isDone()) {
      const batch: Pointer[] = [];
      for (let index = 0; index < waiting.length && batch.length < BATCH; ) {
        const message = waiting[index] as { body: Json; at: Instant };
        if (message.at > time.now()) index++;
        else {
          waiting.splice(index, 1);
          batch.push((message.body as { send: Pointer }).send);
        }
      }
      if (batch.length === 0) await time.sleep(20);
      else await deliver(world.ports, batch);
      if (time.now() > START + endsAfterMs) return;
    }
  };
  await time.run(Promise.all(Array.from({ length: WORKERS }, worker)));
  return { ...result, rateWrites: counted.writes };
}

async function definitionsWith(maxPerDay: number | undefined): Promise<Definition[]> {
  const definitions = await smallShopDefinitions();
  if (maxPerDay === undefined) return definitions;
  return definitions.map((one) => (one.kind === "settings" ? { ...one, body: { ...one.body, maxPerDay } } : one));
}

/** Reads take their time as well, and writes of the rate item are counted. */
function slowTable(
  table: MemoryTable,
  { latency, counted }: { latency: () => Promise<void>; counted: { writes: number } },
): Table {
  const slowly = <A extends unknown[], T>(read: (...given: A) => Promise<T>) => {
    return async (...given: A): Promise<T> => {
      await latency();
      return read(...given);
    };
  };
  return {
    get: slowly((key: Key) => table.get(key)),
    getMany: slowly((keys: Key[]) => table.getMany(keys)),
    query: slowly((range) => table.query(range)),
    queryIndex: slowly((index, range) => table.queryIndex(index, range)),
    scan: slowly((part) => table.scan(part)),
    transact: (writes) => table.transact(writes),
    async write(write: Write) {
      if ("put" in write && write.put.pk === rateKey.pk) counted.writes++;
      await table.write(write);
    },
  };
}

/** A provider with a strict window: within any second it takes its rate and a tiny tolerance, and refuses the rest. */
function providerOf({
  time,
  between,
  result,
}: {
  time: VirtualTime;
  between: (least: number, most: number) => number;
  result: Result;
}): MemoryWorld["ports"]["mailer"] {
  return {
    async send(_mail: Mail) {
      const latency = between(30, 80);
      await time.sleep(latency / 2);
      const now = time.now();
      const recent = result.taken.slice(-200).filter((at) => at > now - SECOND_MS).length;
      const isTaken = recent < PER_SECOND + TOLERANCE;
      if (isTaken) result.taken.push(now);
      else result.throttled++;
      await time.sleep(latency / 2);
      if (!isTaken) throw new MailRefused("throttled", "Maximum sending rate exceeded");
      return { messageId: `m-${result.taken.length}` };
    },
    lookup: async () => "unknowable",
    quota: async () => ({ perSecond: PER_SECOND, perDay: 1_000_000, sentToday: 0, state: "open" }),
    suppressed: async () => ({ items: [] }),
  };
}

/** Of the slots between the first and the last mail, how many were used. */
function useOf({ taken }: Result): number {
  const first = Math.min(...taken);
  const last = Math.max(...taken);
  return (taken.length - 1) / (((last - first) / SECOND_MS) * PER_SECOND);
}

describe("20 workers at a rate of 50 a second", () => {
  test.each([1, 2, 3])("send 2,000 mails without a throttle and use at least 95 % of it (seed %i)", async (seed) => {
    const result = await drain({ mails: 2_000, seed });
    expect(result.taken).toHaveLength(2_000);
    expect(result.throttled).toBe(0);
    expect(useOf(result)).toBeGreaterThanOrEqual(0.95);
    // One write of the rate item has slots for a whole batch: few of them, and hardly any in each other's way.
    expect(result.rateWrites).toBeLessThanOrEqual(200);
  });

  test("never let out more than the daily ceiling, and come up to it", async () => {
    const result = await drain({ mails: 600, seed: 1, ceiling: 400, endsAfterMs: 30 * SECOND_MS });
    expect(result.taken).toHaveLength(400);
  });
});
