// Decides what one worker of the simulation does: plants the bug it was told, then runs the ranges of seeds it is given.
import { parentPort, workerData } from "node:worker_threads";
import { plant } from "./plant.ts";
import { addUp, type Failure, type Range, type ShardReply, type ShardSum, type ShardTask } from "./shards-sum.ts";

type Engine = Pick<typeof import("./run-seed.ts"), "faultPoints" | "runSeed">;

async function runRange(engine: Engine, task: ShardTask, { from, count }: Range): Promise<ShardSum> {
  const sum: ShardSum = { seeds: 0, failures: [], faults: {}, counts: {}, virtualMs: 0 };
  for (let seed = from; seed < from + count && sum.failures.length < task.mostFailures; seed++) {
    task.current[0] = seed;
    const failure = await runOne(engine, task, { seed, sum });
    if (failure.violations.length > 0) sum.failures.push(failure);
    sum.seeds += 1;
    if (task.trace) sum.lastTrace = failure.trace;
  }
  return sum;
}

async function runOne(
  { runSeed }: Engine,
  { trace, twice, invariants }: ShardTask,
  { seed, sum }: { seed: number; sum: ShardSum },
): Promise<Failure> {
  try {
    const result = await runSeed(seed, { trace });
    addUp(sum.faults, result.faults);
    addUp(sum.counts, result.counts);
    sum.virtualMs += result.virtualMs;
    const unawaited = strays.splice(0).map((says) => ({ invariant: "unexpected", says, at: 0 }));
    const violations = [...result.violations, ...unawaited].filter(
      ({ invariant }) => invariants?.includes(invariant) ?? true,
    );
    if (twice && (await runSeed(seed, { trace })).traceHash !== result.traceHash)
      violations.push({ invariant: "I16", says: "the same seed gave another trace when it was run again", at: 0 });
    return { seed, violations, trace: result.trace };
  } catch (error) {
    const says = `the simulation itself broke: ${error instanceof Error ? error.stack : String(error)}`;
    return { seed, violations: [{ invariant: "simulation", says, at: 0 }], trace: [] };
  }
}

/** What failed in promises that nobody waited for. */
const strays: string[] = [];

async function prepare({ mutant }: ShardTask): Promise<Engine> {
  const unloaded = mutant === undefined ? () => [] : plant(mutant);
  const { faultPoints, runSeed } = await import("./run-seed.ts");
  if (unloaded().length > 0)
    throw new TypeError(`mutant "${mutant?.name}" changes ${unloaded().join(", ")}, which the simulation never loads`);
  return { faultPoints, runSeed };
}

async function serve(port: NonNullable<typeof parentPort>, task: ShardTask): Promise<void> {
  const reply = (message: ShardReply) => port.postMessage(message);
  // Faults are thrown by the thousand; where one was thrown is only for those who read a trace.
  if (!task.trace) Error.stackTraceLimit = 0;
  process.on("unhandledRejection", (error) => strays.push(`a promise that nobody waits for failed: ${error}`));
  try {
    const engine = await prepare(task);
    port.on("message", (range: Range) => {
      runRange(engine, task, range).then(
        (sum) => reply({ sum }),
        (error: unknown) => reply({ problem: String(error) }),
      );
    });
    reply({ ready: engine.faultPoints });
  } catch (error) {
    reply({ problem: error instanceof Error ? error.message : String(error) });
  }
}

if (parentPort !== null) await serve(parentPort, workerData as ShardTask);
