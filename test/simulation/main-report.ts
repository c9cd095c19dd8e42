// Decides how the result of a simulation is told: the failing seeds with the command that replays each, then the numbers.
import { iso } from "../../shared/domain/instant.ts";
import type { SimulationOptions } from "./main-options.ts";
import type { Total } from "./shards.ts";
import type { Failure } from "./shards-sum.ts";

/** With fewer seeds it is chance which fault points are reached. */
const SEEDS_TO_REACH_ALL = 1_000;

/** Fault points that no seed reached. */
export function neverReached({ faultPoints, faults }: Pick<Total, "faultPoints" | "faults">): string[] {
  return faultPoints.filter((point) => (faults[point] ?? 0) === 0);
}

/** Whether every promise held, and every fault was tried where there were seeds enough for it. */
export function isFine(total: Total, { mutant }: Pick<SimulationOptions, "mutant">): boolean {
  if (total.failures.length > 0) return false;
  return mutant !== undefined || total.seeds < SEEDS_TO_REACH_ALL || neverReached(total).length === 0;
}

/** The command that runs the one seed again, with its trace. */
export function replayOf(seed: number, { mutant }: Pick<SimulationOptions, "mutant">): string {
  return `npm run simulate -- ${mutant === undefined ? "" : `--mutant ${mutant} `}--seed ${seed}`;
}

/** The result for people. */
export function textOf(total: Total, options: SimulationOptions): string {
  const traces = options.count === 1 ? [...(total.lastTrace ?? []), ""].join("\n") : "";
  const parts = total.failures.map((failure) => failureText(failure, options));
  parts.push(numbersText(total, options));
  return `${traces}${parts.join("\n\n")}\n`;
}

/** The result for programs: the same, as one JSON document. */
export function jsonOf(total: Total, options: SimulationOptions): string {
  const { seeds, failures, faults, counts, virtualMs, seconds, cpuMs } = total;
  const failed = failures.map(({ trace, ...failure }) => ({
    ...failure,
    replay: replayOf(failure.seed, options),
    ...(options.trace && { trace }),
  }));
  const numbers = { seconds, seedsPerSecond: seeds / seconds, cpuMsPerSeed: cpuMs / seeds, virtualMs };
  return `${JSON.stringify({ from: options.from, seeds, failed, ...numbers, counts, faults, neverReached: neverReached(total) })}\n`;
}

function failureText({ seed, violations, trace }: Failure, options: SimulationOptions): string {
  const told = violations.map(
    ({ invariant, says, at }) => `  ${invariant}: ${says}${at > 0 ? ` (at ${iso(at)})` : ""}`,
  );
  return [
    ...(options.trace && options.count > 1 ? trace : []),
    `Seed ${seed} broke ${violations.length === 1 ? "a promise" : `${violations.length} promises`}:`,
    ...told,
    `  Replay it: ${replayOf(seed, options)}`,
  ].join("\n");
}

function numbersText(total: Total, options: SimulationOptions): string {
  const { seeds, failures, seconds, cpuMs, counts, faults, faultPoints, virtualMs } = total;
  const never = options.count === 1 ? [] : neverReached(total);
  const reached = faultPoints.map((point): [string, number] => [point, faults[point] ?? 0]);
  return [
    `${amount(seeds)} ${seeds === 1 ? "seed" : "seeds"} from ${options.from} on, ${failures.length} failed`,
    `${seconds.toFixed(1)} s, ${amount(Math.round(seeds / seconds))} seeds/s, ${(cpuMs / seeds).toFixed(2)} ms CPU a seed, ` +
      `${amount(Math.round(virtualMs / 3_600_000))} h of virtual time`,
    ...(seeds < options.count ? [`Ended early: ${amount(options.count - seeds)} seeds were not run.`] : []),
    `\nWhat happened:\n${table(Object.entries(counts))}`,
    `\nFault points, how often each was reached:\n${table(reached.filter(([, n]) => n > 0 || options.count > 1))}`,
    ...(never.length > 0 ? [`\n${neverText(never, seeds)}`] : []),
  ].join("\n");
}

function neverText(never: string[], seeds: number): string {
  const text = `Never reached: ${never.join(", ")}.`;
  return seeds < SEEDS_TO_REACH_ALL
    ? `${text} That may be chance; run ${amount(SEEDS_TO_REACH_ALL)} seeds or more.`
    : `${text} A fault that never happens proves nothing: make the simulation reach it.`;
}

const amount = (n: number) => n.toLocaleString("en-US");

function table(rows: [string, number][]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const digits = Math.max(0, ...rows.map(([, n]) => amount(n).length));
  return rows.map(([name, n]) => `  ${name.padEnd(width)}  ${amount(n).padStart(digits)}`).join("\n");
}
