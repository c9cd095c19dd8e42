// Decides how long a list on the command line gets.
import type { Arguments, Option } from "./command.ts";
import { UsageError } from "./usage-error.ts";

const DEFAULT_MOST = 50;

export const mostOption: Option = { type: "text", value: "N", says: `show at most so many (${DEFAULT_MOST})` };

/** The number given with `--most`. */
export function mostOf(args: Arguments): number {
  const text = args.text("most");
  const most = Number(text ?? DEFAULT_MOST);
  if (Number.isInteger(most) && most > 0) return most;
  throw new UsageError(`--most must be a whole number above 0, not "${text}".`);
}
