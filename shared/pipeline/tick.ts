// Decides what is handed out each minute: due wake-ups, runs, sends and jobs, oldest first, each leased before it is
// enqueued.
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
  const { perSecond } = await ports.mailer.quota();
  const wakePks = [...dueShards("RUN"), ...dueShards("WAKE")];
  const wakes = await handOut(ports, { pks: wakePks, most: MAX_WAKES, now, queue: "events", body: wakeOf });
  const sends = await handOut(ports, {
    pks: sendDuePks,
    most: Math.floor(perSecond * 60),
    now,
    queue: "sends",
    body: sendOf,
  });
  const jobs = await handOut(ports, { pks: dueShards("JOB"), most: MAX_JOBS, now, queue: "jobs", body: jobOf });
  return { wakes, sends, jobs };
}

const wakeOf = (entry: IndexEntry, now: Instant) => ({ wake: { profileId: profileIdOf(entry.pk), at: now } });
const sendOf = (entry: IndexEntry) => ({
  send: { id: entry.sk.slice("SEND#".length), profileId: profileIdOf(entry.pk) },
});
const jobOf = (entry: IndexEntry) => ({ job: { id: entry.pk.slice("JOB#".length) } });

type HandOut = {
  pks: readonly string[];
  most: number;
  now: Instant;
  queue: QueueName;
  body: (entry: IndexEntry, now: Instant) => { [kind: string]: { [field: string]: string | number } };
};

/** Takes the due entries of each partition in turn, page by page, leases each and enqueues its pointer. */
async function handOut(ports: Ports, { pks, most, now, queue, body }: HandOut): Promise<number> {
  let handedOut = 0;
  for (const pk of pks) {
    for (let after: string | undefined; handedOut < most; ) {
      const range = {
        pk,
        to: iso(now),
        limit: Math.min(PAGE, most - handedOut),
        ...(after !== undefined && { after }),
      };
      const page = await ports.table.queryIndex("due", range);
      const leased: IndexEntry[] = [];
      await inParallel(10, page.items, async (entry) => {
        if (await lease(ports, entry, now)) leased.push(entry);
      });
      if (leased.length > 0) await ports.queues[queue].send(leased.map((entry) => ({ body: body(entry, now) })));
      handedOut += leased.length;
      if (page.next === undefined) break;
      after = page.next;
    }
  }
  return handedOut;
}

/** Moves the due time forward, if the item is still due and nobody else is at it. The jitter spreads what fails together. */
async function lease({ table }: Ports, entry: IndexEntry, now: Instant): Promise<boolean> {
  const item = await table.get({ pk: entry.pk, sk: entry.sk });
  if (item?.dueAt === undefined || item.dueAt > iso(now)) return false;
  const version = item.version as number;
  const jitterMs = (version * 7_919 + entry.sk.length * 104_729) % MINUTE_MS;
  try {
    await table.write({
      put: { ...item, version: version + 1, dueAt: iso(now + LEASE_MS + jitterMs) },
      if: { version },
    });
    return true;
  } catch (error) {
    if (error instanceof Contention) return false;
    throw error;
  }
}
