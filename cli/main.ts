// Decides what `relance` is as a process: its streams, its signals, its exit code.
import { processOutput } from "./output.ts";
import { run } from "./run.ts";

const STOPPED_AT_ONCE = 130;
/** npm and the launcher hand on what the terminal has sent to everybody already: one Ctrl-C may come more than once. */
const SAME_PRESS_MS = 500;

/** The first Ctrl-C asks the command to end in good order, the second ends the process at once. */
function stopOn(stop: AbortController): void {
  let pressedAt: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (pressedAt !== undefined && performance.now() - pressedAt > SAME_PRESS_MS) process.exit(STOPPED_AT_ONCE);
      pressedAt ??= performance.now();
      stop.abort();
    });
  }
}

process.exitCode = await run(process.argv.slice(2), { output: processOutput(), variables: process.env, stopOn });
