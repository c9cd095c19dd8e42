// Decides what `npm run simulate` does: reads the options, runs the seeds or the mutants, tells, and ends with a code.
import { BadOption, HELP, readOptions, type SimulationOptions } from "./main-options.ts";
import { isFine, jsonOf, textOf } from "./main-report.ts";
import { huntAll, huntText, mutantOf, UnknownMutant } from "./mutant-run.ts";
import { mutants } from "./mutants.ts";
import { CannotRun, runShards, type Total } from "./shards.ts";

async function runSeeds(options: SimulationOptions): Promise<number> {
  const mutant = options.mutant === undefined ? undefined : mutantOf(options.mutant);
  if (mutant !== undefined) process.stderr.write(`Planted: ${mutant.says}\n`);
  const total = await runShards({ ...options, mutant }, progressOf(options.count));
  process.stdout.write(options.json ? jsonOf(total, options) : textOf(total, options));
  return isFine(total, options) ? 0 : 1;
}

/** Rewrites one line on a terminal, else one line per tenth. */
function progressOf(count: number): (total: Total) => void {
  let tenths = 0;
  return ({ seeds, failures }) => {
    const line = `${seeds} of ${count} seeds, ${failures.length} failed`;
    const reached = Math.floor((seeds / count) * 10);
    if (process.stderr.isTTY) process.stderr.write(`\r${line}${seeds === count ? "\n" : ""}`);
    else if (reached > tenths && count > 1) process.stderr.write(`${line}\n`);
    tenths = reached;
  };
}

async function runMutants({ json, workers }: { json: boolean; workers: number }): Promise<number> {
  const hunts = huntAll(mutants, workers);
  const results = [];
  for (const mutant of mutants) {
    const { line, isFound } = await huntText(
      mutant,
      hunts.get(mutant.name) as NonNullable<ReturnType<typeof hunts.get>>,
    );
    if (!json) process.stdout.write(`${line}\n`);
    results.push({ name: mutant.name, within: mutant.within, isFound, line });
  }
  const missed = results.filter(({ isFound }) => !isFound).length;
  process.stdout.write(json ? `${JSON.stringify(results)}\n` : `${mutants.length} mutants, ${missed} not found\n`);
  return missed === 0 ? 0 : 1;
}

async function main(args: string[]): Promise<number> {
  const asked = readOptions(args);
  if ("help" in asked) {
    process.stdout.write(HELP);
    return 0;
  }
  return "mutants" in asked ? runMutants(asked) : runSeeds(asked);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BadOption || error instanceof UnknownMutant || error instanceof CannotRun)) throw error;
  process.stderr.write(`simulate: ${error.message}.\n`);
  if (error instanceof BadOption) process.stderr.write("npm run simulate -- --help says what there is.\n");
  process.exitCode = error instanceof CannotRun ? 1 : 2;
}
