// Decides how long work is done: a job does pages, keeps its cursor and counts, and comes back through the due index.
import { type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { errorText } from "./error-text.ts";
import { Contention, Fault } from "./faults.ts";
import { backfillPage } from "./jobs/backfill.ts";
import { broadcastPage } from "./jobs/broadcast.ts";
import { erasurePage } from "./jobs/erasure.ts";
import { type Job, type JobKind, jobWrite, loadJob, type PageResult, waiting } from "./jobs/job-record.ts";
import { nightlyPage } from "./jobs/nightly.ts";
import { providerCheckPage } from "./jobs/provider-check.ts";
import { reapplyPage } from "./jobs/reapply.ts";
import { releasePage } from "./jobs/release.ts";
import { retentionPage } from "./jobs/retention.ts";
import { suppressionPullPage } from "./jobs/suppression-pull.ts";
import { jobKey } from "./keys.ts";
import type { Ports } from "./ports.ts";

const pageOf: Record<JobKind, (ports: Ports, job: Job) => Promise<PageResult>> = {
  nightly: nightlyPage,
  backfill: backfillPage,
  broadcast: broadcastPage,
  release: releasePage,
  "provider-check": providerCheckPage,
  "suppression-pull": suppressionPullPage,
  erasure: erasurePage,
  retention: retentionPage,
  reapply: reapplyPage,
};

/** What one call does at most before others get their turn. */
const PAGES_PER_CALL = 20;
const CALL_MS = SECOND_MS / 4;
/** A job whose worker is gone is handed out again after this. */
const LEASE_MS = 10 * MINUTE_MS;
/** How far the clock that handed a job out may be ahead of ours. */
const CLOCK_SKEW_MS = 5 * SECOND_MS;

/**
 * Does pages of a job. Cursor and counts are committed after each, if nobody else did; what is left follows at once through
 * the queue, and through the due index when that pointer is lost. Throws a retryable `Fault` when a page must be repeated.
 */
export async function work(ports: Ports, jobId: string): Promise<void> {
  const until = ports.clock.now() + CALL_MS;
  let job = await started(ports, jobId);
  for (let pages = 1; job !== undefined; pages++) {
    job = await doPage(ports, job);
    if (job === undefined || (pages < PAGES_PER_CALL && ports.clock.now() < until)) continue;
    await ports.queues.jobs.send([{ body: { job: { id: job.id } } }]);
    return;
  }
}

/** The job as it runs; `undefined` when it has ended, or waits for a start that has not come. */
async function started({ table, clock }: Ports, jobId: string): Promise<Job | undefined> {
  const job = await loadJob({ table }, jobId);
  if (job === undefined || pageOf[job.kind] === undefined) return undefined;
  if (job.state !== "waiting") return job.state === "running" ? job : undefined;
  const startsAt = job.startsAt as Instant;
  if (startsAt > clock.now() + CLOCK_SKEW_MS) return undefined;
  await clock.sleepUntil(startsAt);
  const { startsAt: _, finishedAt: __, ...rest } = job;
  return { ...rest, state: "running", startedAt: clock.now(), counts: { done: 0 } };
}

/** Does and commits one page; `undefined` when there is nothing left to do here. */
async function doPage(ports: Ports, job: Job): Promise<Job | undefined> {
  const result = await resultOf(ports, job);
  const now = ports.clock.now();
  const after = jobAfter(job, result, now);
  const write =
    after === undefined
      ? { delete: jobKey(job.id), if: { version: job.version } }
      : jobWrite(after, after.state === "running" ? now + LEASE_MS : after.startsAt);
  try {
    await ports.table.write(write);
  } catch (error) {
    // Somebody else is at it, or changed what is to be done.
    if (error instanceof Contention) return undefined;
    throw error;
  }
  return after?.state === "running" ? { ...after, version: after.version + 1 } : undefined;
}

async function resultOf(ports: Ports, job: Job): Promise<PageResult> {
  try {
    return await pageOf[job.kind](ports, job);
  } catch (error) {
    if (!(error instanceof Fault) || error.retryable) throw error;
    ports.log.error("job failed", { job: job.id, error: errorText(error) });
    return { next: "fail", problem: error.message };
  }
}

function jobAfter(job: Job, result: PageResult, now: Instant): Job | undefined {
  const { cursor: _, ...ended } = { ...job, finishedAt: now };
  switch (result.next) {
    case "page":
      return { ...job, cursor: result.cursor, counts: result.counts };
    case "wait": {
      const { until, counts, params = job.params } = result;
      return waiting({ ...ended, counts, params }, until);
    }
    case "turn":
      return waiting({ ...job, counts: result.counts, params: result.params }, result.until);
    case "end":
      return { ...ended, state: result.state, counts: result.counts };
    case "fail":
      return { ...ended, state: "failed", problem: result.problem };
    case "drop":
      return undefined;
  }
}
