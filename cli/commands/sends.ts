// Decides how sends are listed: how many were planned and what became of them, then one by one, with the reason.
import { askedStates, statesAsked, TOO_LATE } from "../../shared/domain/ledger.ts";
import { sendReasons, stopsText } from "../../shared/domain/send-words.ts";
import type { LedgerView } from "../../shared/pipeline/views/ledger.ts";
import type { sendView } from "../../shared/pipeline/views/send-view.ts";
import { type Client, listOf, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { ledgerText } from "../ledger-text.ts";
import { mostOf, mostOption } from "../most-option.ts";
import { jsonText, tableText, timeText } from "../output.ts";
import { didYouMean, UsageError } from "../usage-error.ts";

type SendView = ReturnType<typeof sendView>;
type Shown = Pick<
  SendView,
  "at" | "state" | "campaign" | "step" | "profileId" | "reason" | "detail" | "heldUntil" | "stoppedBy" | "expiresAt"
>;
type Sends = { items: Shown[]; more: boolean };

export const command: Command = {
  name: "sends",
  says: "Account for every mail that was planned: what left, what did not and why; then list them.",
  positionals: [],
  options: {
    campaign: { type: "text", value: "ID", says: "only of this campaign, also of one that is archived" },
    state: {
      type: "text",
      value: "STATE",
      says: `list only these: ${askedStates.join(", ")} (HELD: all that still wait to leave)`,
    },
    reason: { type: "text", value: "REASON", says: "list only these: a reason as the table shows it, such as holdout" },
    most: mostOption,
  },
  examples: [
    ["sends", "the ledger: planned = sent + refused + held + rejected + unknown + abandoned + expired"],
    ["sends --campaign welcome --state REFUSED", "who did not get the welcome mail, and why"],
    ["sends --state HELD --reason quiet-hours", "mails that wait for the end of quiet hours, and until when"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const [campaign, state, reason] = [args.text("campaign"), args.text("state"), args.text("reason")];
  checkKnown({ state, reason });
  const most = mostOf(args);
  const { ledger, sends } = await withClient(environment, async (client) => ({
    ledger: await ledgerOf(client, campaign),
    sends: await listOf<SendView>(client, "/api/sends", { campaign, state, reason, most }),
  }));
  output.out(args.flag("json") ? jsonText({ ledger, ...sends }) : `${ledgerText(ledger)}\n${listText(sends)}\n`);
  return 0;
}

/** A campaign that nobody knows is a mistake in the command line. */
async function ledgerOf(client: Client, campaign: string | undefined): Promise<LedgerView> {
  try {
    return await client.get<LedgerView>("/api/ledger", { campaign });
  } catch (error) {
    if ((error as { code?: string }).code === "no_such_campaign") throw new UsageError((error as Error).message);
    throw error;
  }
}

/** The sends one by one. */
export function listText({ items, more }: Sends): string {
  if (items.length === 0) return "There are no such sends.";
  const rows = items.map(({ at, state, campaign, step, profileId, reason, detail, heldUntil, ...send }) => [
    timeText(at),
    state,
    `${campaign}/${step}`,
    profileId,
    [
      `${reason ?? ""}${detail === undefined ? "" : `: ${detail}`}`,
      heldUntil === undefined ? "" : `until ${timeText(heldUntil)}`,
      ...stoppedWords({ ...send, isTooLate: reason === TOO_LATE }),
    ]
      .filter(Boolean)
      .join(" "),
  ]);
  return `${tableText(rows)}${more ? "\n  and more; see --most" : ""}`;
}

type Stopped = Pick<SendView, "stoppedBy" | "expiresAt"> & { isTooLate: boolean };

/** What holds a mail today, and until when that matters. */
function stoppedWords({ stoppedBy, expiresAt, isTooLate }: Stopped): string[] {
  if (isTooLate) return [`since ${timeText(expiresAt)}`];
  return stoppedBy === undefined ? [] : [`(${stopsText(stoppedBy)}; worth sending until ${timeText(expiresAt)})`];
}

function checkKnown({ state, reason }: { state: string | undefined; reason: string | undefined }): void {
  if (state !== undefined && statesAsked(state) === undefined)
    throw new UsageError(
      `There is no state "${state}".${didYouMean(state.toUpperCase(), askedStates)} States: ${askedStates.join(", ")}.`,
    );
  if (reason !== undefined && !sendReasons.includes(reason))
    throw new UsageError(
      `There is no reason "${reason}".${didYouMean(reason, sendReasons)} Reasons: ${sendReasons.join(", ")}.`,
    );
}
