// Decides how the state of sending reads: what is stopped and how to go on, the provider's quota, when all will be out.
import type { AccountView } from "../shared/pipeline/views/account.ts";
import { withTimes } from "./explanation-lines.ts";
import { countText, numberText, tableText, timeText } from "./output.ts";
import { stopText } from "./stop-text.ts";

const RESUME = "npm run relance -- resume";

/** `paused`: campaigns that were published as paused, which only another publication sets going. */
export function accountText(account: AccountView, paused: { id: string; title: string }[]): string {
  return ["Stopped", ...stopLines(account, paused), "", "Sending", ...sendingLines(account)].join("\n");
}

function stopLines({ stops }: AccountView, paused: { id: string; title: string }[]): string[] {
  const rows: [what: string, next: string][] = [];
  const { account, provider, quotaUntil, campaigns } = stops;
  if (account !== undefined)
    rows.push([`all sending: ${stopText({ what: "account", ...account })}`, `${RESUME} --account`]);
  if (provider !== undefined) rows.push(providerRow(provider));
  if (quotaUntil !== undefined)
    rows.push([`the provider's daily quota is used up`, `nothing to do: it is tried again at ${timeText(quotaUntil)}`]);
  for (const { campaign, ...stop } of campaigns)
    rows.push([`${campaign}: ${stopText({ what: "campaign", ...stop })}`, `${RESUME} ${campaign}`]);
  for (const { id, title } of paused)
    rows.push([`${id} "${title}" is published as paused`, `set status: live in its file, then plan and apply`]);
  if (rows.length === 0) return ["  Nothing is stopped."];
  return rows.flatMap(([what, next]) => [`  ${what}`, `      next: ${next}`]);
}

function providerRow({ state, at }: { state: "paused" | "sandbox"; at: string }): [string, string] {
  return state === "paused"
    ? [
        `the provider has paused the account since ${timeText(at)}`,
        "read its message and answer it; sending goes on by itself once it is open",
      ]
    : [
        `mails to addresses that are not verified: the provider's sandbox, since ${timeText(at)}`,
        "ask the provider for production access; held mails leave by themselves after it",
      ];
}

function sendingLines({ mailer, backlog, allOutBy, says }: AccountView): string[] {
  const { perSecond, perDay, sentToday, state } = mailer;
  const limit = perDay === undefined ? "no daily limit" : `${numberText(perDay)} in 24 hours`;
  return [
    tableText([
      ["provider", `${state}, ${numberText(perSecond)} a second, ${limit}, ${numberText(sentToday)} sent`],
      ["waiting", waitingText(backlog)],
      ["all out by", allOutBy === undefined ? "unknown" : timeText(allOutBy)],
    ]),
    ...says.map((sentence) => `      ${withTimes(sentence)}`),
  ];
}

/** "382 mails: 10 on their way, 19 stopped (the first of them too late 2026-03-04 08:00 UTC), 353 too late". */
function waitingText({ total, stopped, tooLate, nextExpiresAt }: AccountView["backlog"]): string {
  const next = nextExpiresAt === undefined ? "" : ` (the first of them is too late from ${timeText(nextExpiresAt)} on)`;
  const parts = [
    ...(total > stopped + tooLate ? [`${numberText(total - stopped - tooLate)} on their way`] : []),
    ...(stopped > 0 ? [`${numberText(stopped)} stopped${next}`] : []),
    ...(tooLate > 0 ? [`${numberText(tooLate)} too late already`] : []),
  ];
  return `${countText(total, "mail")}${stopped + tooLate === 0 ? "" : `: ${parts.join(", ")}`}`;
}
