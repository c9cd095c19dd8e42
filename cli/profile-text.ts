// Decides how a person's page reads: what is known, then what happened, oldest first.

import { valueText as foundText } from "../shared/domain/explain.ts";
import type { Json, JsonObject } from "../shared/domain/json.ts";
import { isMoney, moneyText } from "../shared/domain/money.ts";
import type { sendView } from "../shared/pipeline/views/send-view.ts";
import type { eventView, profileView } from "../shared/pipeline/views/timeline.ts";
import { tableText, timeText } from "./output.ts";

export type ProfilePage = NonNullable<Awaited<ReturnType<typeof profileView>>>;
type EventItem = { kind: "event"; at: string } & ReturnType<typeof eventView>;
type SendItem = { kind: "send" } & ReturnType<typeof sendView>;
type FeedbackItem = { kind: "feedback"; at: string; what: string; campaign: string; step: string };
type RunEndedItem = { kind: "run-ended"; at: string; campaign: string; ended: string };
type AddressItem = { kind: "address"; at: string; what: string; purpose?: string };
type ConsentItem = { kind: "consent"; at: string; purpose: string; state: string; actor: string; how?: string };
export type TimelineItem = EventItem | SendItem | FeedbackItem | RunEndedItem | ConsentItem | AddressItem;

export function profileText({ profile, timeline }: { profile: ProfilePage; timeline: TimelineItem[] }): string {
  const {
    traits,
    consents,
    segments,
    activity,
    churn,
    runs,
    suppressions = {},
    optOuts = {},
    pausedUntil = {},
  } = profile;
  const facts: string[][] = [
    ["known as", profile.identities.join(", ")],
    ["since", timeText(profile.createdAt)],
    ...Object.entries(traits).map(([name, value]) => [name, valueText(value)]),
    ...Object.entries(consents).map(([purpose, { state, at }]) => [
      `consent to ${purpose}`,
      `${state} ${timeText(at)}`,
    ]),
    ...Object.entries(suppressions).map(([reason, at]) => ["address closed", `${reason} ${timeText(at)}`]),
    ...Object.entries(optOuts).map(([purpose, at]) => ["address opted out", `of ${purpose} ${timeText(at)}`]),
    ...Object.entries(pausedUntil).map(([purpose, until]) => [
      "wants a pause",
      `of ${purpose} until ${timeText(until)}`,
    ]),
    ["segments", Object.keys(segments).join(", ") || "none"],
    ...Object.entries(activity).map(([type, { count, lastAt }]) => [type, `${count}, last ${timeText(lastAt)}`]),
    ...(churn ? [["at risk", `${churn.detected ? "since" : "from"} ${timeText(churn.atRiskAt)}`]] : []),
    ...(profile.nextBirthdayAt ? [["next birthday", timeText(profile.nextBirthdayAt)]] : []),
    ...runs.map(({ campaign, step, dueAt }) => [`in ${campaign}`, `${step} at ${timeText(dueAt)}`]),
  ];
  return `Profile ${profile.id}\n${tableText(facts)}\n\nTimeline\n${timeline.flatMap(itemLines).join("\n")}\n`;
}

function itemLines(item: TimelineItem): string[] {
  return item.kind === "event" ? eventLines(item) : [`  ${timeText(item.at)}  ${shortText(item)}`];
}

/** Everything but events takes one line. */
function shortText(item: Exclude<TimelineItem, EventItem>): string {
  switch (item.kind) {
    case "send":
      return `mail ${item.campaign}/${item.step}: ${stateText(item)}`;
    case "feedback":
      return `mail ${item.campaign}/${item.step}: ${item.what}`;
    case "run-ended":
      return `${item.campaign}: the run ended (${item.ended})`;
    case "consent": {
      const who = item.actor === "person" ? "the person" : "told to the company";
      return `consent to ${item.purpose}: ${item.state}, ${who}${item.how === undefined ? "" : ` (${item.how})`}`;
    }
    case "address":
      return `address: ${item.what}${item.purpose ? ` of ${item.purpose}` : ""}`;
  }
}

/** The state with its reason, unless that says the same. */
export const stateText = ({ state, reason }: Pick<SendItem, "state" | "reason">): string =>
  reason === undefined || reason === state.toLowerCase() ? state : `${state} (${reason})`;

function eventLines({ at, type, late, properties, traits, decisions = [], segments = [] }: EventItem): string[] {
  const details = [propertiesText(properties), traits ? propertiesText(traits) : "", late ? "as history" : ""].filter(
    Boolean,
  );
  return [
    `  ${timeText(at)}  ${[type, ...details].join("  ")}`,
    ...segments.map(({ segment, change }) => `                          ${change} ${segment}`),
    ...decisions.map(
      ({ campaign, outcome, reason, found, arm }) =>
        `                          ${campaign}: ${outcome}${reason ? ` (${reasonText(reason, found)})` : ""}${arm ? ` (${arm})` : ""}`,
    ),
  ];
}

/** The reason, with the value that decided where there is one. */
const reasonText = (reason: string, found: Json | undefined) =>
  found === undefined || found === null ? reason : `${reason}: found ${foundText(found)}`;

const LONGEST = 100;

/** The event's own words, in short. */
export function propertiesText(properties: JsonObject): string {
  const text = Object.entries(properties)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(" ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function valueText(value: Json): string {
  if (isMoney(value)) return moneyText(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
