// Guarantees of functions that read a queue: records arrive as messages, and only those that failed come back.
import { expect, test } from "vitest";
import { queueFunction } from "../../functions/queue-function.ts";
import type { Message } from "../../shared/pipeline/group-by-profile.ts";

const record = (messageId: string, body: string, attributes?: object) => ({ messageId, body, attributes });

test("a record becomes a message that says how often it came and when the queue had it first", async () => {
  const seen: Message[] = [];
  const handler = queueFunction(async (messages) => {
    seen.push(...messages);
    return ["2"];
  });
  const attributes = { ApproximateReceiveCount: "3", SentTimestamp: "1772440800123" };
  const Records = [record("1", '{"a":1}', attributes), record("2", "no JSON")];
  const answer = await handler({ Records }, {});
  expect(seen).toEqual([
    { id: "1", body: { a: 1 }, receiveCount: 3, queuedAt: 1772440800123 },
    { id: "2", body: "no JSON", receiveCount: 1 },
  ]);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
});
