// Decides how pausing and resuming are asked for and answered on the command line.
import type { LedgerView } from "../shared/pipeline/views/ledger.ts";
import type { StopView, SwitchView } from "../shared/pipeline/views/stops.ts";
import { type Client, withClient } from "./client.ts";
import type { Call, Option } from "./command.ts";
import { countText, jsonText, numberText, timeText } from "./output.ts";
import { didYouMean, UsageError } from "./usage-error.ts";

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
  const reason = reasonOf(args.text("reason"));
  const path = campaign === undefined ? "/api/account" : `/api/campaigns/${encodeURIComponent(campaign)}`;
  const turn = async (client: Client) => {
    if (campaign !== undefined && !CAMPAIGN_ID.test(campaign)) throw await notACampaign(client, campaign);
    try {
      return await client.post<SwitchView>(`${path}/${verb}`, reason === undefined ? {} : { reason });
    } catch (error) {
      throw (error as { code?: string }).code === "no_such_campaign"
        ? await notACampaign(client, campaign ?? "")
        : error;
    }
  };
  // A pause comes before what has become due since anything ran here.
  const view = await withClient(environment, turn, { first: verb === "pause" });
  output.out(args.flag("json") ? jsonText(view) : `${text(view)}\n`);
  return 0;
}

/** What can stand in a path as it is; no campaign is called otherwise. */
const CAMPAIGN_ID = /^[a-z0-9][a-z0-9-]*$/;
const MOST_LETTERS = 500;

/** A campaign that nobody knows is a mistake in the command line. */
async function notACampaign(client: Client, asked: string): Promise<UsageError> {
  const { items } = await client.get<LedgerView>("/api/ledger");
  const ever = items.map(({ campaign }) => campaign);
  return new UsageError(
    `There is no campaign "${asked}".${didYouMean(asked, ever)} Campaigns: ${ever.join(", ") || "none was ever published"}.`,
  );
}

function reasonOf(text: string | undefined): string | undefined {
  const reason = text?.trim().replace(/\s+/gu, " ");
  if (reason === "") throw new UsageError("--reason is empty: say why, or leave it out.");
  if (reason !== undefined && reason.length > MOST_LETTERS)
    throw new UsageError(`--reason must have at most ${MOST_LETTERS} letters; this one has ${reason.length}.`);
  return reason;
}

/** How many mails wait, and what becomes of them by waiting. */
export function heldLines(held: SwitchView["held"]): string[] {
  if (held === undefined) return [];
  const { total, tooLate, nextExpiresAt, more } = held;
  const waits = `${more ? "At least " : ""}${countText(total, "mail")} of it ${total === 1 ? "waits" : "wait"}`;
  const late = tooLate === 0 ? "" : `; ${numberText(tooLate)} of these too late already, which end as expired`;
  const next = nextExpiresAt === undefined ? "" : `; the next one is too late from ${timeText(nextExpiresAt)} on`;
  return [`${waits}${late}${next}.`];
}

/** "The campaign welcome", "The account". */
export const subjectOf = (campaign: string | undefined) =>
  campaign === undefined ? "The account" : `The campaign ${campaign}`;

/** "paused by an operator since 2026-03-01 09:00 UTC (too many complaints)". */
export const stopText = (stop: StopView): string => `paused ${whoText(stop)}`;

/** "by an operator since 2026-03-01 09:00 UTC (too many complaints)", in one line. */
export function whoText({ at, by, who, reason }: StopView): string {
  const whom = by === "automatic" ? "by Relance itself" : `by ${who ?? "an operator"}`;
  const why = reason === undefined ? "" : ` (${reason.replace(/\s+/gu, " ")})`;
  return `${whom}${at === undefined ? "" : ` since ${timeText(at)}`}${why}`;
}
