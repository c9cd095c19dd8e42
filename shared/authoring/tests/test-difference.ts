// Decides how one expectation that did not come true is said: what was expected, and what happened in its place.
import type { Instant } from "../../domain/instant.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { parseMoney } from "../../domain/money.ts";
import { propertyAt } from "../../domain/property-at.ts";
import type { Moment } from "../../domain/replay.ts";
import type { Difference, Expected } from "./expected.ts";
import type { MailOutcome, Played } from "./play-test.ts";
import { timeIn, valueText } from "./test-line.ts";
import { whyText } from "./test-timeline.ts";

/** Something that happened and may have been expected: a mail, an entry that was refused, an event that a step told. */
export type Entry = {
  kind: "sent" | "refused" | "emitted";
  /** campaign/step, campaign, or the type of an event. */
  name: string;
  at: Instant;
  reason?: string;
  /** The reason with the clause that decided. */
  why?: string;
  properties?: JsonObject;
  mail?: MailOutcome;
};

/** Entries that were refused, and events that were told, as the decisions have them. */
export function entriesIn(moments: Moment[]): Entry[] {
  return moments.flatMap(({ at, decided }) =>
    decided.effects.flatMap((effect): Entry[] => {
      if (effect.kind === "event-derived")
        return [{ kind: "emitted", name: effect.event.type, at, properties: effect.event.properties }];
      if (effect.kind !== "judged" || effect.judgement.outcome !== "not-entered") return [];
      const { campaign, reason, clause, found } = effect.judgement;
      return [
        { kind: "refused", name: campaign, at, ...(reason && { reason }), why: whyText({ reason, clause, found }) },
      ];
    }),
  );
}

type World = { entries: Entry[]; played: Played };

/** What is wrong with one expectation; nothing when it came true. */
export function differenceOf(expected: Expected, entry: Entry | undefined, world: World): Difference[] {
  const { kind, index } = expected;
  const path = `expect[${index}]`;
  if (kind === "nothing") return [];
  if (kind === "state") return stateDifferences(expected, path, world.played);
  if (entry === undefined) return [{ path: `${path}.${kind}`, message: absence(expected, world) }];
  if (kind === "emitted")
    return valueDifferences(expected.written.properties, `${path}.properties`, (name) =>
      propertyAt(entry.properties, name),
    );
  return entry.mail === undefined ? [] : mailDifferences(expected, path, entry.mail);
}

function mailDifferences({ written }: Expected, path: string, mail: MailOutcome): Difference[] {
  if (mail.state !== "sent") return [];
  const { subject, text } = mail.mail;
  const differences: Difference[] = [];
  if (written.subject !== undefined && inOneLine(written.subject) !== inOneLine(subject))
    differences.push({ path: `${path}.subject`, message: `the subject is "${subject}", not "${written.subject}"` });
  if (written.says !== undefined && !inOneLine(text).includes(inOneLine(written.says)))
    differences.push({ path: `${path}.says`, message: `the text does not say "${written.says}":\n${text.trim()}` });
  return differences;
}

/** Breaks and unbroken spaces are no difference. */
const inOneLine = (text: string) => text.replace(/[\s\u00a0\u202f]+/g, " ").trim();

function stateDifferences({ written, at }: Expected, path: string, { profileAt, zone }: Played): Difference[] {
  const { memberships, traits } = profileAt(at);
  const when = timeIn(zone, at);
  const inside = (id: string) => memberships[id] !== undefined;
  return [
    ...(written.in ?? []).flatMap((id, index) =>
      inside(id) ? [] : [{ path: `${path}.in[${index}]`, message: `is not in ${id} at ${when}` }],
    ),
    ...(written.notIn ?? []).flatMap((id, index) => {
      const since = memberships[id];
      return since === undefined
        ? []
        : [{ path: `${path}.notIn[${index}]`, message: `is in ${id} at ${when}, since ${timeIn(zone, since)}` }];
    }),
    ...valueDifferences(written.traits as JsonObject | undefined, `${path}.traits`, (name) => traits[name]?.value),
  ];
}

function valueDifferences(
  wanted: Record<string, unknown> | undefined,
  path: string,
  found: (name: string) => Json | undefined,
): Difference[] {
  return Object.entries(wanted ?? {}).flatMap(([name, value]) => {
    const is = found(name);
    if (isSame(value as Json, is)) return [];
    return [{ path: `${path}.${name}`, message: `${name} is ${valueText(is)}, not ${valueText(value as Json)}` }];
  });
}

/** An amount may be written "80 EUR"; null is no value. */
function isSame(wanted: Json, found: Json | undefined): boolean {
  const asAmount = typeof wanted === "string" ? parseMoney(wanted) : undefined;
  const text = JSON.stringify(found ?? null);
  return text === JSON.stringify(wanted) || (asAmount !== undefined && text === JSON.stringify(asAmount));
}

/** Why something expected did not happen, as near as can be told. */
function absence({ kind, written, span, at }: Expected, { entries, played }: World): string {
  const name = (written.sent ?? written.refused ?? written.emitted) as string;
  const { zone } = played;
  const when =
    span === undefined
      ? ""
      : span.until - span.from > 3_600_000
        ? ` on ${timeIn(zone, at).slice(0, 10)}`
        : ` at ${timeIn(zone, at)}`;
  const reason = written.reason === undefined ? "" : ` (${written.reason})`;
  return `${name} was to be ${kind}${when}${reason}, but ${instead(name, entries, played)}`;
}

function instead(name: string, entries: Entry[], { zone, moments }: Played): string {
  const same = entries.filter((entry) => entry.name === name);
  if (same.length > 0) return `it was ${same.map((entry) => happened(entry, zone)).join(", and ")}`;
  const campaign = name.split("/")[0] as string;
  const effects = moments.flatMap(({ at, decided }) => decided.effects.map((effect) => ({ at, effect })));
  const entered = effects.flatMap(({ at, effect }) =>
    effect.kind === "run-started" && effect.run.campaign === campaign ? [timeIn(zone, at)] : [],
  );
  if (name === campaign && entered.length > 0) return `it was entered at ${entered.join(" and ")}`;
  const ended = effects.flatMap(({ at, effect }) =>
    effect.kind === "run-ended" && effect.run.campaign === campaign ? [`${effect.reason} at ${timeIn(zone, at)}`] : [],
  );
  if (ended.length > 0) return `${campaign} ended without it: ${ended.join(", ")}`;
  if (entered.length > 0) return `${campaign}, entered at ${entered[0]}, did not get there in time; see until:`;
  const refused = entries.filter((entry) => entry.name === campaign && entry.kind === "refused");
  if (refused.length === 0) return "nothing triggered it";
  return `${campaign} was not entered: ${refused.map(({ at, why }) => `${why} at ${timeIn(zone, at)}`).join(", ")}`;
}

function happened({ kind, at, mail, why }: Entry, zone: string): string {
  const reason =
    mail?.state === "refused"
      ? `: ${mail.reason}${mail.detail === undefined ? "" : ` (${mail.detail})`}`
      : why === undefined
        ? ""
        : `: ${why}`;
  return `${kind} at ${timeIn(zone, at)}${reason}`;
}
