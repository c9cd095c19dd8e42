// Decides how seeds are spread over worker threads, when enough of them failed, and when one of them hangs.
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { addUp, type Failure, type Range, type ShardReply, type ShardSum, type ShardTask } from "./shards-sum.ts";

export type Told = Omit<ShardTask, "current"> & Range & { workers: number };

/** What came of all seeds. CPU and seconds: without the start of the workers. */
export type Total = ShardSum & { faultPoints: readonly string[]; seconds: number; cpuMs: number };

/** The simulation could not begin: its own code, or the bug that was to be planted, is broken. */
export class CannotRun extends Error {
  override name = "CannotRun";
}

/** A seed that takes longer does not end by itself. */
const HANGS_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
const MOST_AT_ONCE = 50;

type Shared = { told: Told; total: Total; next: number; progress: (total: Total) => void };

/** Runs the seeds; ends early after `mostFailures` failing ones, or when a seed hangs. Throws `CannotRun`. */
export async function runShards(told: Told, progress: (total: Total) => void = () => {}): Promise<Total> {
  const total: Total = {
    ...{ seeds: 0, failures: [], faults: {}, counts: {}, virtualMs: 0 },
    ...{ faultPoints: [], seconds: 0, cpuMs: 0 },
  };
  const count = Math.max(1, Math.min(told.workers, told.count));
  const workers = await startAll(told, count);
  const shared: Shared = { told, total, next: told.from, progress };
  total.faultPoints = workers[0]?.faultPoints ?? [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  try {
    await Promise.all(workers.map((worker) => serve(worker, shared)));
  } finally {
    const { user, system } = process.cpuUsage(cpuBefore);
    total.cpuMs = (user + system) / 1_000;
    total.seconds = (performance.now() - startedAt) / 1_000;
    await Promise.all(workers.map(({ thread }) => thread.terminate()));
  }
  total.failures.sort((a, b) => a.seed - b.seed);
  return total;
}

type Started = { thread: Worker; current: Float64Array; faultPoints: readonly string[] };

async function startAll(told: Told, count: number): Promise<Started[]> {
  const starting = Array.from({ length: count }, () => startOne(told));
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = settled.find((one) => one.status === "rejected");
  if (failed === undefined) return started;
  await Promise.all(started.map(({ thread }) => thread.terminate()));
  throw failed.reason;
}

async function startOne({ workers: _, from: __, count: ___, ...task }: Told): Promise<Started> {
  const current = new Float64Array(new SharedArrayBuffer(8)).fill(-1);
  const thread = new Worker(new URL("./shards-worker.ts", import.meta.url), {
    workerData: { ...task, current } satisfies ShardTask,
    execArgv: [],
    // A seed makes some 10 MB of garbage: with more room for it less is copied.
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  });
  const reply = await answer(thread).catch(async (error: Error) => ({ problem: error.message }));
  if ("ready" in reply) return { thread, current, faultPoints: reply.ready };
  await thread.terminate();
  throw new CannotRun("problem" in reply ? reply.problem : "a worker answered before it was asked");
}

/** The next message of a worker. */
function answer(thread: Worker): Promise<ShardReply> {
  return new Promise((resolve, reject) => {
    const ended = (code: number) => settle(() => reject(new CannotRun(`a worker ended with code ${code}`)));
    const failed = (error: unknown) => settle(() => reject(error));
    const replied = (reply: ShardReply) => settle(() => resolve(reply));
    const settle = (how: () => void) => {
      thread.off("message", replied).off("error", failed).off("exit", ended);
      how();
    };
    thread.on("message", replied).on("error", failed).on("exit", ended);
  });
}

/** Gives one worker range after range, until the seeds are used up or enough have failed. */
async function serve(worker: Started, shared: Shared): Promise<void> {
  const { told, total } = shared;
  const end = told.from + told.count;
  const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.ceil(told.count / told.workers / 8)));
  while (shared.next < end && total.failures.length < told.mostFailures) {
    const from = shared.next;
    const count = Math.min(atOnce, end - from);
    shared.next += count;
    const sum = await runIn(worker, { from, count });
    takeSum(total, sum);
    if (sum.broken === true) shared.next = end;
    shared.progress(total);
  }
}

/** One range in one worker. A seed that hangs, or takes the worker down, is a failure of that seed. */
async function runIn({ thread, current }: Started, range: Range): Promise<ShardSum & { broken?: true }> {
  const broken = (says: string): ShardSum & { broken: true } => {
    const failure: Failure = {
      seed: current[0] ?? range.from,
      violations: [{ invariant: "simulation", says, at: 0 }],
      trace: [],
    };
    return { seeds: 1, failures: [failure], faults: {}, counts: {}, virtualMs: 0, broken: true };
  };
  const watch = watchFor(current);
  try {
    const answered = answer(thread);
    thread.postMessage(range);
    const reply = await Promise.race([answered, watch.hangs]);
    if (reply === "hangs") return broken(`the seed did not end within ${HANGS_AFTER_MS / 1_000} s`);
    return "sum" in reply ? reply.sum : broken("the worker answered something else");
  } catch (error) {
    return broken(`the worker ended: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    watch.stop();
  }
}

/** Tells when the same seed has been run for too long. */
function watchFor(current: Float64Array): { hangs: Promise<"hangs">; stop: () => void } {
  let [seed, since] = [current[0], performance.now()];
  let looking: NodeJS.Timeout | undefined;
  const hangs = new Promise<"hangs">((resolve) => {
    looking = setInterval(() => {
      if (current[0] !== seed) [seed, since] = [current[0], performance.now()];
      else if (performance.now() - since > HANGS_AFTER_MS) resolve("hangs");
    }, LOOK_EVERY_MS);
  });
  return { hangs, stop: () => clearInterval(looking) };
}

function takeSum(total: Total, { seeds, failures, faults, counts, virtualMs, lastTrace }: ShardSum): void {
  total.seeds += seeds;
  total.virtualMs += virtualMs;
  total.failures.push(...failures);
  addUp(total.faults, faults);
  addUp(total.counts, counts);
  if (lastTrace !== undefined) total.lastTrace = lastTrace;
}
