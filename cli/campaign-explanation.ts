// Decides how the explanation of a campaign reads, section by section.
import type { Explanation } from "../shared/pipeline/views/explain.ts";
import { clauseRows, section } from "./explanation-lines.ts";
import { timeText } from "./output.ts";
import { stateText } from "./profile-text.ts";

type CampaignExplanation = Extract<Explanation, { about: "campaign" }>;
type Part<K extends keyof CampaignExplanation> = NonNullable<CampaignExplanation[K]>;

const GATE_MARKS = { pass: "✓", hold: "…", refuse: "✗" } as const;

export function campaignSections(explanation: CampaignExplanation): string[] {
  const { trigger, where, audience, goal, goalWithin, exitWhen, entry, arm, runs, asOf } = explanation;
  const { entries, decisions, sends, gatesNow, ifTriggeredNow, ahead, churn } = explanation;
  const others = entries.filter(({ key }) => !runs.some((run) => run.key === key));
  const now = asOf.is === "now" ? "now" : "then";
  return [
    ...section("Trigger", [...triggerRows(trigger), ...(where ? clauseRows(where, 1) : [])]),
    ...section("Audience", audience ? clauseRows(audience) : []),
    ...section("Entry", [...entryRows(entry), ["arm", arm.says]]),
    ...section(`Triggered ${now}`, [ifTriggeredNow.says]),
    ...runs.flatMap(runSection),
    ...section("Ends early when", [
      ...(goal ? [`goal${goalWithin ? `, within ${goalWithin} of the entry` : ""}`, ...clauseRows(goal, 1)] : []),
      ...(exitWhen ? ["exit condition", ...clauseRows(exitWhen, 1)] : []),
    ]),
    ...section(
      "Decided",
      decisions.map(({ at, event, says }) => [timeText(at), event.type, says]),
    ),
    ...section("Entries", others.map(entryRow)),
    ...section("Sends", sends.map(sendRow)),
    ...section(`A mail that became due ${now} would pass these gates`, gatesNow.map(gateRow)),
    ...aheadSection(ahead),
    ...section("Churn", churn ? [churnText(churn, explanation.now)] : []),
  ];
}

function triggerRows({ says, at, last, memberSince, changesAt, ...when }: Part<"trigger">): string[][] {
  const { kind, lastOccurrenceAt, nextOccurrenceAt } = when;
  const history = last?.late ? ", came as history" : "";
  const notes = [
    ...(last
      ? [`last ${timeText(last.occurredAt)}${history}`]
      : [kind === "schedule" ? "no entry judged yet" : "never happened"]),
    ...(memberSince ? [`a member since ${timeText(memberSince)}`] : []),
    ...(changesAt ? [`membership may change ${timeText(changesAt)}`] : []),
    ...(lastOccurrenceAt ? [`came round last ${timeText(lastOccurrenceAt)}`] : []),
    ...(nextOccurrenceAt ? [`next ${timeText(nextOccurrenceAt)}`] : []),
  ];
  return [[`${last ? "✓" : "✗"} ${says}`, notes.join(", "), at]];
}

function entryRows({ says, at, keyProperty, lastEnteredAt, barred }: Part<"entry">): string[][] {
  const state =
    barred === undefined
      ? "a new entry is not barred"
      : `a new entry is barred: ${barred.reason}${barred.until ? ` until ${timeText(barred.until)}` : ""}`;
  const last = lastEnteredAt === undefined ? "never entered" : `last entered ${timeText(lastEnteredAt)}`;
  return [
    ["re-entry", `${says}; ${last}; ${state}  ${at}`],
    ...(keyProperty ? [["entries", `told apart by the property ${keyProperty}`]] : []),
  ];
}

function runSection(run: Part<"runs">[number]): string[] {
  const { key, enteredAt, state, step, at, since, waitsFor, arm, splits = {}, endsBy, revision } = run;
  const arms = [...(arm === "treated" ? [] : [arm]), ...Object.entries(splits).map(([id, name]) => `${id}: ${name}`)];
  return section(`Under way (${state}), entered ${timeText(enteredAt)}, key ${key}`, [
    ["stands at", `${step} since ${timeText(since)}  ${at}`],
    ["waits for", waitsFor],
    ...(arms.length > 0 ? [["arms", arms.join(", ")]] : []),
    ...(revision ? [["revision", `${revision}, older than the published one`]] : []),
    ...(endsBy?.goal ? ["goal", ...clauseRows(endsBy.goal, 1)] : []),
    ...(endsBy?.goalUntil ? [["goal until", timeText(endsBy.goalUntil)]] : []),
    ...(endsBy?.exitWhen ? ["exit condition", ...clauseRows(endsBy.exitWhen, 1)] : []),
  ]);
}

const entryRow = ({ enteredAt, endedAt, ended, key, arm }: Part<"entries">[number]) => [
  timeText(enteredAt),
  `key ${key}${arm === "treated" ? "" : `, ${arm}`}`,
  endedAt === undefined ? "under way" : `ended ${timeText(endedAt)}: ${ended}`,
];

function sendRow({ step, detail, at, feedback, ...send }: Part<"sends">[number]): string[] {
  const said = Object.entries(feedback ?? {}).map(([kind, when]) => `, ${kind} ${timeText(when)}`);
  return [timeText(at), step, `${stateText(send)}${said.join("")}${detail ? `: ${detail}` : ""}`];
}

function gateRow({ gate, answer, reason, until, says }: Part<"gatesNow">[number]): string[] {
  const word = answer === "pass" ? "" : `${answer}: ${reason}${until ? ` until ${timeText(until)}` : ""}; `;
  return [`${GATE_MARKS[answer]} ${gate}`, `${word}${says}`];
}

/** What time alone would bring. */
export function aheadSection(ahead: CampaignExplanation["ahead"]): string[] {
  if (ahead === undefined) return [];
  const rows = ahead.items.map(({ at, says }) => [timeText(at), says]);
  const more = ahead.more === undefined ? [] : [`and ${ahead.more} more`];
  return section("Until then, if nothing else happens", rows.length === 0 ? ["nothing"] : [...rows, ...more]);
}

function churnText(churn: Part<"churn">, now: string): string {
  const { atRiskAt, lastPurchaseAt, gapDays, shopGapDays, detected } = churn;
  const days = (n: number) => `${Math.round(n * 10) / 10} days`;
  const risk = `at risk ${atRiskAt <= now ? "since" : "from"} ${timeText(atRiskAt)}`;
  const silently = atRiskAt <= now && !detected ? " (learned as history: no event)" : "";
  return `last purchase ${timeText(lastPurchaseAt)}; buys every ${days(gapDays)} or so (the shop: ${days(shopGapDays)}); ${risk}${silently}`;
}
