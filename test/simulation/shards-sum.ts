// Decides what a worker of the simulation is told and what it answers, and how answers are added up.
import type { Mutant } from "./plant.ts";

/** What every range is run with. */
export type ShardTask = {
  mutant?: Mutant | undefined;
  /** Run each seed twice and compare the traces. */
  twice: boolean;
  /** Keep readable traces. */
  trace: boolean;
  /** Only these invariants count; absent: all. */
  invariants?: string[] | undefined;
  /** A range ends early after so many failing seeds. */
  mostFailures: number;
  /** Holds the seed that is being run, for whoever watches. */
  current: Float64Array;
};

export type Range = { from: number; count: number };
export type Failure = {
  seed: number;
  violations: { invariant: string; says: string; at: number }[];
  trace: string[];
};

/** What came of a range. `seeds`: how many were run, fewer when it ended early. */
export type ShardSum = {
  seeds: number;
  failures: Failure[];
  faults: Record<string, number>;
  counts: Record<string, number>;
  virtualMs: number;
  /** What happened in the last seed, when traces are kept. */
  lastTrace?: string[];
};

export type ShardReply = { ready: readonly string[] } | { problem: string } | { sum: ShardSum };

/** Adds numbers by name into a total. */
export function addUp(total: Record<string, number>, numbers: Record<string, number>): void {
  for (const [name, n] of Object.entries(numbers)) total[name] = (total[name] ?? 0) + n;
}
