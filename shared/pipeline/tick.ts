// Decides what is handed out each minute: due wake-ups, runs, sends and jobs, oldest first, each leased before it is
// enqueued.
import { shardOf } from "../domain/hash.ts";
import { type Instant, iso } from "../domain/instant.ts";
import { LEASE_JITTER_MS, SEND_LEASE_MS } from "../domain/send.ts";
import { errorText } from "./error-text.ts";
import { Contention } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { dueShards, erasureDuePk, jobDuePk, jobIdOf, profileIdOf, sendDueByPriority } from "./keys.ts";
import { oldestFirst } from "./oldest-first.ts";
import type { IndexEntry, Ports, QueueName } from "./ports.ts";
import { refreshProvider } from "./stop-switch.ts";

/** Numbers of items handed out. */
export type TickResult = { wakes: number; sends: number; jobs: number };

/** What the consumers of wake-ups can do in a minute. */
const MAX_WAKES = 6_000;
const MAX_JOBS = 20;
/** Each is a second's work. */
const MAX_ERASURES = 200;
const PAGE = 100;

/** Hands out what is due. Losing a handed-out pointer loses nothing: its lease ends and it is handed out again. */
export async function tick(ports: Ports): Promise<TickResult> {
  const now = ports.clock.now();
  const asJobs = { now, queue: "jobs", body: jobOf } as const;
  const jobs = await handOut(ports, { ...asJobs, pks: [jobDuePk], most: MAX_JOBS });
  const erasures = await handOut(ports, { ...asJobs, pks: [erasureDuePk], most: MAX_ERASURES });
  const wakes = await handOutWakes(ports, now);
  const perSecond = await rateOf(ports);
  let left = Math.floor(perSecond * 60);
  let sends = 0;
  for (const pks of sendDueByPriority) {
    const handedOut = await handOut(ports, { pks, most: left, now, queue: "sends", body: sendOf });
    sends += handedOut;
    left -= handedOut;
  }
  return { wakes, sends, jobs: jobs + erasures };
}

/**
 * What the mailer takes, and the stop switches brought in line with what it says of the account. Nothing leaves while it
 * cannot be asked; everything else goes on.
 */
async function rateOf(ports: Ports): Promise<number> {
  try {
    const { perSecond, state } = await ports.mailer.quota();
    await refreshProvider(ports, state);
    return perSecond;
  } catch (error) {
    ports.log.error("no sends handed out now", { error: errorText(error) });
    return 0;
  }
}

/** Neither runs nor wake-ups starve the others: half is for each, and what one does not need is for the other. */
async function handOutWakes(ports: Ports, now: Instant): Promise<number> {
  let handedOut = 0;
  const some = async (kind: "RUN" | "WAKE", most: number) => {
    const count = await handOut(ports, { pks: dueShards(kind), most, now, queue: "events", body: wakeOf });
    handedOut += count;
    return count;
  };
  const half = MAX_WAKES / 2;
  const runs = await some("RUN", half);
  await some("WAKE", MAX_WAKES - runs);
  if (runs === half) await some("RUN", MAX_WAKES - handedOut);
  return handedOut;
}

/** An entry whose item was leased: the item's version since then. */
type Leased = { entry: IndexEntry; version: number; at: Instant };

const wakeOf = ({ entry, at }: Leased) => ({ wake: { profileId: profileIdOf(entry.pk), at } });
const sendOf = ({ entry, version }: Leased) => ({
  send: { id: entry.sk.slice("SEND#".length), profileId: profileIdOf(entry.pk), version },
});
const jobOf = ({ entry }: Leased) => ({ job: { id: jobIdOf(entry.pk) } });

type HandOut = {
  pks: readonly string[];
  most: number;
  now: Instant;
  queue: QueueName;
  body: (leased: Leased) => { [kind: string]: { [field: string]: string | number } };
};

/** Takes the due entries of the partitions, oldest first, leases each and enqueues its pointer. */
async function handOut(ports: Ports, { pks, most, now, queue, body }: HandOut): Promise<number> {
  let handedOut = 0;
  if (most <= 0) return 0;
  for await (const page of oldestFirst(ports.table, pks, { to: iso(now), limit: Math.min(PAGE, most) })) {
    const taken = page.slice(0, most - handedOut);
    const leased: Leased[] = [];
    await inParallel(10, taken, async (entry) => {
      const version = await lease(ports, entry, now);
      if (version !== undefined) leased.push({ entry, version, at: now });
    });
    if (leased.length > 0) await ports.queues[queue].send(leased.map((one) => ({ body: body(one) })));
    handedOut += leased.length;
    if (handedOut >= most) break;
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
  const jitterMs = shardOf(`${entry.sk}${version}`, LEASE_JITTER_MS);
  const put = { ...item, version: version + 1, dueAt: iso(now + SEND_LEASE_MS + jitterMs) };
  try {
    await table.write({ put, if: { version } });
    return version + 1;
  } catch (error) {
    if (error instanceof Contention) return undefined;
    throw error;
  }
}
