// Decides how the result of a torture is shown: one Markdown table, a column per mode of the mailer, and what was broken.
import type { Violation } from "./account.ts";
import type { Lookup } from "./nasty-mailer.ts";
import type { Numbers, Tortured } from "./torture.ts";

export type Result = Tortured & { lookup: Lookup };

const MOST_IDS = 20;

const rows: [string, (numbers: Numbers) => number | string][] = [
  ["events posted", ({ events }) => events],
  ["events stored and counted once", ({ stored }) => stored],
  ["duplicates posted, dropped", ({ duplicates }) => duplicates],
  ["malformed posted / answered in `rejected[]`", ({ malformed, rejected }) => `${malformed} / ${rejected}`],
  ["items posted per second, restarts included", ({ perSecond }) => perSecond],
  ["kill -9", ({ kills }) => kills],
  ["messages that the killed were working on", ({ messagesHeld }) => messagesHeld],
  ["batches cut off by a kill, posted again", ({ unanswered }) => unanswered],
  ["intents", ({ intents }) => intents],
  ["= sent", ({ sent }) => sent],
  ["+ refused (consent, frequency cap)", ({ refused }) => refused],
  ["+ abandoned", ({ abandoned }) => abandoned],
  ["+ other states", ({ others }) => others],
  ["mails due (agreed, below the cap)", ({ expected }) => expected],
  ["mails accepted by the mailer", ({ mails }) => mails],
  ["**sent twice**", ({ twice }) => `**${twice}**`],
  ["**lost**", ({ lost }) => `**${lost}**`],
  ["calls throttled", ({ throttled }) => throttled],
  ["calls that hung after accepting", ({ hung }) => hung],
  ["confirmations lost", ({ unconfirmed }) => unconfirmed],
  ["claims left by kills", ({ claimsLeft }) => claimsLeft],
  ["sends in doubt (the three above)", ({ inDoubt }) => inDoubt],
  ["→ settled by the provider's feedback", ({ settledByFeedback }) => settledByFeedback],
  ["→ settled by asking the mailer", ({ settledByLookup }) => settledByLookup],
  ["→ refused after all (never accepted, the cap was full)", ({ refusedInDoubt }) => refusedInDoubt],
  ["→ abandoned: had left / had not", ({ abandonedSent, abandonedUnsent }) => `${abandonedSent} / ${abandonedUnsent}`],
  ["seconds until the queues were empty", ({ drainSeconds }) => drainSeconds],
  ["seconds for the four days after", ({ calmSeconds }) => calmSeconds],
];

/** The table of all results. */
export function tableText(results: Result[]): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const head = line(["what", ...results.map(({ lookup }) => `lookup ${lookup}`)]);
  const body = rows.map(([what, of]) => line([what, ...results.map(({ numbers }) => of(numbers))]));
  return [head, `|---${"|---:".repeat(results.length)}|`, ...body].join("\n");
}

/** What was broken, by which ids, and how to see it again. */
export function violationsText({ violations }: Result, replay: string, folder: string): string {
  const lines = violations.map(({ what, ids }: Violation) => {
    const more = ids.length > MOST_IDS ? `\n    and ${ids.length - MOST_IDS} more (--json has all)` : "";
    return `  ${ids.length} ${what}:\n${ids
      .slice(0, MOST_IDS)
      .map((id) => `    ${id}`)
      .join("\n")}${more}`;
  });
  return `BROKEN (the data are in ${folder}):\n${lines.join("\n")}\nThe same load, kills and moods: ${replay}`;
}
