// Decides which command a command line means, and how it ends: 0 done, 1 failed, 2 not understood.
import { Fault } from "../shared/pipeline/faults.ts";
import type { Call, Command } from "./command.ts";
import { readEnvironment } from "./environment.ts";
import { helpText, overviewText } from "./help-text.ts";
import type { Output } from "./output.ts";
import { jsonText, plainText } from "./output.ts";
import { readArguments } from "./read-arguments.ts";
import { didYouMean, UsageError } from "./usage-error.ts";

/** In the order of the help. Loaded one at a time: most commands need little. */
const commands: Record<string, () => Promise<{ command: Command }>> = {
  dev: () => import("./commands/dev.ts"),
  validate: () => import("./commands/validate.ts"),
  test: () => import("./commands/test.ts"),
  schema: () => import("./commands/schema.ts"),
  plan: () => import("./commands/plan.ts"),
  apply: () => import("./commands/apply.ts"),
  rollback: () => import("./commands/rollback.ts"),
  pause: () => import("./commands/pause.ts"),
  resume: () => import("./commands/resume.ts"),
  status: () => import("./commands/status.ts"),
  doctor: () => import("./commands/doctor.ts"),
  summary: () => import("./commands/summary.ts"),
  explain: () => import("./commands/explain.ts"),
  profile: () => import("./commands/profile.ts"),
  segments: () => import("./commands/segments.ts"),
  sends: () => import("./commands/sends.ts"),
  suppress: () => import("./commands/suppress.ts"),
  consent: () => import("./commands/consent.ts"),
  export: () => import("./commands/export.ts"),
  erase: () => import("./commands/erase.ts"),
  retention: () => import("./commands/retention.ts"),
  audit: () => import("./commands/audit.ts"),
  tail: () => import("./commands/tail.ts"),
  trigger: () => import("./commands/trigger.ts"),
  "import orders": () => import("./commands/import-orders.ts"),
  clock: () => import("./commands/clock.ts"),
};

/** How the process that runs a command answers the person in front of it. */
export type Surroundings = {
  output: Output;
  variables: Record<string, string | undefined>;
  stopOn(signal: AbortController): void;
};

/** Runs one command line and answers its exit code; a fault is printed as its one sentence. */
export async function run(words: string[], { output: given, variables, stopOn }: Surroundings): Promise<number> {
  const output: Output = { ...given, out: (text) => given.out(plainText(text)) };
  let usageExitCode = 2;
  try {
    const [first] = words;
    if (first === undefined || first === "--help" || first === "-h" || words.join() === "help")
      return await overview(output);
    const { command, rest } = await commandOf(first === "help" ? [...words.slice(1), "--help"] : words);
    usageExitCode = command.usageExitCode ?? usageExitCode;
    const args = readArguments(command, rest);
    if (args.flag("help")) {
      output.out(helpText(command));
      return 0;
    }
    const stop = new AbortController();
    if (command.stops) stopOn(stop);
    return await command.run({
      args,
      output,
      environment: readEnvironment(variables),
      signal: stop.signal,
    } satisfies Call);
  } catch (error) {
    return failed(error, { words, output, usageExitCode });
  }
}

async function overview(output: Output): Promise<number> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  output.out(overviewText(all.map(({ command }) => command)));
  return 0;
}

async function commandOf(words: string[]): Promise<{ command: Command; rest: string[] }> {
  for (const length of [2, 1]) {
    const load = commands[words.slice(0, length).join(" ")];
    if (load !== undefined) return { command: (await load()).command, rest: words.slice(length) };
  }
  const names = Object.keys(commands);
  const longer = names.filter((name) => name.startsWith(`${words[0]} `));
  if (longer.length > 0) {
    throw new UsageError(
      `relance ${words[0]} needs to know what: ${longer.map((name) => `relance ${name}`).join(", ")}.`,
    );
  }
  throw new UsageError(
    `There is no command "${words[0]}".${didYouMean(words[0] as string, names)} See: npm run relance -- --help`,
  );
}

type Failing = { words: string[]; output: Output; usageExitCode: number };

function failed(error: unknown, { words, output, usageExitCode }: Failing): number {
  const fault = error instanceof Fault ? error : undefined;
  const exitCode = error instanceof UsageError ? usageExitCode : 1;
  if (words.includes("--json"))
    output.out(jsonText({ error: { code: fault?.code ?? "internal", message: sentenceOf(error) } }));
  else output.err(`relance: ${plainText(sentenceOf(error))}\n`);
  return exitCode;
}

/** Faults speak for themselves; anything else is a mistake of ours, and its stack helps to mend it. */
function sentenceOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
