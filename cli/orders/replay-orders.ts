// Decides how past orders are lived through again: the clock follows the data, so that campaigns run as they would have.
import { DAY_MS, HOUR_MS, type Instant, iso, parseInstant } from "../../shared/domain/instant.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import { ensureStandingJobs } from "../../shared/pipeline/jobs/nights.ts";
import { type Client, clientOfHost, clientOfServer, openFolder } from "../client.ts";
import type { Environment } from "../environment.ts";
import { countShop } from "../host/count-shop.ts";
import { runningServer } from "../server-file.ts";
import { type Importing, importPage, PAGE_ROWS, type PreparedRow } from "./import-pages.ts";

/** A new folder counts the shop at this distance; every night of years would take longer than all the rest. */
const COUNT_EVERY_MS = 30 * DAY_MS;

export type Replay = Omit<Importing, "client" | "trigger"> & {
  signal: AbortSignal;
  progress: (done: number, at: Instant) => void;
};

/** Sends the rows in order of time, each hour's at its own time. Throws the fault `clock_too_late` when time has passed them. */
export async function replayOrders(environment: Environment, rows: PreparedRow[], replay: Replay): Promise<void> {
  const sorted = rows.toSorted((a, b) => a.order.at - b.order.at);
  const firstAt = sorted[0]?.order.at;
  if (firstAt === undefined) return;
  const { client, count } = await openForReplay(environment, firstAt);
  try {
    await checkClock(client, firstAt);
    let countAt = firstAt + COUNT_EVERY_MS;
    let done = 0;
    for (const page of pagesByHour(sorted)) {
      if (replay.signal.aborted) throw stoppedReplay(done);
      const { at } = (page.at(-1) as PreparedRow).order;
      await moveTo(client, at);
      if (at >= countAt) {
        await count();
        countAt = at + COUNT_EVERY_MS;
      }
      await importPage({ ...replay, client, trigger: true }, page);
      done += page.length;
      replay.progress(done, at);
    }
    await client.post("/api/jobs/nightly/start");
  } finally {
    await client.close();
  }
}

/** `count`: counts the shop where no nightly job does. */
async function openForReplay(
  environment: Environment,
  firstAt: Instant,
): Promise<{ client: Client; count: () => Promise<void> }> {
  const server = await runningServer(environment.folder);
  if (server !== undefined) return { client: clientOfServer(server.url), count: async () => undefined };
  let isNew = false;
  const host = await openFolder(environment, ({ data }) => {
    isNew = data.store.isEmpty();
    if (isNew) data.clock.startAt(firstAt - HOUR_MS);
  });
  if (isNew) return { client: clientOfHost(host), count: () => countShop(host.data.ports) };
  await ensureStandingJobs(host.data.ports);
  return { client: clientOfHost(host), count: async () => undefined };
}

/** Time runs on while rows are applied, so it may have reached the instant already. */
async function moveTo(client: Client, at: Instant): Promise<void> {
  const now = await clockOf(client);
  if (now < at) await client.post("/api/clock", { to: iso(at) });
}

async function clockOf(client: Client): Promise<Instant> {
  const { now } = await client.get<{ now: string }>("/api/clock");
  return parseInstant(now) as Instant;
}

async function checkClock(client: Client, firstAt: Instant): Promise<void> {
  const now = await clockOf(client);
  if (now <= firstAt) return;
  const message = `The clock shows ${iso(now)}, the first order is of ${iso(firstAt)}, and time never goes back: use a fresh data folder, for example RELANCE_DATA=.relance-replay.`;
  throw new Fault("clock_too_late", message, { retryable: false });
}

/** Rows of the same hour go together, at the time of the last. */
function* pagesByHour(sorted: PreparedRow[]): Generator<PreparedRow[]> {
  let page: PreparedRow[] = [];
  for (const row of sorted) {
    const first = page[0];
    const sameHour = first !== undefined && Math.floor(first.order.at / HOUR_MS) === Math.floor(row.order.at / HOUR_MS);
    if (first !== undefined && (!sameHour || page.length === PAGE_ROWS)) {
      yield page;
      page = [];
    }
    page.push(row);
  }
  if (page.length > 0) yield page;
}

/** Time has passed the rows that are in, so the same folder cannot take them again as live. */
function stoppedReplay(done: number): Fault {
  const message = `Stopped after ${done} rows. A replay begins anew with a fresh data folder, for example RELANCE_DATA=.relance-replay-2.`;
  return new Fault("stopped", message, { retryable: false });
}
