// Decides how a person is asked before something goes live; where nobody can be asked, --yes must have said it.
import { createInterface } from "node:readline/promises";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Call } from "../command.ts";

/** Whether to go on: --yes, or the person says y. Throws `needs_yes` where nobody can be asked. */
export async function confirmed({ args, output, signal }: Call, question: string): Promise<boolean> {
  if (args.flag("yes")) return true;
  if (!process.stdin.isTTY || !output.isTerminal || args.flag("json")) {
    throw new Fault("needs_yes", `${question} Nobody can be asked here: say yes with --yes.`, { retryable: false });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `, { signal })).trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    asking.close();
  }
}
