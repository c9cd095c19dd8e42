// Decides what a log says of an error: where it went wrong, never what was being worked on.
import { Fault } from "./faults.ts";

/** Enough to find the place. */
const MOST_FRAMES = 8;

/**
 * A fault's own words, which name no person; of any other error its name and where it was thrown: what such an error says of
 * itself may quote what it was given (`JSON.parse` and date parsers do). Causes are told by their names.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 3; cause = cause.cause)
    causes.push(cause.name);
  const because = causes.length === 0 ? "" : ` (${causes.join(", ")})`;
  if (error instanceof Fault) return `${error.code}: ${error.message}${because}`;
  return [`${error.name}${because}`, ...framesOf(error)].join("\n");
}

/** The error as it may leave a function: whoever catches it there writes it into a log. */
export function withoutData(error: unknown): Error {
  if (error instanceof Fault) return error;
  const [message = "", ...frames] = errorText(error).split("\n");
  const bare = new Error(message);
  bare.stack = [`Error: ${message}`, ...frames].join("\n");
  return bare;
}

/** A message may have lines of its own, which look like anything: they are cut off before the frames are read. */
function framesOf({ message, stack = "" }: Error): string[] {
  const start = stack.indexOf(message);
  const behind = start < 0 ? stack : stack.slice(start + message.length);
  return behind
    .split("\n")
    .filter((line) => /^\s+at \S/.test(line))
    .slice(0, MOST_FRAMES);
}
