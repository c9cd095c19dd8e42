// Decides how a forecast reads: per campaign the way from trigger to mail, now and with the draft, then what it means together.
import { isDeepStrictEqual } from "node:util";
import type { CampaignForecast, Collision, Forecast, Funnel, Sample } from "../../shared/domain/forecast.ts";
import { SES_PRICE } from "../../shared/domain/forecast.ts";
import { iso } from "../../shared/domain/instant.ts";
import { refusalReasons } from "../../shared/domain/send.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import { countText, numberText, tableText, timeText } from "../output.ts";
import { entryWords, mailWords } from "./reason-words.ts";
import type { WorkedOut } from "./work-out-forecast.ts";

const at = (instant: number) => timeText(iso(instant));

/** The whole forecast; campaigns for which nothing changes are one line unless `all`. */
export function forecastText(plan: PlanView, { forecast, perSecond }: WorkedOut, { all }: { all: boolean }): string {
  const { from, until, profiles, events, campaigns } = forecast;
  const changed = changedCampaigns(plan);
  const touched = touchedBySettings(plan, campaigns);
  const shown = campaigns.filter(({ id }) => all || changed.has(id) || touched.has(id));
  const others = campaigns.filter(({ id }) => !shown.some((one) => one.id === id));
  return [
    `Forecast: ${at(from)} to ${at(until)} lived again, ${countText(events, "event")} of ${countText(profiles, "profile")}`,
    ...shown.flatMap((campaign) => ["", ...campaignLines(campaign, touched.get(campaign.id))]),
    ...(others.length === 0 ? [] : ["", othersLine(others)]),
    ...segmentLines(plan, forecast),
    ...collisionLines(forecast.collisions, all ? undefined : new Set([...changed, ...touched.keys()])),
    "",
    ...togetherLines(forecast, perSecond),
    ...sampleLines(forecast.samples),
  ].join("\n");
}

/** Campaigns that come, go or change; another template sends the same mails. */
export function changedCampaigns({ changes }: Pick<PlanView, "changes">): Set<string> {
  return new Set(changes.flatMap(({ kind, id }) => (kind === "campaign" ? [id] : [])));
}

/** Campaigns that do not change, and would do something else because the settings do: with the words that say why. */
function touchedBySettings({ changes }: PlanView, campaigns: CampaignForecast[]): Map<string, string> {
  const settings = changes.filter(({ kind }) => kind === "settings");
  const paths = settings.flatMap((one) => one.changes.map(({ path }) => path));
  if (paths.length === 0) return new Map();
  const own = new Set(changes.map(({ kind, id }) => `${kind} ${id}`));
  const others = settings.length < changes.length ? ", or what else this plan changes" : "";
  const why = ` does not change itself, but the settings do (${paths.join(", ")})${others}`;
  const touched = campaigns.filter(
    ({ id, funnel, before }) => !own.has(`campaign ${id}`) && before && !isDeepStrictEqual(funnel, before),
  );
  return new Map(touched.map(({ id }) => [id, why]));
}

function campaignLines({ id, title, funnel, before, perDay }: CampaignForecast, why = ""): string[] {
  const rows = funnelRows(funnel, before);
  return [
    `campaign ${id} "${title}"${why}${before === undefined ? "" : ", with what is live → with the draft"}`,
    tableText(
      rows.map(([label, now, was]) =>
        was === undefined
          ? [label, numberText(now).padStart(7)]
          : [label, `${numberText(was).padStart(7)} → ${numberText(now)}`],
      ),
    ),
    ...dayLines(perDay),
  ];
}

type Row = [label: string, now: number, was?: number];

/** The one order: triggered, entered by arm, then every gate in its order, and what is left. */
function funnelRows(now: Funnel, was: Funnel | undefined): Row[] {
  const row = (label: string, of: (funnel: Funnel) => number | undefined): Row =>
    was === undefined ? [label, of(now) ?? 0] : [label, of(now) ?? 0, of(was) ?? 0];
  const names = (of: (funnel: Funnel) => Record<string, number>) =>
    [...new Set([...Object.keys(of(now)), ...(was ? Object.keys(of(was)) : [])])].sort();
  const inOrder = (a: string, b: string) => orderOf(a) - orderOf(b);
  const arms = names(({ entered }) => entered as Record<string, number>);
  return [
    row("triggered", (funnel) => funnel.triggered),
    ...names((funnel) => funnel.notEntered).map((reason) =>
      row(`  not entered: ${entryWords(reason)}`, (funnel) => funnel.notEntered[reason]),
    ),
    row("entered", (funnel) => Object.values(funnel.entered).reduce((sum, n) => sum + n, 0)),
    ...arms
      .filter((arm) => arm !== "treated")
      .map((arm) => row(`  of them held out (${arm})`, (funnel) => (funnel.entered as Record<string, number>)[arm])),
    row("mails intended", (funnel) => funnel.intended),
    ...names((funnel) => funnel.refused)
      .sort(inOrder)
      .map((reason) => row(`  not sent: ${mailWords(reason)}`, (funnel) => funnel.refused[reason])),
    ...(now.held + (was?.held ?? 0) > 0 ? [row("  still held back at the end", (funnel) => funnel.held)] : []),
    row("would be sent", (funnel) => funnel.sent),
  ];
}

