// Decides how the shop's numbers are asked for.
import type { Summary } from "../../shared/pipeline/views/summary.ts";
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jsonText } from "../output.ts";
import { summaryText } from "../summary-text.ts";

export const command: Command = {
  name: "summary",
  says: "Show the shop in numbers: events, profiles, segments, mails sent and not sent.",
  positionals: [],
  options: {},
  examples: [["summary", "counts everything now and shows it"]],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const summary = await withClient(environment, (client) => client.get<Summary>("/api/summary"));
  output.out(args.flag("json") ? jsonText(summary) : `${summaryText(summary)}\n`);
  return 0;
}
