// Decides whether the simulation finds a planted bug: within its stated number of seeds, by an invariant that may find it.
import { readFileSync } from "node:fs";
import { mutants } from "./mutants.ts";
import type { Mutant } from "./plant.ts";
import { CannotRun, runShards } from "./shards.ts";
import type { Failure } from "./shards-sum.ts";

/** What became of one mutant. `seeds`: how many were run; `found` is absent when none of them found it. */
export type Hunt = { mutant: Mutant; seeds: number; seconds: number; found?: Failure };

/** A mutant that is stored under no such name. */
export class UnknownMutant extends Error {
  override name = "UnknownMutant";
}

/** The standing mutant of that name, or the one in a JSON file. */
export function mutantOf(name: string): Mutant {
  if (name.endsWith(".json")) return { within: Number.MAX_SAFE_INTEGER, ...JSON.parse(readFileSync(name, "utf8")) };
  const mutant = mutants.find((one) => one.name === name);
  if (mutant !== undefined) return mutant;
  throw new UnknownMutant(`there is no mutant "${name}"; there are ${mutants.map((one) => one.name).join(", ")}`);
}

/** Runs seeds from 0 on with the bug, up to the first that finds it. Throws `CannotRun` when the bug has no place. */
export async function hunt(mutant: Mutant): Promise<Hunt> {
  const { seeds, seconds, failures } = await runShards({
    ...{ mutant, from: 0, count: mutant.within, invariants: mutant.invariants },
    ...{ workers: 1, mostFailures: 1, trace: false, twice: false },
  });
  const [found] = failures;
  return { mutant, seeds, seconds, ...(found && { found }) };
}

/** Hunts all mutants, some at a time; a promise for each, by name. */
export function huntAll(all: readonly Mutant[], atOnce: number): Map<string, Promise<Hunt>> {
  const lanes = Array.from({ length: Math.max(1, atOnce) }, () => Promise.resolve());
  return new Map(
    all.map((mutant, index) => {
      const lane = index % lanes.length;
      const hunted = (lanes[lane] as Promise<void>).then(() => hunt(mutant));
      lanes[lane] = hunted.then(
        () => undefined,
        () => undefined,
      );
      return [mutant.name, hunted];
    }),
  );
}

/** What became of a mutant, in one line; a bug that has no place any more is as bad as one that was not found. */
export async function huntText(mutant: Mutant, hunted: Promise<Hunt>): Promise<{ line: string; isFound: boolean }> {
  try {
    const { seeds, seconds, found } = await hunted;
    const took = `${seeds} of ${mutant.within} seeds, ${seconds.toFixed(1)} s`;
    if (found === undefined) return { line: `NOT FOUND  ${mutant.name} (${took}): ${mutant.says}`, isFound: false };
    const [by] = found.violations;
    return {
      line: `found      ${mutant.name} (${took}) by ${by?.invariant} in seed ${found.seed}: ${by?.says}`,
      isFound: true,
    };
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    return { line: `BROKEN     ${error.message}`, isFound: false };
  }
}