const orderOf = (reason: string) => (refusalReasons as readonly string[]).indexOf(reason);

const BARS = "▁▂▃▄▅▆▇█";

function dayLines(perDay: CampaignForecast["perDay"]): string[] {
  const days = Object.entries(perDay);
  if (days.length === 0) return [];
  const most = Math.max(...days.map(([, { sent }]) => sent), 1);
  const bars = days
    .map(([, { sent }]) => (sent === 0 ? "." : BARS[Math.ceil((sent / most) * BARS.length) - 1]))
    .join("");
  const top = days.find(([, { sent }]) => sent === most);
  const peak = top === undefined ? "" : `, most on ${top[0]}: ${numberText(most)}`;
  return [`  mails per day  ${bars}  ${days[0]?.[0]} to ${days.at(-1)?.[0]}${peak}`];
}

function othersLine(others: CampaignForecast[]): string {
  const sum = (of: (campaign: CampaignForecast) => number | undefined) =>
    others.reduce((total, campaign) => total + (of(campaign) ?? 0), 0);
  const [now, was] = [sum(({ funnel }) => funnel.sent), sum(({ before }) => before?.sent)];
  return `${countText(others.length, "campaign")} unchanged: ${numberText(was)} → ${numberText(now)} mails (--all shows them)`;
}

function segmentLines({ segments: touched, changes }: PlanView, { segments, profiles }: Forecast): string[] {
  const removed = changes.flatMap(({ kind, id, change }) => (kind === "segment" && change === "removed" ? [id] : []));
  const rows = [...touched, ...removed].map((id) => {
    const { members, entering, leaving } = segments[id] ?? { members: 0, entering: 0, leaving: 0 };
    const now = members - entering + leaving;
    const share = profiles === 0 ? "" : `${Math.round((members / profiles) * 100)} % of all`;
    return [
      id,
      `${numberText(now).padStart(7)} → ${numberText(members)}`,
      `+${numberText(entering)} -${numberText(leaving)}`,
      share,
    ];
  });
  return rows.length === 0 ? [] : ["", "Segments, members now → with the draft", tableText(rows)];
}

const MOST_COLLISIONS = 10;

function collisionLines(collisions: Collision[], changed: Set<string> | undefined): string[] {
  const own = collisions.filter(
    ({ campaign, other }) => changed === undefined || changed.has(campaign) || changed.has(other),
  );
  if (own.length === 0) return [];
  const rows = own
    .slice(0, MOST_COLLISIONS)
    .map(({ campaign, other, profiles }) => [numberText(profiles).padStart(7), `${campaign} and ${other}`]);
  return ["", "Profiles that would hear from two campaigns within 24 hours", tableText(rows)];
}

function togetherLines({ mails, mailsBefore, costUsd, peak }: Forecast, perSecond: number): string[] {
  const before = mailsBefore === undefined ? "" : `${numberText(mailsBefore)} → `;
  const cost = `about $${costUsd.toFixed(2)} at $${SES_PRICE.usdPerThousand.toFixed(2)} per 1,000 (SES, ${SES_PRICE.asOf})`;
  const lines = [`All campaigns: ${before}${countText(mails, "mail")}, ${cost}`];
  if (peak === undefined) return lines;
  const minutes = Math.ceil(peak.mails / Math.max(perSecond, 1e-9) / 60);
  const takes =
    perSecond > 0 ? `; at ${numberText(perSecond)} a second they leave within ${countText(minutes, "minute")}` : "";
  return [...lines, `Busiest hour: ${at(peak.at)}, ${countText(peak.mails, "mail")}${takes}`];
}

function sampleLines(samples: Sample[]): string[] {
  if (samples.length === 0) return [];
  return ["", "For example", ...samples.map((sample) => `  ${sample.profile}  ${sampleWords(sample)}`)];
}

function sampleWords({ campaign, at: when, cause, outcome, arm, clause, mails }: Sample): string {
  const head = `${campaign}: ${cause} on ${at(when)}`;
  if (outcome !== "entered")
    return `${head}, not entered: ${entryWords(outcome)}${clause === undefined ? "" : ` (${clause})`}`;
  const held = arm === "treated" ? "" : ` (${arm})`;
  const [mail] = mails;
  if (mail === undefined) return `${head}, entered${held}, no mail in this time`;
  const what =
    mail.state === "sent" ? `would be sent ${at(mail.at)}` : `not sent: ${mailWords(mail.reason ?? mail.state)}`;
  return `${head}, entered${held}, ${mail.step} ${what}`;
}
