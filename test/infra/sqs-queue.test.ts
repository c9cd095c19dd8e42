// Guarantees about queues on the wire: batches, repeats of refused messages, then a fault.
import { describe, expect, test } from "vitest";
import type { Backoff } from "../../shared/adapters/aws/backoff.ts";
import { sqsQueue } from "../../shared/adapters/aws/sqs-queue.ts";
import { fakeAws, type Reply, type Seen, sqsSuccess } from "./fake-aws.ts";

type Sent = { Id: string; MessageBody: string; DelaySeconds?: number; MessageAttributes?: unknown };
const sentOf = (seen: Seen): Sent[] => seen.body["Entries"] as Sent[];
const messages = (count: number) => Array.from({ length: count }, (_, n) => ({ body: { n } }));

const answerTo = (seen: Seen, refuse: (id: string) => boolean, fault: "sender" | "service" = "service"): Reply => {
  const failure = (Id: string) => ({ Id, Code: "ServiceUnavailable", SenderFault: fault === "sender" });
  const [Failed, Successful] = [true, false].map((no) => sentOf(seen).filter(({ Id }) => refuse(Id) === no));
  return {
    body: { Successful: Successful?.map(sqsSuccess) ?? [], Failed: Failed?.map(({ Id }) => failure(Id)) ?? [] },
  };
};

async function aQueue(reply: (seen: Seen, before: number) => Reply) {
  const { clients, seen } = await fakeAws(reply);
  const waits: number[] = [];
  const backoff: Backoff = { rounds: 3, wait: async (delayMs) => void waits.push(delayMs), random: () => 0.5 };
  const url = "https://sqs.eu-west-3.amazonaws.com/111122223333/events";
  return { queue: sqsQueue({ client: clients.queues, url, backoff }), seen, waits, url };
}

describe("sending", () => {
  test("carries body, delay in whole seconds and attributes", async () => {
    const { queue, seen, url } = await aQueue((one) => answerTo(one, () => false));
    await queue.send([
      { body: { a: 1 }, delayMs: 1_200 },
      { body: "plain", delayMs: 86_400_000 },
    ]);
    expect(seen[0]).toMatchObject({ target: "AmazonSQS.SendMessageBatch", body: { QueueUrl: url } });
    expect(sentOf(seen[0] as Seen)).toEqual([
      { Id: "0", MessageBody: '{"a":1}', DelaySeconds: 2 },
      { Id: "1", MessageBody: '"plain"', DelaySeconds: 900 },
    ]);
  });

  test("writes attributes as strings", async () => {
    const { queue, seen } = await aQueue((one) => answerTo(one, () => false));
    await queue.send([{ body: null, attributes: { reason: "schema", path: "/email" } }]);
    expect(sentOf(seen[0] as Seen)[0]?.MessageAttributes).toEqual({
      reason: { DataType: "String", StringValue: "schema" },
      path: { DataType: "String", StringValue: "/email" },
    });
  });

  test("takes at most ten messages and 1 MiB a call", async () => {
    const { queue, seen } = await aQueue((one) => answerTo(one, () => false));
    await queue.send(messages(12));
    await queue.send([0, 1, 2].map(() => ({ body: "é".repeat(250_000) })));
    expect(seen.map((one) => sentOf(one).length)).toEqual([10, 2, 2, 1]);
  });

  test("makes no call for no messages", async () => {
    const { queue, seen } = await aQueue(() => ({}));
    await queue.send([]);
    expect(seen).toHaveLength(0);
  });
});

describe("refused messages", () => {
  test("are sent again, alone, until they are taken", async () => {
    const { queue, seen, waits } = await aQueue((one, before) => answerTo(one, (id) => before === 0 && id !== "1"));
    await queue.send(messages(3));
    expect(seen.map((one) => sentOf(one).map(({ Id }) => Id))).toEqual([
      ["0", "1", "2"],
      ["0", "2"],
    ]);
    expect(waits).toEqual([50]);
  });

  test("are a retryable fault after three repeats", async () => {
    const { queue, seen, waits } = await aQueue((one) => answerTo(one, () => true));
    await expect(queue.send(messages(1))).rejects.toMatchObject({ code: "unavailable", retryable: true });
    expect(seen).toHaveLength(4);
    expect(waits).toEqual([50, 100, 200]);
  });

  test("are a final fault when the sender is to blame", async () => {
    const { queue, seen } = await aQueue((one) => answerTo(one, () => true, "sender"));
    await expect(queue.send(messages(1))).rejects.toMatchObject({ code: "message_refused", retryable: false });
    expect(seen).toHaveLength(1);
  });

  test("of more than 1 MiB are a final fault before anything is sent", async () => {
    const { queue, seen } = await aQueue((one) => answerTo(one, () => false));
    const sending = queue.send([{ body: 1 }, { body: "x".repeat(1_048_577) }]);
    await expect(sending).rejects.toMatchObject({ code: "message_too_large", retryable: false });
    expect(seen).toHaveLength(0);
  });
});

test("a queue that does not answer is a retryable fault", async () => {
  const { queue } = await aQueue(() => "reset");
  await expect(queue.send(messages(2))).rejects.toMatchObject({ code: "unavailable", retryable: true });
});
