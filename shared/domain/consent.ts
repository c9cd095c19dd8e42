// Decides what a person agreed to: per purpose and channel, with proof, and whose word changes it.
import type { Event } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { JsonObject } from "./json.ts";
import type { Settings } from "./settings.ts";
import { isPurpose } from "./trait-check.ts";

export type ConsentState = "granted" | "denied";
/** Who spoke: the person, by a link in a mail or a form that is configured as one, or some system about them. */
export type Actor = "person" | "system";

/** What consent is asked for; marketing mail, and the pixel that tells that a mail was opened. */
export const consentPurposes = ["marketing", "open-tracking"] as const;

export type Consent = {
  /** One of `consentPurposes`; sources may say others, which are kept and shown. */
  purpose: string;
  channel: "email";
  state: ConsentState;
  /** When it was accepted at our door, by our clock: what acts are compared by. */
  at: Instant;
  /** "source/id" of the event that said so, "person/send id" of the mail whose link was used, or who of the company. */
  by: string;
  /** Absent in what was stored before there were actors: a system. */
  actor?: Actor;
  /** When it was said by the clock of whoever said it, where that differs from `at`. */
  saidAt?: Instant;
  /** By what means: "one-click unsubscribe", "preference centre", or what the source tells ("checkout checkbox"). */
  how?: string;
  /** Version of the wording that was agreed to. */
  wording?: string;
};

/** What one word changed. */
export type ConsentChange = { before: Consent | undefined; after: Consent };

/** Whether there is something to prove: another state, speaker, means or wording, and not only the same once more. */
export function isAnotherWord(before: Consent | undefined, after: Consent): boolean {
  const said = ({ state, actor = "system", how, wording }: Consent) => JSON.stringify([state, actor, how, wording]);
  return before === undefined || said(before) !== said(after);
}

/** A system's yes: it counts while nobody has said anything else. */
const isSystemGrant = ({ state, actor }: Consent) => state === "granted" && actor !== "person";

/**
 * The consent after one more word. A system may take unknown to granted and anything to denied; only the person takes denied
 * to granted, by an act accepted later; accepted at the same instant, denied wins. The result is the weightiest of all that
 * was ever said, so it depends neither on the order of arrival nor on repeats. What changes nothing returns `current` itself.
 */
export function heard(current: Consent | undefined, said: Consent): Consent {
  return current !== undefined && !outweighs(said, current) ? current : said;
}

/** The consents after the words that were said by an instant. */
export function consentsAfter(
  known: Readonly<Record<string, Consent>>,
  said: readonly Consent[],
  at: Instant,
): Record<string, Consent> {
  const consents = { ...known };
  for (const one of said) if (one.at <= at) consents[one.purpose] = heard(consents[one.purpose], one);
  return consents;
}

/** A total order: between yes and no the later act; two yeses of systems: the earlier one, which is the first proof. */
function outweighs(a: Consent, b: Consent): boolean {
  if (isSystemGrant(a) !== isSystemGrant(b)) return isSystemGrant(b);
  if (a.at !== b.at) return isSystemGrant(a) ? a.at < b.at : a.at > b.at;
  if (a.state !== b.state) return a.state === "denied";
  return a.by < b.by;
}

type Said = Pick<Event, "source" | "occurredAt" | "receivedAt" | "acceptedAt" | "takenAt" | "late" | "traits">;

/**
 * By when an act counts. Where the second is known alone, a person's yes counts as early and a no as late as may be; the yes of
 * long ago that only comes now (an import, a replay) as of when it was said: it lifts no later no.
 */
function actedAt(said: Said, isYesOfPerson: boolean): Instant {
  const { occurredAt, receivedAt, acceptedAt = receivedAt, takenAt = receivedAt, late } = said;
  if (!isYesOfPerson) return takenAt;
  return late ? Math.min(occurredAt, acceptedAt) : acceptedAt;
}

/**
 * Reads the trait `consent: { marketing: "granted" | "denied" }`, or with proof `{ marketing: { state, how, wording } }`;
 * other values are not consent. `by`: the stamp of the event. A yes of a system that may not bring one is left out.
 */
export function consentsIn(event: Said, by: string, policy: Settings["consent"]): Consent[] {
  const said = event.traits?.["consent"];
  if (typeof said !== "object" || said === null || Array.isArray(said)) return [];
  const form = Object.hasOwn(policy.forms, event.source) ? policy.forms[event.source] : undefined;
  const mayGrant = form !== undefined || policy.systems === undefined || policy.systems.includes(event.source);
  return Object.entries(said).flatMap(([purpose, word]): Consent[] => {
    const { state, how, wording } = wordIn(word);
    // What a step of a campaign takes from an event was not looked at by our doors.
    if (!isPurpose(purpose) || state === undefined || (state === "granted" && !mayGrant)) return [];
    const means = how ?? form?.how;
    const version = wording ?? form?.wording;
    const at = actedAt(event, form !== undefined && state === "granted");
    return [
      {
        ...{ purpose, channel: "email", state, at, by },
        actor: form === undefined ? "system" : "person",
        ...(event.occurredAt !== at && { saidAt: event.occurredAt }),
        ...(means !== undefined && { how: means }),
        ...(version !== undefined && { wording: version }),
      },
    ];
  });
}

type Word = { state?: ConsentState; how?: string; wording?: string };

function wordIn(word: JsonObject[string] | undefined): Word {
  if (word === "granted" || word === "denied") return { state: word };
  if (typeof word !== "object" || word === null || Array.isArray(word)) return {};
  const { state, how, wording } = word;
  if (state !== "granted" && state !== "denied") return {};
  return {
    state,
    ...(typeof how === "string" && { how }),
    ...(typeof wording === "string" && { wording }),
  };
}
