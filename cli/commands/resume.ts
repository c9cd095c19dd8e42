// Decides how an operator lets a campaign's mail, or all mail, go on.
import type { StopView, SwitchView } from "../../shared/pipeline/views/stops.ts";
import type { Command } from "../command.ts";
import { heldLines, stopOptions, stopText, subjectOf, turnSwitch } from "../stop-text.ts";

export const command: Command = {
  name: "resume",
  says: "Let the mail of a campaign that was paused, or all mail with --account, go on; what waited is judged again.",
  positionals: [{ name: "CAMPAIGN", says: "the id of the campaign that was paused" }],
  options: stopOptions,
  examples: [
    ["resume welcome", "mails of the campaign welcome that waited leave, where they are still worth sending"],
    ["resume --account", "all mail goes on; campaigns that were paused by themselves stay so"],
  ],
  run: (call) => turnSwitch(call, "resume", resumedText),
};

function resumedText({ campaign, changed, was, stops, held }: SwitchView): string {
  const subject = subjectOf(campaign);
  const said =
    changed && was !== undefined
      ? `${subject} goes on; it was ${stopText(was)}. What waited is judged again within a few minutes.`
      : `${subject} was not paused: nothing has changed.`;
  return [
    said,
    ...heldLines(held),
    ...stops.map((stop) => `Still, its mail is held: ${heldText(stop, campaign)}`),
  ].join("\n");
}

function heldText(stop: StopView, campaign: string | undefined): string {
  switch (stop.what) {
    case "campaign":
      return `the campaign was ${stopText(stop)}; npm run relance -- resume ${campaign}`;
    case "account":
      return `the account was ${stopText(stop)}; npm run relance -- resume --account`;
    case "catalogue":
      return "the campaign is published as paused; set status: live in its file, then plan and apply.";
    case "provider":
      return "the mail provider has paused the account; read its message and answer it, mail goes on by itself then.";
  }
}
