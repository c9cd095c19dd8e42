// Decides how tests stand in for AWS: a small HTTP server that notes every request and answers as it is told.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { type AwsClients, awsClients } from "../../shared/adapters/aws/clients.ts";
import type { JsonObject } from "../../shared/domain/json.ts";

/** One request as the server saw it. */
export type Seen = { method: string; path: string; target: string; body: JsonObject };
/** `error` is the error's name as AWS sends it. `reset` drops the connection, `silence` never answers. */
export type Reply = { status?: number; error?: string; body?: JsonObject } | "reset" | "silence";

/** The server, what it saw, and clients that talk to it and never repeat a call by themselves. */
export type FakeAws = { seen: Seen[]; clients: AwsClients };

/** Starts a server that is closed when the test ends; `reply` is told the request and how many came before it. */
export async function fakeAws(reply: (seen: Seen, before: number) => Reply): Promise<FakeAws> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const one = await seenOf(request);
    seen.push(one);
    answer(response, reply(one, seen.length - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, clients: clientsOf(endpoint) };
}

/** Clients for an address; an answer that takes longer than 200 ms counts as none. */
export function clientsOf(endpoint: string): AwsClients {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return awsClients({ region: "eu-west-3", endpoint, credentials, requestTimeoutMs: 200, maxAttempts: 1 });
}

/** SQS proves with digests that it understood each message; the client checks them. */
export function sqsSuccess(entry: { Id: string; MessageBody: string }): JsonObject {
  const MD5OfMessageBody = createHash("md5").update(entry.MessageBody).digest("hex");
  return { Id: entry.Id, MessageId: `message-${entry.Id}`, MD5OfMessageBody };
}

async function seenOf(request: IncomingMessage): Promise<Seen> {
  const body = await text(request);
  const target = String(request.headers["x-amz-target"] ?? "");
  return { method: request.method ?? "", path: request.url ?? "", target, body: body === "" ? {} : JSON.parse(body) };
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === "silence") return;
  if (reply === "reset") {
    response.destroy();
    return;
  }
  response.writeHead(reply.status ?? (reply.error ? 400 : 200), {
    "content-type": "application/json",
    ...(reply.error && { "x-amzn-errortype": reply.error }),
  });
  response.end(JSON.stringify({ ...(reply.error && { __type: reply.error }), ...reply.body }));
}
