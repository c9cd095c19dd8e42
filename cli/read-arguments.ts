// Decides what a command line means: options and names checked against the command, or one sentence that says what is wrong.
import { parseArgs } from "node:util";
import { type Arguments, type Command, commonOptions, type Option } from "./command.ts";
import { didYouMean, UsageError } from "./usage-error.ts";

type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** Reads what stands behind the command's name. Throws a `UsageError` for whatever the command does not know. */
export function readArguments(command: Command, words: string[]): Arguments {
  const options = { ...command.options, ...commonOptions };
  const positionals: string[] = [];
  const given = new Map<string, string[]>();
  for (const token of tokensOf(options, words)) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const value = checkedValue(command, token, options);
    const before = given.get(token.name) ?? [];
    if (before.length > 0 && options[token.name]?.many !== true)
      throw new UsageError(`${token.rawName} is given twice.`);
    given.set(token.name, [...before, value]);
  }
  const args: Arguments = {
    positionals,
    text: (name) => given.get(name)?.[0],
    flag: (name) => given.has(name),
    all: (name) => given.get(name) ?? [],
  };
  if (!args.flag("help")) checkComplete(command, args);
  return args;
}

function tokensOf(options: Record<string, Option>, words: string[]) {
  const known = Object.entries(options).map(([name, { type, many }]) => {
    const kind = type === "flag" ? ("boolean" as const) : ("string" as const);
    return [name, { type: kind, multiple: many === true, ...(name === "help" && { short: "h" }) }] as const;
  });
  const how = { args: words, options: Object.fromEntries(known), strict: false, allowPositionals: true, tokens: true };
  return parseArgs({ ...how, tokens: true }).tokens;
}

function checkedValue(command: Command, token: OptionToken, options: Record<string, Option>): string {
  const option = options[token.name];
  if (option === undefined) {
    const near = didYouMean(
      `--${token.name}`,
      Object.keys(options).map((name) => `--${name}`),
    );
    throw new UsageError(`relance ${command.name} has no option ${token.rawName}.${near} ${helpHint(command.name)}`);
  }
  if (option.type === "flag") {
    if (token.inlineValue) throw new UsageError(`${token.rawName} takes no value.`);
    return "";
  }
  const missing = token.value === undefined || (!token.inlineValue && token.value.startsWith("--"));
  if (missing) throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value ?? "VALUE"}.`);
  return token.value as string;
}

function checkComplete(command: Command, args: Arguments): void {
  for (const [index, { name, says, required }] of command.positionals.entries()) {
    if (required && args.positionals[index] === undefined) {
      throw new UsageError(`relance ${command.name} needs ${name}, ${says}. ${helpHint(command.name)}`);
    }
  }
  const extra = args.positionals[command.positionals.length];
  if (extra !== undefined)
    throw new UsageError(`relance ${command.name} does not know what to do with "${extra}". ${helpHint(command.name)}`);
  const missing = Object.entries(command.options).filter(([name, { required }]) => required && !args.flag(name));
  if (missing.length > 0) {
    const names = missing.map(([name, { value }]) => `--${name} ${value ?? "VALUE"}`).join(", ");
    throw new UsageError(`relance ${command.name} needs ${names}. ${helpHint(command.name)}`);
  }
}

const helpHint = (name: string) => `See: npm run relance -- ${name} --help`;
