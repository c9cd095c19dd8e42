// Decides how an operator stops a campaign's mail, or all mail.
import type { SwitchView } from "../../shared/pipeline/views/stops.ts";
import type { Command } from "../command.ts";
import { heldLines, stopOptions, subjectOf, turnSwitch, whoText } from "../stop-text.ts";

export const command: Command = {
  name: "pause",
  says: "Stop the mail of a campaign, or all mail with --account, within 5 seconds; people go on entering, their mails wait.",
  positionals: [{ name: "CAMPAIGN", says: "the id of the campaign whose mail is to stop" }],
  options: stopOptions,
  examples: [
    ['pause welcome --reason "wrong price in the mail"', "no mail of the campaign welcome leaves any more"],
    ["pause --account", "no mail leaves at all, of no campaign"],
  ],
  run: (call) => turnSwitch(call, "pause", pausedText),
};

function pausedText({ campaign, changed, stops, held }: SwitchView): string {
  const subject = subjectOf(campaign);
  const own = stops.find(({ what }) => what === (campaign === undefined ? "account" : "campaign"));
  if (own === undefined) return `${subject} was paused, and somebody has resumed it meanwhile.`;
  const said = changed ? "is paused" : "was paused already,";
  return [
    `${subject} ${said} ${whoText(own)}. No mail of it leaves from now on.`,
    ...heldLines(held),
    "Mails that would have left wait, and those that are still worth sending leave after:",
    `  npm run relance -- resume ${campaign ?? "--account"}`,
  ].join("\n");
}
