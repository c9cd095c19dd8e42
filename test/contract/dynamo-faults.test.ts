// Decides how errors of DynamoDB become faults, and that a batch read asks again for what was left out.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { dynamoFault } from "../../shared/adapters/aws/dynamo-faults.ts";
import { DynamoTable } from "../../shared/adapters/aws/dynamo-table.ts";
import { ConditionFailed } from "../../shared/pipeline/faults.ts";

const awsError = (name: string, more: object = {}) => Object.assign(new Error(`${name} happened`), { name, ...more });
const codes = (...Code: string[]) => ({ CancellationReasons: Code.map((one) => ({ Code: one, Message: one })) });

describe("an error of DynamoDB", () => {
  test.each<[string, Error, object]>([
    ["a failed condition", awsError("ConditionalCheckFailedException"), { code: "condition_failed", retryable: true }],
    [
      "a conflict of a single write",
      awsError("TransactionConflictException"),
      { reasons: ["conflict"], retryable: true },
    ],
    [
      "a cancelled transaction",
      awsError(
        "TransactionCanceledException",
        codes(
          "None",
          "ConditionalCheckFailed",
          "TransactionConflict",
          "ThrottlingError",
          "ItemCollectionSizeLimitExceeded",
        ),
      ),
      { code: "transaction_canceled", reasons: ["none", "condition", "conflict", "throttled", "other"] },
    ],
    [
      "an item too large in a transaction",
      awsError("TransactionCanceledException", codes("None", "ValidationError")),
      { code: "table_limit_exceeded", retryable: false },
    ],
    [
      "a request that is not valid",
      awsError("ValidationException", { $fault: "client" }),
      { code: "table_limit_exceeded", retryable: false },
    ],
    ["a throttle", awsError("ThrottlingException", { $fault: "client" }), { code: "unavailable", retryable: true }],
    [
      "used-up throughput",
      awsError("ProvisionedThroughputExceededException", { $fault: "client" }),
      { code: "unavailable", retryable: true },
    ],
    [
      "a missing right",
      awsError("AccessDeniedException", { $fault: "client" }),
      { code: "table_refused", retryable: false },
    ],
    [
      "a missing table",
      awsError("ResourceNotFoundException", { $fault: "client" }),
      { code: "table_refused", retryable: false },
    ],
    ["a server error", awsError("InternalServerError", { $fault: "server" }), { code: "unavailable", retryable: true }],
    ["no connection", awsError("Error", { code: "ECONNREFUSED" }), { code: "unavailable", retryable: true }],
  ])("%s", (_, error, fault) => {
    expect(dynamoFault(error)).toMatchObject(fault);
  });

  test("a fault stays the fault it is", () => {
    const fault = new ConditionFailed();
    expect(dynamoFault(fault)).toBe(fault);
  });
});

/** A client that answers each call with the next of the outputs. */
function answering(outputs: object[]): { client: DynamoDBClient; asked: unknown[] } {
  const client = new DynamoDBClient({ region: "eu-west-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
  const asked: unknown[] = [];
  client.middlewareStack.add(
    () => async (args) => {
      asked.push(args.input);
      return { output: { $metadata: {}, ...outputs.shift() }, response: {} } as never;
    },
    { step: "initialize", priority: "low" },
  );
  return { client, asked };
}

describe("a batch read that was cut off", () => {
  const key = (sk: string) => ({ pk: "a", sk });
  const cut = { Responses: { t: [{ ...key("1"), schema: 1 }] }, UnprocessedKeys: { t: { Keys: [key("2")] } } };

  test("asks again for the rest", async () => {
    const { client, asked } = answering([cut, { Responses: { t: [{ ...key("2"), schema: 1 }] } }]);
    const pauses: number[] = [];
    const table = new DynamoTable({ client, table: "t", pause: async (ms) => void pauses.push(ms) });
    const items = await table.getMany([
      { pk: "a", sk: "1" },
      { pk: "a", sk: "2" },
    ]);
    expect(items.map((item) => item.sk)).toEqual(["1", "2"]);
    expect(asked[1]).toMatchObject({ RequestItems: { t: { Keys: [key("2")], ConsistentRead: true } } });
    expect(pauses).toHaveLength(1);
  });

  test("gives up after six rounds", async () => {
    const { client, asked } = answering(Array.from({ length: 9 }, () => cut));
    const table = new DynamoTable({ client, table: "t", pause: () => Promise.resolve() });
    await expect(
      table.getMany([
        { pk: "a", sk: "1" },
        { pk: "a", sk: "2" },
      ]),
    ).rejects.toMatchObject({ code: "unavailable", retryable: true });
    expect(asked).toHaveLength(6);
  });
});
