// Decides how pausing and resuming are asked for and answered on the command line.
import type { StopView, SwitchView } from "../shared/pipeline/views/stops.ts";
import { type Client, withClient } from "./client.ts";
import type { Call, Option } from "./command.ts";
import { jsonText, timeText } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export const stopOptions: Record<string, Option> = {
  account: { type: "flag", says: "every mail of the account, instead of one campaign's" },
  reason: { type: "text", value: "TEXT", says: "why; kept beside it, and shown by relance status" },
};

/** Turns the switch of the campaign or of the account, and prints `text`, or the answer as JSON. */
export async function turnSwitch(
  { args, environment, output }: Call,
  verb: "pause" | "resume",
  text: (view: SwitchView) => string,
): Promise<number> {
  const campaign = args.positionals[0];
  if (campaign === undefined && !args.flag("account"))
    throw new UsageError(
      `relance ${verb} needs to know what: a campaign (relance ${verb} welcome), or every mail: relance ${verb} --account.`,
    );
  if (campaign !== undefined && args.flag("account"))
    throw new UsageError(
      `Name a campaign, or write --account for every mail; "${campaign}" and --account are two things.`,
    );
  const reason = args.text("reason");
  const path = campaign === undefined ? "/api/account" : `/api/campaigns/${encodeURIComponent(campaign)}`;
  const turn = (client: Client) => client.post<SwitchView>(`${path}/${verb}`, reason === undefined ? {} : { reason });
  // A pause comes before what has become due since anything ran here.
  const view = await withClient(environment, turn, { first: verb === "pause" });
  output.out(args.flag("json") ? jsonText(view) : `${text(view)}\n`);
  return 0;
}

/** "The campaign welcome", "The account". */
export const subjectOf = (campaign: string | undefined) =>
  campaign === undefined ? "The account" : `The campaign ${campaign}`;

/** "paused by an operator since 2026-03-01 09:00 UTC (too many complaints)". */
export function stopText({ at, by, reason }: StopView): string {
  const who = by === "automatic" ? "paused by Relance itself" : "paused by an operator";
  return `${who}${at === undefined ? "" : ` since ${timeText(at)}`}${reason === undefined ? "" : ` (${reason})`}`;
}
