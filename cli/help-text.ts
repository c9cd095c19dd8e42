// Decides how the command line explains itself: what it can do, and each command with examples.
import { type Command, commonOptions, type Option } from "./command.ts";
import { tableText } from "./output.ts";

const CALL = "npm run relance --";

/** The list of commands. */
export function overviewText(commands: Pick<Command, "name" | "says">[]): string {
  return [
    "Relance: lifecycle marketing. Events in, rules decide, one mail out, every decision explained.",
    "",
    `Usage: ${CALL} COMMAND [OPTIONS]`,
    "",
    tableText(commands.map(({ name, says }) => [name, says])),
    "",
    `Start with npm start. Each command tells more with --help, for example: ${CALL} explain --help`,
    "Environment: PORT (8787), RELANCE_DATA (.relance), RELANCE_WRITE_KEY.",
    "",
  ].join("\n");
}

/** Everything about one command. */
export function helpText({ name, says, positionals, options, examples }: Command): string {
  const names = positionals.map((positional) => (positional.required ? positional.name : `[${positional.name}]`));
  const needed = Object.entries(options).flatMap(([option, spec]) => (spec.required ? [writtenAs(option, spec)] : []));
  const lines = [says, "", `Usage: ${[CALL, name, ...names, ...needed, "[OPTIONS]"].join(" ")}`, ""];
  if (positionals.length > 0)
    lines.push(tableText(positionals.map((positional) => [positional.name, positional.says])), "");
  const all = Object.entries({ ...options, ...commonOptions });
  lines.push("Options:", tableText(all.map(([option, spec]) => [writtenAs(option, spec), spec.says])), "");
  lines.push("For example:", ...examples.flatMap(([typed, does]) => [`  ${CALL} ${typed}`, `      ${does}`]), "");
  return lines.join("\n");
}

const writtenAs = (name: string, { type, value }: Option) =>
  type === "flag" ? `--${name}` : `--${name} ${value ?? "VALUE"}`;
