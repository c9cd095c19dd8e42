// Decides what a command of the command line is: its name, what it takes, what it says of itself, what it does.
import type { Environment } from "./environment.ts";
import type { Output } from "./output.ts";

/** An option as written `--name VALUE`, or `--name` alone for a flag. */
export type Option = {
  type: "text" | "flag";
  says: string;
  /** How the value is called in the help; only for texts. */
  value?: string;
  /** May be given more than once. */
  many?: true;
  required?: true;
};

export type Positional = { name: string; says: string; required?: true };

/** What was written behind the command's name, checked against its options. */
export type Arguments = {
  positionals: string[];
  text(name: string): string | undefined;
  flag(name: string): boolean;
  all(name: string): string[];
};

/** Everything a command gets; `signal` aborts at Ctrl-C. */
export type Call = { args: Arguments; output: Output; environment: Environment; signal: AbortSignal };

export type Command = {
  /** One word, or two: "import orders". */
  name: string;
  /** One sentence. */
  says: string;
  positionals: Positional[];
  options: Record<string, Option>;
  /** What to type behind `relance`, and what that does. */
  examples: [typed: string, does: string][];
  /** What a wrong usage ends with; 2 unless that says something else here. */
  usageExitCode?: 1;
  /** Ends by itself at Ctrl-C, in good order; others are simply stopped. */
  stops?: true;
  /** Answers the exit code: 0 done, 1 failed. */
  run(call: Call): Promise<number>;
};

/** Options of every command. */
export const commonOptions: Record<string, Option> = {
  json: { type: "flag", says: "answer in JSON, for machines" },
  help: { type: "flag", says: "show this help" },
};
