// Decides what the command line of the torture test means.
import { parseArgs } from "node:util";
import type { Lookup } from "./nasty-mailer.ts";

export type Asked = {
  seconds: number;
  rate: number;
  kills: number;
  seed: number;
  lookups: Lookup[];
  json: boolean;
  help: boolean;
};

export const HELP = `Tortures the local mode: a load of events, kill -9 at random moments, a mailer that fails; then counts everything.

  npm run torture -- [OPTIONS]

  --seconds N     length of the load (60)
  --rate N        items a second: 97 % events, 2 % duplicates, 1 % malformed (500)
  --kills N       how often the server is killed during the load (5)
  --seed N        decides the events, the moments of the kills and the mailer's moods (1)
  --lookup MODE   known: the mailer can be asked what became of a mail; unknowable: it cannot, as SES; both (both)
  --json          the numbers, and all ids of every violation, as JSON
  --help          this text

Exits with 1 when an event, an intent or a mail is not accounted for; the data folder is kept then.
`;

const defaults = { seconds: "60", rate: "500", kills: "5", seed: "1", lookup: "both" };

/** Reads the words behind the command; throws an error with one sentence for what it does not know. */
export function readOptions(words: string[]): Asked {
  const text = (name: keyof typeof defaults) => ({ type: "string" as const, default: defaults[name] });
  const flag = { type: "boolean" as const, default: false };
  const { values } = parseArgs({
    args: words,
    options: {
      seconds: text("seconds"),
      rate: text("rate"),
      kills: text("kills"),
      seed: text("seed"),
      lookup: text("lookup"),
      json: flag,
      help: { ...flag, short: "h" },
    },
  });
  return {
    seconds: wholeNumber("seconds", values.seconds, 1),
    rate: wholeNumber("rate", values.rate, 1),
    kills: wholeNumber("kills", values.kills, 0),
    seed: wholeNumber("seed", values.seed, 0),
    lookups: lookupsOf(values.lookup),
    json: values.json,
    help: values.help,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= least) return number;
  throw new Error(`--${name} must be a whole number from ${least}, not "${text}".`);
}

function lookupsOf(text: string): Lookup[] {
  if (text === "both") return ["known", "unknowable"];
  if (text === "known" || text === "unknowable") return [text];
  throw new Error(`--lookup must be known, unknowable or both, not "${text}".`);
}
