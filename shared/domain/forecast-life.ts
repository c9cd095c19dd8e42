// Decides what one person's recorded life would have led to under a catalogue: entries, refusals, intended sends, memberships.
import type { Catalogue } from "./catalogue.ts";
import { type Consent, consentsAfter } from "./consent.ts";
import { decide } from "./decide.ts";
import type { EntryRefusal } from "./effect.ts";
import type { Event } from "./event.ts";
import { fold } from "./fold.ts";
import { type Instant, iso } from "./instant.ts";
import { type PersonFacts, personFacts } from "./person-facts.ts";
import { newProfile, type Profile } from "./profile.ts";
import { type Moment, type Occurrence, replay } from "./replay.ts";
import type { Arm } from "./run.ts";
import type { Send } from "./send.ts";
import type { Settings } from "./settings.ts";
import type { Trait } from "./trait.ts";

/** What is recorded of one profile: events of outside sources by arrival, and the entries made before the window. */
export type Life = {
  profileId: string;
  events: Event[];
  /** `name`: see `entryName`. */
  entries: { name: string; campaign: string; at: Instant }[];
  /** Words on consent that were said to Relance itself, in order: no event tells them. */
  said: Consent[];
};

export type ForecastWindow = { catalogue: Catalogue; from: Instant; until: Instant; occurrences: Occurrence[] };

/** What became of one trigger: `entered`, still `settling` at the end, or why not. */
export type Judged = {
  campaign: string;
  causeSk: string;
  at: Instant;
  cause: string;
  outcome: "entered" | "settling" | EntryRefusal;
  arm: Arm;
  clause?: string;
};

/**
 * What the gates see of the person from an instant on: the whole recorded life, not only the window. `zone`, `country` and
 * `lastPurchaseAt` only where the settings ask for them.
 */
export type Phase = Seen & { at: Instant; emailTrait: Trait | undefined; consents: Record<string, Consent> };

type Seen = Pick<PersonFacts, "email" | "country" | "lastPurchaseAt"> & { zone?: string };

export type Lived = { judged: Judged[]; sends: Send[]; phases: Phase[]; memberships: Record<string, Instant> };

/** Lives the window again; what came before it is told as history. Pure. */
export function liveAgain(life: Life, window: ForecastWindow): Lived {
  const { catalogue, from, until, occurrences } = window;
  const firstInside = life.events.findIndex((event) => event.receivedAt >= from);
  const inside = firstInside === -1 ? [] : life.events.slice(firstInside);
  const earlier = firstInside === -1 ? life.events : life.events.slice(0, firstInside);
  const phases: Phase[] = [];
  const start = earlier.length > 0 ? told({ ...life, events: earlier }, window, phases) : unknown(life, inside, window);
  const taken = new Map(life.entries.map(({ name, at }) => [name, at]));
  const collected: Collected = { judged: new Map(), sends: [] };
  let profile = start;
  for (const moment of replay(start, inside, { catalogue, until, occurrences, taken, said: life.said })) {
    collect(moment, collected);
    profile = moment.decided.profile;
    notePhase(phases, profile, { at: moment.at, settings: catalogue.settings });
  }
  const { judged, sends } = collected;
  const { memberships } = profile;
  return { judged: [...judged.values()], sends, phases: withWords(phases, life.said), memberships };
}

const foldedBy = ({ countersHash, seq }: Catalogue): Profile["foldedBy"] => ({ counters: countersHash, seq });

/** Nobody has heard of the person before the window: the state its first event finds. */
function unknown({ profileId }: Life, [first]: Event[], { catalogue, from }: ForecastWindow): Profile {
  if (first === undefined) return newProfile(profileId, from, foldedBy(catalogue));
  const settledAt = first.late ? first.receivedAt : Math.min(first.occurredAt, first.receivedAt);
  return { ...newProfile(profileId, settledAt, foldedBy(catalogue)), createdAt: first.occurredAt };
}

