// Decides which options the simulation takes, what they mean, and what is said when one is wrong.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

export type SimulationOptions = {
  from: number;
  count: number;
  workers: number;
  /** Print what happened, step by step: of the one seed, or of those that fail. */
  trace: boolean;
  twice: boolean;
  json: boolean;
  mostFailures: number;
  /** Name of a standing mutant, or path of a file with one. */
  mutant?: string;
};

/** What the command line asks for. */
export type Asked = { help: true } | { mutants: true; json: boolean; workers: number } | SimulationOptions;

/** An option that is wrong; the message says which and why. */
export class BadOption extends Error {
  override name = "BadOption";
}

const DEFAULT_SEEDS = 1_000;
const DEFAULT_MOST_FAILURES = 20;
const MOST_WORKERS = 64;

export const HELP = `Runs the pipeline in a simulated world and checks its promises (docs/promises.md).

Usage: npm run simulate -- [options]

One seed is one world: catalogue, people, events, faults and the order of everything are drawn from it. The same seed is
the same world, so a failure can be replayed and read.

  --seeds N             how many seeds to run (${DEFAULT_SEEDS})
  --from N              the first seed (0)
  --seed N              one seed, with its trace: what happened, in order
  --workers N           worker threads (the machine's cores)
  --trace               also print the traces of seeds that fail
  --check-determinism   run every seed twice and compare the traces
  --stop-after N        stop after so many failing seeds (${DEFAULT_MOST_FAILURES})
  --mutant NAME         plant a bug first: a standing mutant, or a JSON file {name, says, edits: [{file, find, replace}]}
  --mutants             check that every standing mutant is found within its stated number of seeds
  --json                print the result as JSON
  --help                this text

Examples:
  npm run simulate -- --seeds 10000 --from 0
  npm run simulate -- --seed 4711
  npm run simulate -- --mutant no-claim --seed 3

Ends with 0 when every promise held, 1 when one was broken, a mutant was not found or a fault point was never reached
(from 1,000 seeds on), 2 when an option is wrong.
`;

/** Reads the arguments; throws `BadOption`. */
export function readOptions(args: string[]): Asked {
  const values = parsed(args);
  if (values.help === true) return { help: true };
  const workers = whole(values.workers, { name: "workers", least: 1, most: MOST_WORKERS }) ?? availableParallelism();
  const json = values.json === true;
  const one = whole(values.seed, { name: "seed", least: 0 });
  if (one !== undefined && (values.seeds ?? values.from) !== undefined)
    throw new BadOption("--seed is one seed; use it without --seeds and --from");
  if (values.mutants === true) {
    if ((values.mutant ?? values.seed ?? values.seeds ?? values.from) !== undefined)
      throw new BadOption(
        "--mutants runs every mutant on its own seeds; use it without --mutant, --seed, --seeds and --from",
      );
    return { mutants: true, json, workers };
  }
  return {
    from: one ?? whole(values.from, { name: "from", least: 0 }) ?? 0,
    count: one === undefined ? (whole(values.seeds, { name: "seeds", least: 1 }) ?? DEFAULT_SEEDS) : 1,
    workers,
    trace: values.trace === true || one !== undefined,
    twice: values["check-determinism"] === true,
    json,
    mostFailures: whole(values["stop-after"], { name: "stop-after", least: 1 }) ?? DEFAULT_MOST_FAILURES,
    ...(values.mutant !== undefined && { mutant: values.mutant }),
  };
}

function parsed(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args,
      options: {
        ...{ seeds: text, from: text, seed: text, workers: text, mutant: text, "stop-after": text },
        ...{ trace: flag, "check-determinism": flag, mutants: flag, json: flag, help: flag },
      },
    }).values;
  } catch (error) {
    throw new BadOption(error instanceof Error ? error.message : String(error));
  }
}

function whole(
  text: string | undefined,
  { name, least, most = Number.MAX_SAFE_INTEGER }: { name: string; least: number; most?: number },
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const upTo = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new BadOption(`--${name} must be a whole number ${upTo}, not "${text}"`);
}
