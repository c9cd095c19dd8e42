// Decides how tests and benches get the local mode as a process of its own: started, called over HTTP, stopped or killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
export const WRITE_KEY = "key-for-tests";

type OutboxItem = { sendId: string; to: string; subject: string; at: string };
export type LocalServer = {
  url: string;
  pid: number;
  /** Posts one batch of the Segment protocol; answers the status, 0 when the server is gone. */
  post: (batch: object[]) => Promise<number>;
  get: (path: string) => Promise<unknown>;
  /** Moves the clock; what is due until then has happened when it returns. */
  clock: (body: { advance: string } | { to: string }) => Promise<void>;
  /** kill -9. */
  kill: () => Promise<void>;
  stop: () => Promise<void>;
};

const BARE = fileURLToPath(new URL("./bare-server.ts", import.meta.url));

/** Starts the local mode on a data folder, without the demo shop, on a free port. */
export function startLocalServer(folder: string): Promise<LocalServer> {
  return start(folder, [MAIN, "dev", "--empty"]);
}

/** The same with whatever the data folder has published, instead of the shipped marketing folder. */
export function startBareServer(folder: string): Promise<LocalServer> {
  return start(folder, [BARE, folder, WRITE_KEY]);
}

async function start(folder: string, command: string[]): Promise<LocalServer> {
  const env = { ...process.env, PORT: "0", RELANCE_DATA: folder, RELANCE_WRITE_KEY: WRITE_KEY };
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "pipe"] });
  const url = await addressOf(child);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return {
    url,
    pid: child.pid as number,
    post: (batch) => statusOf(post(`${url}/v1/batch`, { batch })),
    get: async (path) => (await fetch(url + path)).json(),
    clock: async (body) => {
      const answer = await post(`${url}/api/clock`, body);
      if (!answer.ok) throw new Error(await answer.text());
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

/** Where a starting server says that it runs; throws what it wrote when it ends before. */
export function addressOf(child: ChildProcess): Promise<string> {
  let written = "";
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      written += chunk.toString("utf8");
      const url = /running at (http:\/\/[\d.:]+)/.exec(written)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}: ${written}`)));
  });
}

/** Every mail that left, in order. */
export async function outboxOf(server: LocalServer): Promise<OutboxItem[]> {
  const mails: OutboxItem[] = [];
  let next: string | undefined = "0";
  while (next !== undefined) {
    const page = (await server.get(`/api/outbox?limit=1000&next=${next}`)) as { items: OutboxItem[]; next?: string };
    mails.push(...page.items);
    next = page.next;
  }
  return mails;
}

function post(url: string, body: object): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString("base64")}`;
  const headers = { "content-type": "application/json", authorization };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function statusOf(request: Promise<Response>): Promise<number> {
  try {
    const answer = await request;
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