/** The state at the window's start: everything before it folded, its time settled, its memberships entered quietly. */
function told({ profileId, events, entries }: Life, { catalogue, from }: ForecastWindow, phases: Phase[]): Profile {
  const draft = newProfile(profileId, from, foldedBy(catalogue));
  for (const { campaign, at } of entries) draft.entries[campaign] = Math.max(at, draft.entries[campaign] ?? 0);
  const last = events.at(-1) as Event;
  for (const event of events) {
    if (event === last) break;
    fold(draft, event, catalogue);
    if (event.traits !== undefined) notePhase(phases, draft, { at: event.receivedAt, settings: catalogue.settings });
  }
  const { profile, wakeAt } = decide(
    draft,
    { kind: "event", event: { ...last, late: true } },
    { catalogue, now: from },
  );
  notePhase(phases, profile, { at: last.receivedAt, settings: catalogue.settings });
  return { ...profile, ...(wakeAt !== undefined && { wakeAt }) };
}

type Collected = { judged: Map<string, Judged>; sends: Send[] };

/** The last word about each trigger counts. */
function collect({ at, decided, input }: Moment, { judged, sends }: Collected): void {
  for (const effect of decided.effects) {
    if (effect.kind === "judged") {
      const { campaign, outcome, reason, arm = "treated", clause } = effect.judgement;
      const key = `${campaign} ${effect.causeSk}`;
      const known = judged.get(key);
      judged.set(key, {
        campaign,
        causeSk: effect.causeSk,
        at: known?.at ?? at,
        cause: known?.cause ?? causeText(input),
        outcome: outcome === "not-entered" ? (reason as EntryRefusal) : outcome,
        arm,
        ...(clause !== undefined && { clause }),
      });
    } else if (effect.kind === "run-started") {
      const { run } = effect;
      const judgement = judged.get(`${run.campaign} ${run.cause.sk}`);
      if (judgement !== undefined) judgement.cause = run.cause.type;
    } else if (effect.kind === "send-intended") sends.push(effect.send);
  }
}

const causeText = (input: Moment["input"]): string =>
  input.kind === "event" ? input.event.type : input.kind === "occurrence" ? `schedule of ${iso(input.at)}` : "time";

/** Adds a phase when the gates see something else from here on. */
function notePhase(phases: Phase[], profile: Profile, { at, settings }: { at: Instant; settings: Settings }): void {
  const { traits, consents } = profile;
  const last = phases.at(-1);
  const seen = seenOf(profile, settings);
  const isSame =
    last?.emailTrait === traits["email"] &&
    last?.zone === seen.zone &&
    last?.country === seen.country &&
    last?.lastPurchaseAt === seen.lastPurchaseAt &&
    sameConsents(last?.consents ?? {}, consents);
  if (last !== undefined && isSame) return;
  phases.push({ at, emailTrait: traits["email"], ...seen, consents: { ...consents } });
}

/** The country itself is nobody's business where the law is the same everywhere, nor the zone without quiet hours. */
function seenOf(profile: Profile, settings: Settings): Seen {
  const { quietHours, existingCustomers, consent } = settings;
  const { email, zone, country, lastPurchaseAt } = personFacts(profile, settings, "marketing");
  const asksWhere =
    existingCustomers?.countries !== undefined || Object.keys(consent.basis.marketing.byCountry).length > 0;
  return {
    ...(email !== undefined && { email }),
    ...(Object.keys(quietHours).length > 0 && { zone }),
    ...(asksWhere && country !== undefined && { country }),
    ...(existingCustomers !== undefined && lastPurchaseAt !== undefined && { lastPurchaseAt }),
  };
}

/** The phases with words that no event told, each from when it was said on. */
function withWords(phases: Phase[], said: Consent[]): Phase[] {
  const [first] = phases;
  if (first === undefined || said.length === 0) return phases;
  const instants = [...phases, ...said].map(({ at }) => Math.max(at, first.at));
  return [...new Set(instants)]
    .sort((a, b) => a - b)
    .map((at) => {
      const phase = phases.findLast((one) => one.at <= at) as Phase;
      return { ...phase, at, consents: consentsAfter(phase.consents, said, at) };
    });
}

function sameConsents(a: Phase["consents"], b: Phase["consents"]): boolean {
  const purposes = Object.keys(b);
  return purposes.length === Object.keys(a).length && purposes.every((purpose) => a[purpose] === b[purpose]);
}
