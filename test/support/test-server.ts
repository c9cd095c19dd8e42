// Decides how tests get a whole local server: a host on a folder of its own, the shipped catalogue, a free port, no loop.
import { request } from "node:http";
import { onTestFinished } from "vitest";
import { type LocalHost, openHost } from "../../cli/host/host.ts";
import { serve } from "../../cli/host/http-server.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { aFolder } from "./local-folder.ts";
import { smallShopDefinitions } from "./small-shop.ts";

/** A Tuesday morning in Paris. */
export const START = Date.parse("2027-03-02T08:00:00.000Z");
export const WRITE_KEY = "key-for-tests";

export type Asked = { method?: string; headers?: Record<string, string>; body?: string | Buffer };
export type Answered = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The body read as JSON. */
  json: () => ReturnType<typeof JSON.parse>;
};
export type TestServer = {
  host: LocalHost;
  port: number;
  url: string;
  /** One HTTP request with exactly these headers, on a connection of its own. */
  ask: (path: string, asked?: Asked) => Promise<Answered>;
  /** Calls of the Segment protocol as one batch, with the right key. */
  batch: (...calls: object[]) => Promise<Answered>;
  /** `POST /api/clock`. */
  moveClock: (body: unknown) => Promise<Answered>;
};

/** Starts a server that is gone after the test; work is only done by `host.settle()` and by moving the clock. */
export async function aServer({ published = true }: { published?: boolean } = {}): Promise<TestServer> {
  const host = await openHost({
    folder: aFolder(),
    publicUrl: "http://127.0.0.1:8787",
    writeKey: WRITE_KEY,
    logLevel: "error",
  });
  onTestFinished(() => host.close());
  host.data.clock.startAt(START);
  if (published) await publish(host.data.ports, await smallShopDefinitions());
  const server = await serve(host, { port: 0 });
  onTestFinished(() => server.close());
  const ask = (path: string, asked: Asked = {}) => askServer(server.port, path, asked);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  return {
    host,
    port: server.port,
    url: `http://127.0.0.1:${server.port}`,
    ask,
    batch: (...calls) => post("/v1/batch", { batch: calls }, basicAuth(WRITE_KEY)),
    moveClock: (body) => post("/api/clock", body),
  };
}

/** What an SDK sends for a write key. */
export function basicAuth(writeKey: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}` };
}

function askServer(port: number, path: string, { method = "GET", headers = {}, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: () => JSON.parse(text) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
