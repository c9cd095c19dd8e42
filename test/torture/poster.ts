// Decides how the load reaches the server: batches at a steady pace on kept connections, again and again until answered.
import { Agent, request } from "node:http";
import { WRITE_KEY } from "../support/local-server.ts";
import { BATCH, type Item } from "./load.ts";

/** What the answers said. `misjudged` are items that were rejected wrongly, or taken wrongly. */
export type Posted = {
  accepted: number;
  rejected: number;
  misjudged: string[];
  /** Batches whose answer never came: posted again, though they may have been accepted. */
  unanswered: number;
  /** From the first post to the last answer. */
  seconds: number;
};
/** Where to post now; waits while the server is down. */
export type Whereabouts = () => Promise<string>;

const SENDERS = 8;
const PAUSE_MS = 20;
const TIMEOUT_MS = 30_000;
const headers = {
  "content-type": "application/json",
  authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString("base64")}`,
};

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)));

export type PostOptions = { perSecond: number; at: Whereabouts; answered: () => void };

/** Posts all batches, `perSecond` items each second; what was held up by a dead server follows at once. Tells each answer. */
export async function postAll(batches: Item[][], options: PostOptions): Promise<Posted> {
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const posted: Posted = { accepted: 0, rejected: 0, misjudged: [], unanswered: 0, seconds: 0 };
  const startedAt = performance.now();
  let next = 0;
  const sender = async () => {
    for (let n = next++; n < batches.length; n = next++) {
      await pause(startedAt + (n * BATCH * 1_000) / options.perSecond - performance.now());
      await postUntilAnswered(batches[n] as Item[], { agent, at: options.at, posted });
      options.answered();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  agent.destroy();
  return { ...posted, seconds: (performance.now() - startedAt) / 1_000 };
}

type Sending = { agent: Agent; at: Whereabouts; posted: Posted };

async function postUntilAnswered(batch: Item[], { agent, at, posted }: Sending): Promise<void> {
  for (;;) {
    const answer = await post(`${await at()}/v1/batch`, { agent, body: { batch: batch.map(({ call }) => call) } });
    if (answer !== undefined) return judge(batch, answer, posted);
    posted.unanswered++;
    await pause(PAUSE_MS);
  }
}

type Answer = { accepted: number; rejected: { index: number; code: string; path: string }[] };

/** The answer must take what is sound and name what is not, with its place and field. */
function judge(batch: Item[], { accepted, rejected }: Answer, posted: Posted): void {
  posted.accepted += accepted;
  posted.rejected += rejected.length;
  const named = new Set(rejected.filter(({ code, path }) => code && path !== undefined).map(({ index }) => index));
  for (const [index, item] of batch.entries()) {
    if (named.has(index) !== (item.kind === "malformed")) posted.misjudged.push(JSON.stringify(item.call));
  }
  if (accepted + rejected.length !== batch.length) posted.misjudged.push(JSON.stringify({ accepted, rejected }));
}

/** The answer, or nothing when the server is gone or asks to post again. */
function post(url: string, { agent, body }: { agent: Agent; body: object }): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(url, { method: "POST", headers, agent, timeout: TIMEOUT_MS }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", () => resolve(undefined));
      incoming.on("end", () => resolve(incoming.statusCode === 200 ? answerOf(chunks) : undefined));
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(undefined));
    outgoing.end(JSON.stringify(body));
  });
}

function answerOf(chunks: Buffer[]): Answer | undefined {
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Answer;
  } catch {
    return undefined;
  }
}
