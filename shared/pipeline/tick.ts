// Decides what is handed out each minute: due wake-ups, runs, sends and jobs, oldest first, each leased before it is
// enqueued.
import { shardOf } from "../domain/hash.ts";
import { type Instant, iso, MINUTE_MS } from "../domain/instant.ts";
import { Contention } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { dueShards, profileIdOf, sendDuePks } from "./keys.ts";
import type { IndexEntry, Ports, QueueName } from "./ports.ts";

/** Numbers of items handed out. */
export type TickResult = { wakes: number; sends: number; jobs: number };

const LEASE_MS = 10 * MINUTE_MS;
/** What the consumers of wake-ups can do in a minute. */
const MAX_WAKES = 6_000;
const MAX_JOBS = 20;
const PAGE = 100;

/** Hands out what is due. Losing a handed-out pointer loses nothing: its lease ends and it is handed out again. */
export async function tick(ports: Ports): Promise<TickResult> {
  const now = ports.clock.now();
  const wakePks = [...dueShards("RUN"), ...dueShards("WAKE")];
  const wakes = await handOut(ports, { pks: wakePks, most: MAX_WAKES, now, queue: "events", body: wakeOf });
  const jobs = await handOut(ports, { pks: dueShards("JOB"), most: MAX_JOBS, now, queue: "jobs", body: jobOf });
  const { perSecond } = await ports.mailer.quota();
  const most = Math.floor(perSecond * 60);
  const sends = await handOut(ports, { pks: sendDuePks, most, now, queue: "sends", body: sendOf });
  return { wakes, sends, jobs };
}

/** An entry whose item was leased: the item's version since then. */
type Leased = { entry: IndexEntry; version: number; at: Instant };

const wakeOf = ({ entry, at }: Leased) => ({ wake: { profileId: profileIdOf(entry.pk), at } });
const sendOf = ({ entry, version }: Leased) => ({
  send: { id: entry.sk.slice("SEND#".length), profileId: profileIdOf(entry.pk), version },
});
const jobOf = ({ entry }: Leased) => ({ job: { id: entry.pk.slice("JOB#".length) } });

type HandOut = {
  pks: readonly string[];
  most: number;
  now: Instant;
  queue: QueueName;
  body: (leased: Leased) => { [kind: string]: { [field: string]: string | number } };
};

/** Takes the due entries of each partition in turn, page by page, leases each and enqueues its pointer. */
async function handOut(ports: Ports, { pks, most, now, queue, body }: HandOut): Promise<number> {
  let handedOut = 0;
  for (const pk of pks) {
    for (let after: string | undefined; handedOut < most; ) {
      const limit = Math.min(PAGE, most - handedOut);
      const page = await ports.table.queryIndex("due", {
        pk,
        to: iso(now),
        limit,
        ...(after !== undefined && { after }),
      });
      const leased: Leased[] = [];
      await inParallel(10, page.items, async (entry) => {
        const version = await lease(ports, entry, now);
        if (version !== undefined) leased.push({ entry, version, at: now });
      });
      if (leased.length > 0) await ports.queues[queue].send(leased.map((one) => ({ body: body(one) })));
      handedOut += leased.length;
      if (page.next === undefined) break;
      after = page.next;
    }
  }
  return handedOut;
}

/**
 * Moves the due time forward, if the item is still due and nobody else is at it, and returns the item's new version. The
 * jitter spreads what fails together.
 */
async function lease({ table }: Ports, entry: IndexEntry, now: Instant): Promise<number | undefined> {
  const item = await table.get({ pk: entry.pk, sk: entry.sk });
  if (item?.dueAt === undefined || item.dueAt > iso(now)) return undefined;
  const version = item.version as number;
  const jitterMs = shardOf(`${entry.sk}${version}`, MINUTE_MS);
  const put = { ...item, version: version + 1, dueAt: iso(now + LEASE_MS + jitterMs) };
  try {
    await table.write({ put, if: { version } });
    return version + 1;
  } catch (error) {
    if (error instanceof Contention) return undefined;
    throw error;
  }
}
