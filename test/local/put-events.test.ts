// Decides what an AWS SDK sees of the local server: an event bus that speaks as EventBridge does.
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { describe, expect, onTestFinished, test } from "vitest";
import { aServer, START, type TestServer } from "../support/test-server.ts";

const DETAIL = JSON.stringify({
  userId: "p-1",
  traits: { email: "paul@example.com", locale: "en", consent: { marketing: "granted" } },
});

function clientOf({ url }: TestServer): EventBridgeClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new EventBridgeClient({ endpoint: url, region: "eu-west-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

function put({ ask }: TestServer, body: unknown, target = "AWSEvents.PutEvents") {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  return ask("/", { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
}

const lead = { Source: "crm", DetailType: "lead.created", Detail: DETAIL };

describe("PutEvents", () => {
  test("of the AWS SDK brings a lead with consent their mail", async () => {
    const server = await aServer();
    const entry = { ...lead, EventBusName: "any", Time: new Date(START) };
    const answer = await clientOf(server).send(new PutEventsCommand({ Entries: [entry] }));
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    await server.host.settle();
    expect(server.host.data.outbox.list().items).toMatchObject([{ to: "paul@example.com" }]);
    const { items } = (await server.ask("/api/events")).json();
    expect(items.map(({ id }: { id: string }) => id)).toContain(answer.Entries?.[0]?.EventId);
  });

  test("takes what is right and says of each other entry what is not", async () => {
    const server = await aServer();
    const answer = await clientOf(server).send(
      new PutEventsCommand({
        Entries: [
          lead,
          { ...lead, Source: "relance" },
          { ...lead, Source: "aws.s3" },
          { ...lead, Source: undefined },
          { ...lead, DetailType: "" },
          { ...lead, Detail: "[]" },
          { ...lead, Detail: "nothing" },
          { ...lead, Detail: `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}` },
        ],
      }),
    );
    const invalid = (name: string) => ({
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    const notYours = (owner: string) => ({
      ErrorCode: "NotAuthorizedForSourceException",
      ErrorMessage: expect.stringContaining(`only ${owner} speaks`),
    });
    const malformed = { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    expect(answer.FailedEntryCount).toBe(7);
    expect(answer.Entries).toEqual([
      { EventId: expect.any(String) },
      notYours("Relance itself"),
      notYours("AWS"),
      invalid("Source"),
      invalid("DetailType"),
      malformed,
      malformed,
      malformed,
    ]);
    await server.host.settle();
    expect(server.host.data.outbox.count()).toBe(1);
  });

  test.each([
    ["no entries", { Entries: [] }, "ValidationException"],
    ["eleven entries", { Entries: Array.from({ length: 11 }, () => lead) }, "ValidationException"],
    ["over 1 MB", { Entries: [{ ...lead, Detail: `{"a":"${"x".repeat(1024 * 1024)}"}` }] }, "ValidationException"],
    ["a source that is no text", { Entries: [{ ...lead, Source: 3 }] }, "SerializationException"],
    ["no JSON", "{", "SerializationException"],
  ])("answers 400 for a request with %s", async (_, body, type) => {
    const answer = await put(await aServer(), body);
    expect({ status: answer.status, type: answer.json().__type }).toEqual({ status: 400, type });
  });

  test("is the only operation: the SDK gets an exception for another", async () => {
    const server = await aServer();
    await expect(clientOf(server).send(new ListRulesCommand({}))).rejects.toMatchObject({
      name: "UnknownOperationException",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("of a deep detail is rejected with its reason, and the events beside it are applied", async () => {
    const server = await aServer();
    const deep = { ...lead, Detail: `{"userId":"p-2","a":${"[".repeat(40)}${"]".repeat(40)}}` };
    expect((await put(server, { Entries: [deep, lead] })).json().FailedEntryCount).toBe(0);
    await server.host.settle();
    expect(server.host.data.outbox.count()).toBe(1);
    expect(server.host.data.queues.counts(START)["rejected"]).toBeDefined();
  });
});
