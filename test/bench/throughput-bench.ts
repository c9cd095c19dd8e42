// Measures the local mode from outside: a server process of its own, events over HTTP, mails in its outbox.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { type LocalServer, outboxOf, startLocalServer } from "../support/local-server.ts";
import type { Row } from "./row.ts";

const BATCH = 100;
const SENDERS = 4;

/** Posts batches from several connections and waits until everything is committed and sent. */
async function drive(server: LocalServer, calls: object[]): Promise<number> {
  const batches = Array.from({ length: Math.ceil(calls.length / BATCH) }, (_, n) =>
    calls.slice(n * BATCH, (n + 1) * BATCH),
  );
  const startedAt = performance.now();
  const sender = async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      if ((await server.post(batch)) !== 200) throw new Error("A batch was not accepted.");
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  // Answers when everything due, also what is in the queues, has been done.
  await server.clock({ advance: "PT0S" });
  return (performance.now() - startedAt) / 1_000;
}

/** Posts leads at a steady pace and compares when each was posted with when its mail left, both by the server's clock. */
async function latencies(server: LocalServer, users: string[], perSecond: number): Promise<number[]> {
  const { now } = (await server.get("/api/clock")) as { now: string };
  const offsetMs = Date.parse(now) - Date.now();
  const postedAt = new Map<string, number>();
  const perRound = Math.max(1, Math.round(perSecond / 20));
  const startedAt = performance.now();
  const posts: Promise<unknown>[] = [];
  for (let start = 0; start < users.length; start += perRound) {
    await pause(startedAt + start * (1_000 / perSecond) - performance.now());
    const round = users.slice(start, start + perRound);
    for (const user of round) postedAt.set(`${user}@example.com`, Date.now() + offsetMs);
    posts.push(server.post(round.map((user) => lead(Date.now() + offsetMs, user))));
  }
  await Promise.all(posts);
  while (Object.keys(((await server.get("/health")) as { queues: object }).queues).length > 0) await pause(50);
  const mails = await outboxOf(server);
  return mails
    .flatMap(({ to, at }) => (postedAt.has(to) ? [Date.parse(at) - (postedAt.get(to) as number)] : []))
    .toSorted((a, b) => a - b);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

const people = (from: number, count: number) => Array.from({ length: count }, (_, n) => `u-${from + n}`);
const known = (users: string[], at: number) =>
  users.flatMap((user) => [
    identify(at, { user, traits: { email: `${user}@example.com` } }),
    consent(at + 1, { user }),
  ]);

function peakMegabytes(pid: number): string {
  try {
    const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    return `${Math.round(kilobytes / 1_024)} MB`;
  } catch {
    return "not known on this platform";
  }
}

/** Everything that is measured on servers of their own. */
export async function benchLocalMode({ quick }: { quick: boolean }): Promise<Row[]> {
  return [...(await benchThroughput({ quick })), ...(await benchDataSize(quick ? 500 : 4_000))];
}

/** Events committed per second, mails per second, latency under load, memory and data size. */
async function benchThroughput({ quick }: { quick: boolean }): Promise<Row[]> {
  const scale = quick ? 0.1 : 1;
  const folder = mkdtempSync(join(tmpdir(), "relance-bench-"));
  const server = await startLocalServer(folder);
  try {
    const at = Date.now() - 60_000;
    const users = people(0, 4_000 * scale);
    await drive(server, known(users, at));
    const orders = Array.from({ length: 20_000 * scale }, (_, n) =>
      purchase(at + 1_000 + n, { user: users[(n * 7_919) % users.length] as string, total: 20, order: `o-${n}` }),
    );
    const eventsPerSecond = orders.length / (await drive(server, orders));
    const mailsPerSecond =
      users.length /
      (await drive(
        server,
        users.map((user) => lead(Date.now(), user)),
      ));
    const paced = people(100_000, 5_000 * scale);
    await drive(server, known(paced, at));
    const sorted = await latencies(server, paced, 500);
    const quantile = (q: number) => `${sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]} ms`;
    return [
      {
        what: "events accepted over HTTP, decided and committed, starter catalogue",
        value: `${Math.round(eventsPerSecond)}/s`,
        bar: "2,000/s",
      },
      { what: "event → rendered mail in the outbox", value: `${Math.round(mailsPerSecond)}/s`, bar: "500/s" },
      { what: `event → mail at 500 events/s, ${sorted.length} mails: median`, value: quantile(0.5), bar: "" },
      { what: "the same: p99", value: quantile(0.99), bar: "1,000 ms" },
      { what: "peak memory of the server", value: peakMegabytes(server.pid), bar: "" },
    ];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Size of the data file, closed, per profile with an identify and a consent. */
async function benchDataSize(profiles: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "relance-bench-"));
  const server = await startLocalServer(folder);
  try {
    await drive(server, known(people(0, profiles), Date.now() - 60_000));
    await server.stop();
    const kilobytes = statSync(join(folder, "relance.db")).size / profiles / 1_024;
    return [{ what: "data per profile with two events, data file", value: `${kilobytes.toFixed(1)} KB`, bar: "" }];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
