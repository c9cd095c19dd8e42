// Decides how a person's page reads: what is known, then what happened, oldest first.

import type { Json, JsonObject } from "../shared/domain/json.ts";
import { isMoney, moneyText } from "../shared/domain/money.ts";
import type { sendView } from "../shared/pipeline/views/send-view.ts";
import type { eventView, profileView } from "../shared/pipeline/views/timeline.ts";
import { tableText, timeText } from "./output.ts";

export type ProfilePage = NonNullable<Awaited<ReturnType<typeof profileView>>>;
type EventItem = { kind: "event"; at: string } & ReturnType<typeof eventView>;
type SendItem = { kind: "send" } & ReturnType<typeof sendView>;
export type TimelineItem = EventItem | SendItem;

export function profileText({ profile, timeline }: { profile: ProfilePage; timeline: TimelineItem[] }): string {
  const { traits, consents, segments, activity, churn, runs } = profile;
  const facts: string[][] = [
    ["known as", profile.identities.join(", ")],
    ["since", timeText(profile.createdAt)],
    ...Object.entries(traits).map(([name, value]) => [name, valueText(value)]),
    ...Object.entries(consents).map(([purpose, { state, at }]) => [
      `consent to ${purpose}`,
      `${state} ${timeText(at)}`,
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
  if (item.kind === "send") {
    const { campaign, step, state, reason, at } = item;
    return [`  ${timeText(at)}  mail ${campaign}/${step}: ${state}${reason ? ` (${reason})` : ""}`];
  }
  const { type, late, properties, traits, decisions = [], segments = [] } = item;
  const details = [propertiesText(properties), traits ? propertiesText(traits) : "", late ? "as history" : ""].filter(
    Boolean,
  );
  return [
    `  ${timeText(item.at)}  ${[type, ...details].join("  ")}`,
    ...segments.map(({ segment, change }) => `                          ${change} ${segment}`),
    ...decisions.map(
      ({ campaign, outcome, reason }) =>
        `                          ${campaign}: ${outcome}${reason ? ` (${reason})` : ""}`,
    ),
  ];
}

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
