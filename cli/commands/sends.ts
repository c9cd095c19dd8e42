// Decides how sends are listed: what left, what did not, and why.
import { sendStates } from "../../shared/domain/send.ts";
import type { sendView } from "../../shared/pipeline/views/send-view.ts";
import { listOf, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { mostOf, mostOption } from "../most-option.ts";
import { jsonText, tableText, timeText } from "../output.ts";
import { didYouMean, UsageError } from "../usage-error.ts";
import { checkCampaign } from "./explain.ts";

export const command: Command = {
  name: "sends",
  says: "List sends: the mails that left, and those that did not with the reason.",
  positionals: [],
  options: {
    campaign: { type: "text", value: "ID", says: "only of this campaign" },
    state: { type: "text", value: "STATE", says: `only in this state: ${sendStates.join(", ")}` },
    most: mostOption,
  },
  examples: [["sends --campaign welcome --state REFUSED", "who did not get the welcome mail, and why"]],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const campaign = args.text("campaign");
  const state = stateOf(args.text("state"));
  const most = mostOf(args);
  const sends = await withClient(environment, async (client) => {
    if (campaign !== undefined) await checkCampaign(client, campaign);
    return listOf<ReturnType<typeof sendView>>(client, "/api/sends", { campaign, state, most });
  });
  const rows = sends.items.map((send) => [
    timeText(send.at),
    send.state,
    `${send.campaign}/${send.step}`,
    send.profileId,
    send.reason ?? "",
  ]);
  const text =
    rows.length === 0
      ? "There are no such sends."
      : `${tableText(rows)}${sends.more ? "\n  and more; see --most" : ""}`;
  output.out(args.flag("json") ? jsonText(sends) : `${text}\n`);
  return 0;
}

function stateOf(text: string | undefined): string | undefined {
  const state = text?.toUpperCase();
  const known: readonly string[] = sendStates;
  if (state === undefined || known.includes(state)) return state;
  throw new UsageError(`There is no state "${text}".${didYouMean(state, known)} States: ${known.join(", ")}.`);
}
