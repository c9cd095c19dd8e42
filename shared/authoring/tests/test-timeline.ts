// Decides how the decisions of a test are told in order: what came, what it led to, where runs wait, what left.
import type { Effect } from "../../domain/effect.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Json } from "../../domain/json.ts";
import type { Moment } from "../../domain/replay.ts";
import { type Run, runName } from "../../domain/run.ts";
import type { Played } from "./play-test.ts";
import { fieldsText, mailLine, timeIn, valueText } from "./test-line.ts";

type Line = { at: Instant; text: string };

/** One line for each thing that happened. */
export function timelineOf({ moments, mails, zone }: Played): string[] {
  const lines = [
    ...moments.flatMap((moment) => linesOf(moment, zone)),
    ...mails.map((mail): Line => {
      const detail =
        mail.state === "sent" ? `: ${mail.mail.subject}` : mail.detail === undefined ? "" : `: ${mail.detail}`;
      return { at: mail.at, text: `${mailLine(mail)}${detail}` };
    }),
  ];
  return lines.sort((a, b) => a.at - b.at).map(({ at, text }) => `${timeIn(zone, at)}  ${text}`);
}

function linesOf({ at, input, before, decided }: Moment, zone: string): Line[] {
  const texts: string[] = [];
  if (input.kind === "event") {
    const { event } = input;
    const what = fieldsText({ ...event.properties, ...(event.traits && { traits: event.traits }) });
    const when = event.late ? ` (known before, of ${timeIn(zone, event.occurredAt)})` : "";
    texts.push(`${event.type} arrives${what === "" ? "" : ` ${what}`}${when}`);
  }
  texts.push(...decided.effects.flatMap((effect) => textOf(effect) ?? []));
  const known = new Map(before.runs.map((run) => [runName(run), placeOf(run)]));
  for (const run of decided.profile.runs) {
    if (known.get(runName(run)) !== placeOf(run)) texts.push(`${run.campaign} ${waitText(run, zone)}`);
  }
  return texts.map((text) => ({ at, text }));
}

const placeOf = ({ state, step, since }: Run) => `${state} ${step} ${since}`;

function waitText({ state, step, dueAt }: Run, zone: string): string {
  if (state === "settling")
    return `waits for what may still be under way (an address, consent), until ${timeIn(zone, dueAt)}`;
  return state === "held"
    ? `is held at ${step}: the campaign is paused`
    : `waits at ${step}, until ${timeIn(zone, dueAt)} at most`;
}

function textOf(effect: Effect): string | undefined {
  switch (effect.kind) {
    case "segment-entered":
      return `enters the segment ${effect.segment}`;
    case "segment-left":
      return `leaves the segment ${effect.segment}`;
    case "judged":
      return judgedText(effect.judgement);
    case "run-ended":
      return `${effect.run.campaign} ends: ${effect.reason}`;
    case "event-derived":
      return `${effect.event.type} ${fieldsText({ ...effect.event.properties, ...effect.event.traits })}`.trimEnd();
    default:
      return undefined;
  }
}

type Judged = Extract<Effect, { kind: "judged" }>["judgement"];

function judgedText({ campaign, outcome, reason, clause, found }: Judged): string | undefined {
  if (outcome === "settling") return undefined;
  if (outcome === "entered") return `${campaign} is entered`;
  return `${campaign} is not entered: ${whyText({ reason, clause, found })}`;
}

/** `audience (audience.all[0] found FR)`. */
export function whyText({
  reason = "unknown",
  clause,
  found,
}: {
  reason?: string | undefined;
  clause?: string | undefined;
  found?: Json | undefined;
}): string {
  return clause === undefined ? reason : `${reason} (${clause} found ${valueText(found)})`;
}
