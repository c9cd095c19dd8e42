// Decides what the parts of one decision share: the draft profile, the effects so far, the catalogue and the time.
import type { Catalogue } from "./catalogue.ts";
import type { Facts } from "./clause.ts";
import type { Effect } from "./effect.ts";
import { type Event, MAX_HOPS } from "./event.ts";
import type { Instant } from "./instant.ts";
import { iso } from "./instant.ts";
import type { JsonObject } from "./json.ts";
import { ownNews } from "./own-news.ts";
import type { Profile } from "./profile.ts";
import type { Cause } from "./run.ts";
import { UNKNOWN, type Verdict } from "./verdict.ts";
import { zoneOf } from "./zone.ts";

export type Deciding = {
  draft: Profile;
  effects: Effect[];
  catalogue: Catalogue;
  /** The instant that is lived: first when the event happened, then what was due since, at last the present. */
  now: Instant;
  /** The time of the decision; never before `draft.settledAt`. */
  present: Instant;
  /** Entries that are there although the profile does not say so, those of this decision included: name → when. */
  taken: Map<string, Instant>;
  /** Events of Relance's own that have not triggered campaigns yet. */
  told: Cause[];
  /** When a membership may change by time alone, as known by now. */
  flipAt?: Instant | undefined;
  /** Runs that were let in and events that were told so far. */
  stirs: number;
  /** The triggers behind the last event that was told at this instant. */
  chain: string[];
  /** Items that the decision writes so far, about. */
  items: number;
  /** Something is left for the next decision, because this one is full. */
  isUnfinished: boolean;
};

/** A decision is one transaction of 100 items: behind this many no run starts or goes on, and no membership changes. */
const FULL_ITEMS = 40;
const ITEMS: Record<Effect["kind"], number> = {
  judged: 0,
  "segment-entered": 1,
  "segment-left": 1,
  "run-started": 2,
  "run-ended": 2,
  "send-intended": 1,
  "consent-changed": 1,
  "event-derived": 1,
};

/** Notes what follows from the decision. */
export function effect(deciding: Deciding, added: Effect): void {
  deciding.effects.push(added);
  deciding.items += ITEMS[added.kind];
  if (added.kind === "run-started" || added.kind === "event-derived") deciding.stirs++;
}

/** Whether the decision has no room for more; what is left is then due at once. */
export function isFull(deciding: Deciding): boolean {
  if (deciding.items < FULL_ITEMS) return false;
  deciding.isUnfinished = true;
  return true;
}

/** What a profile is judged by: itself and the rules. */
export type Judged = Pick<Deciding, "draft" | "catalogue">;

/** What a condition may look at besides the profile, see `Facts`. */
export type Besides = Pick<Facts, "properties" | "enteredAt">;

/** Facts for judging conditions on the draft as it is, at one instant; each segment is judged at most once. */
export function factsAt({ draft, catalogue }: Judged, at: Instant, besides: Besides = {}): Facts {
  const memberships = new Map<string, Verdict>();
  const facts: Facts = {
    ...besides,
    profile: draft,
    zone: () => zoneOf(draft.traits, catalogue.settings.timezone),
    segment: (id) => {
      const known = memberships.get(id);
      if (known !== undefined) return known;
      const verdict = membershipAt({ draft, catalogue }, id, { facts, at });
      memberships.set(id, verdict);
      return verdict;
    },
  };
  return facts;
}

/** The verdict on a segment's rule; of a member `since` is when it entered, which may be before the rule can still tell. */
function membershipAt(judged: Judged, id: string, { facts, at }: { facts: Facts; at: Instant }): Verdict {
  const { draft, catalogue } = judged;
  const rule = catalogue.segmentById.get(id)?.rule;
  if (rule === undefined) return UNKNOWN;
  const verdict = rule.judge(facts, at);
  if (verdict.is !== true) return verdict;
  const since = Math.min(verdict.since ?? draft.createdAt, at);
  const enteredAt = draft.memberships[id];
  const stayed = enteredAt !== undefined && enteredAt < since && leaveBefore(judged, id, since) === undefined;
  return { ...verdict, since: stayed ? enteredAt : since };
}

/**
 * Whether the rule was false just before it became true, and since when (the instant itself where that is not known);
 * `undefined` when it was not false.
 */
export function leaveBefore(judged: Judged, id: string, since: Instant): Instant | undefined {
  const before = factsAt({ ...judged, draft: { ...judged.draft, memberships: {} } }, since - 1).segment(id);
  return before.is === false ? (before.since ?? since) : undefined;
}

/** Where an event is stored in its profile's partition: by declared time (the same in every retry), source and id. */
export function eventSk(event: Pick<Event, "declaredAt" | "occurredAt" | "source" | "id">): string {
  return `EVENT#${iso(event.declaredAt ?? event.occurredAt)}#${withoutBars(event.source)}#${withoutBars(event.id)}`;
}

/** Sources and ids are free text: the separator must not come from them. */
export function withoutBars(text: string): string {
  return text.replace(/[%#]/g, encodeURIComponent);
}

/** The triggers that led to an event, itself included: an event from outside has none behind it, news of a mail those of the mail. */
export function chainOf(event: Pick<Event, "source" | "type" | "behind" | "properties">): string[] {
  const { behind = [], type, properties } = event;
  return [...behind, isMailNews(event) ? `${type} of ${properties["campaign"]}` : type];
}

/** Whether an event is Relance's own and follows from no other one: whoever lives a life again needs it. */
export const isOwnNews = ({ source, type }: Pick<Event, "source" | "type">): boolean =>
  source === OWN_SOURCE && Object.hasOwn(ownNews, type);

/** News of what became of a mail, or of what its reader did with it. */
export const isMailNews = (event: Pick<Event, "source" | "type">): boolean =>
  isOwnNews(event) && event.type.startsWith("email.");

/** The campaign whose mail is the news that a trigger stands for. */
export const mailedBy = (trigger: string): string | undefined => /^email\.\S+ of (.*)$/.exec(trigger)?.[1];

/** The event as the cause of runs and sends; `chain`: see `Cause`. */
export function causeOf(event: Event, chain: string[] = chainOf(event)): Cause {
  const { type, id, source, occurredAt, properties } = event;
  return { type, id, source, at: occurredAt, sk: eventSk(event), chain, properties };
}

/** Whether a trigger led back to itself, or to the campaign whose mail it is news of, or so far that it might: then nothing starts by it. */
export function isLoop({ chain }: Pick<Cause, "chain">, campaign: string): boolean {
  const isRepeated = chain.indexOf(chain.at(-1) as string) < chain.length - 1;
  return chain.length > MAX_HOPS || isRepeated || chain.some((trigger) => mailedBy(trigger) === campaign);
}

/** Source name of Relance's own events. */
export const OWN_SOURCE = "relance";

/**
 * An event of Relance's own. Many people have one at the same instant: `of` and the opaque id keep its id unique within
 * the source.
 */
export function ownEvent(
  { draft, present }: Deciding,
  event: { type: string; at: Instant; of?: string },
  properties: JsonObject,
): Event {
  const { type, at, of } = event;
  return {
    id: `${[type, ...(of === undefined ? [] : [of])].join("/")}@${iso(at)}/${draft.id}`,
    source: OWN_SOURCE,
    type,
    occurredAt: at,
    declaredAt: at,
    receivedAt: present,
    late: false,
    hops: 0,
    properties,
  };
}
