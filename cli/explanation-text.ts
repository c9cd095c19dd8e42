// Decides how an explanation reads: the answer first, then what it rests on, indented as it was written.
import type { ClauseView, explainView } from "../shared/pipeline/views/explain.ts";
import { timeText } from "./output.ts";

export type Explanation = NonNullable<Awaited<ReturnType<typeof explainView>>>;

const MARKS = { true: "✓", false: "✗", unknown: "?" } as const;
const GATE_MARKS: Record<string, string> = { pass: "✓", hold: "…", refuse: "✗" };

/** `asked`: the profile as the asker named it. */
export function explanationText(asked: string, explanation: Explanation): string {
  const { campaign, trigger, where, audience, run, sends, gatesNow, churn } = explanation;
  const lines = [
    withTimes(explanation.answer),
    "",
    `${campaign.title} (${campaign.id}, ${campaign.at}) for ${asked}, at ${timeText(explanation.now)}`,
    ...section("Trigger", [
      `${trigger.last ? "✓" : "✗"} ${trigger.event}  ${trigger.last ? `last ${timeText(trigger.last.occurredAt)}${trigger.last.late ? ", came as history" : ""}` : "never happened"}  ${trigger.at}`,
      ...(where ? clauseLines(where, 1) : []),
    ]),
    ...section("Audience", audience ? clauseLines(audience, 0) : []),
    ...section("Decided then", explanation.decided ? [decidedText(explanation.decided)] : []),
    ...section("Under way", run ? [`${run.state}, next step ${run.step} at ${timeText(run.dueAt)}`] : []),
    ...section("Sends", sends.map(sendText)),
    ...section("A mail now would pass these gates", gatesNow.map(gateText)),
    ...section("Churn", churn ? [churnText(churn, explanation.now)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const section = (title: string, lines: string[]) =>
  lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];

function clauseLines(clause: ClauseView, depth: number): string[] {
  const { verdict, says, at, found, since, flipsAt, parts = [] } = clause;
  const notes = [
    ...(found === undefined ? [] : [`found ${foundText(found)}`]),
    ...(verdict === "true" && since !== undefined ? [`since ${timeText(since)}`] : []),
    ...(flipsAt === undefined ? [] : [`may change ${timeText(flipsAt)}`]),
  ];
  const line = `${"  ".repeat(depth)}${MARKS[verdict]} ${says}  ${notes.length > 0 ? `(${notes.join(", ")})  ` : ""}${at}`;
  return [line, ...parts.flatMap((part) => clauseLines(part, depth + 1))];
}

const foundText = (found: unknown) => (typeof found === "string" ? found : JSON.stringify(found));

function decidedText({ outcome, reason, clause, found }: NonNullable<Explanation["decided"]>): string {
  return [outcome, reason, clause && `by ${clause}`, found !== undefined && `found ${foundText(found)}`]
    .filter(Boolean)
    .join(", ");
}

function sendText({ step, state, reason, detail, at, feedback }: Explanation["sends"][number]): string {
  const said = Object.entries(feedback ?? {}).map(([kind, when]) => `, ${kind} ${timeText(when)}`);
  return `${step}: ${state}${reason ? ` (${reason})` : ""} ${timeText(at)}${said.join("")}${detail ? `: ${detail}` : ""}`;
}

function gateText({ gate, answer, ...more }: Explanation["gatesNow"][number]): string {
  const { reason, until } = more as { reason?: string; until?: string };
  const mark = GATE_MARKS[answer] ?? "?";
  return `${mark} ${gate}${reason ? `  ${answer}: ${reason}` : ""}${until ? ` until ${timeText(until)}` : ""}`;
}

function churnText(churn: NonNullable<Explanation["churn"]>, now: string): string {
  const { atRiskAt, lastPurchaseAt, gapDays, shopGapDays, detected } = churn;
  const days = (n: number) => `${Math.round(n * 10) / 10} days`;
  const risk = `at risk ${atRiskAt <= now ? "since" : "from"} ${timeText(atRiskAt)}`;
  const silently = atRiskAt <= now && !detected ? " (learned as history: no event)" : "";
  return `last purchase ${timeText(lastPurchaseAt)}; buys every ${days(gapDays)} or so (the shop: ${days(shopGapDays)}); ${risk}${silently}`;
}

/** The answer's instants, to the minute. */
const withTimes = (answer: string) => answer.replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, timeText);
