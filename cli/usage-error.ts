// Decides how wrong usage is said: one sentence, and exit code 2.
import { closest } from "../shared/domain/closest.ts";
import { Fault } from "../shared/pipeline/faults.ts";

/** The command line was not understood, or asks for something that makes no sense. */
export class UsageError extends Fault {
  constructor(message: string) {
    super("usage", message, { retryable: false });
  }
}

/** ` Did you mean welcome?`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const nearest = closest(word, candidates);
  return nearest === undefined ? "" : ` Did you mean ${nearest}?`;
}
