// Decides how many replayed lives add up: counts, and of each person only what the gates will ask, under opaque ids.
import type { Address } from "./address.ts";
import type { Campaign } from "./campaign.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ConsentState } from "./consent.ts";
import { type CeilingLimits, ceilingLimits } from "./day-ceilings.ts";
import type { Judged, Lived, Phase } from "./forecast-life.ts";
import type { GateSettings } from "./gate-facts.ts";
import { type Instant, iso } from "./instant.ts";
import type { Arm } from "./run.ts";
import type { Send } from "./send.ts";

/** Triggers of one campaign: how many, what became of them (entry refusals, `settling`), and entries by arm and UTC day. */
export type EntryTally = {
  triggered: number;
  notEntered: Record<string, number>;
  entered: Partial<Record<Arm, number>>;
  byDay: Record<string, number>;
};

export type ShortSend = Pick<Send, "id" | "campaign" | "step" | "arm" | "expiresAt"> & { at: Instant };

/**
 * What the gates see of somebody from an instant on; `address` is the keyed hash. `zone`, `country` and `lastPurchaseAt`
 * only where the settings ask for them.
 */
export type PersonPhase = Pick<Phase, "at" | "zone" | "country" | "lastPurchaseAt"> & {
  address?: string;
  consents: Record<string, ConsentState>;
};

/** One person with intended sends. `profile` is the opaque id. */
export type Person = {
  profile: string;
  phases: PersonPhase[];
  sends: ShortSend[];
};

/** What one catalogue would have led to. */
export type Side = { campaigns: Record<string, EntryTally>; people: Person[] };

/** `members` under the draft, and how many of them are not members now; `leaving`: members now, not under the draft. */
export type SegmentTally = { members: number; entering: number; leaving: number };

export type EntrySample = Pick<Judged, "campaign" | "at" | "cause" | "outcome" | "arm" | "clause"> & {
  profile: string;
};

/** A no closed the address at `at`, or a person's yes opened it for what was said there before `saidAt`. */
export type Closing = { address: string; purpose: string; saidAt: Instant; at: Instant; opens?: true };

/** Part of a forecast, or the whole of it. Addresses by keyed hash, without the claims that fall into the window. */
export type ForecastTally = {
  profiles: number;
  events: number;
  draft: Side;
  /** What is live now over the same time; absent when nothing is. */
  live?: Side;
  segments: Record<string, SegmentTally>;
  samples: EntrySample[];
  addresses: Record<string, Omit<Address, "version" | "waiting">>;
  closings: Closing[];
};

/** What the sums are judged by besides: what the gates ask of the settings, ceilings, and what each campaign is. */
export type CampaignFacts = Pick<Campaign, "title" | "purpose" | "priority" | "status">;
export type CatalogueFacts = GateSettings & {
  ceilings: CeilingLimits;
  campaigns: Record<string, CampaignFacts>;
};

/** The part of a catalogue that the sums need. */
export function catalogueFacts({ settings, campaigns }: Pick<Catalogue, "settings" | "campaigns">): CatalogueFacts {
  const facts = [...campaigns.values()].map(({ id, title, purpose, priority, status }) => [
    id,
    { title, purpose, priority, status },
  ]);
  const { frequencyCap, quietHours, existingCustomers, consent } = settings;
  return {
    frequencyCap,
    quietHours,
    ...(existingCustomers && { existingCustomers }),
    consent: { basis: consent.basis },
    ceilings: ceilingLimits(settings, campaigns.values()),
    campaigns: Object.fromEntries(facts),
  };
}

export const newSide = (): Side => ({ campaigns: {}, people: [] });
export const newForecastTally = (): ForecastTally => ({
  profiles: 0,
  events: 0,
  draft: newSide(),
  segments: {},
  samples: [],
  addresses: {},
  closings: [],
});

/** The day of an instant in UTC, as it is shown. */
export const dayOf = (at: Instant): string => iso(at).slice(0, 10);

const add = (counts: Record<string, number>, key: string, n = 1) => {
  counts[key] = (counts[key] ?? 0) + n;
};

const newEntryTally = (): EntryTally => ({ triggered: 0, notEntered: {}, entered: {}, byDay: {} });

/** Counts what became of one life's triggers, in place. */
export function tallyEntries(side: Side, { judged }: Lived): void {
  for (const { campaign, outcome, arm, at } of judged) {
    side.campaigns[campaign] ??= newEntryTally();
    const tally = side.campaigns[campaign];
    tally.triggered++;
    if (outcome !== "entered") add(tally.notEntered, outcome);
    else {
      add(tally.entered, arm);
      add(tally.byDay, dayOf(at));
    }
  }
}

/** Counts one person's memberships under the draft beside those of now, in place. */
export function tallyMemberships(
  segments: ForecastTally["segments"],
  draft: Record<string, Instant>,
  now: Record<string, Instant>,
): void {
  for (const id of new Set([...Object.keys(draft), ...Object.keys(now)])) {
    segments[id] ??= { members: 0, entering: 0, leaving: 0 };
    if (draft[id] === undefined) segments[id].leaving++;
    else {
      segments[id].members++;
      if (now[id] === undefined) segments[id].entering++;
    }
  }
}

/** A few of each kind are enough to choose samples from. */
const SAMPLES_PER_KIND = 10;

/** Keeps a few triggers of every outcome of the given campaigns, in place. */
export function keepSamples(samples: EntrySample[], profile: string, judged: Judged[]): void {
  for (const { campaign, at, cause, outcome, arm, clause } of judged) {
    const alike = samples.filter((known) => known.campaign === campaign && known.outcome === outcome);
    if (alike.length >= SAMPLES_PER_KIND) continue;
    samples.push({ profile, campaign, at, cause, outcome, arm, ...(clause !== undefined && { clause }) });
  }
}

/** Adds one part to the whole, in place. */
export function addTally(whole: ForecastTally, part: ForecastTally): void {
  whole.profiles += part.profiles;
  whole.events += part.events;
  addSide(whole.draft, part.draft);
  if (part.live !== undefined) {
    whole.live ??= newSide();
    addSide(whole.live, part.live);
  }
  for (const [id, { members, entering, leaving }] of Object.entries(part.segments)) {
    whole.segments[id] ??= { members: 0, entering: 0, leaving: 0 };
    const known = whole.segments[id];
    known.members += members;
    known.entering += entering;
    known.leaving += leaving;
  }
  whole.samples.push(...part.samples);
  Object.assign(whole.addresses, part.addresses);
  whole.closings.push(...part.closings);
}

function addSide(whole: Side, part: Side): void {
  for (const person of part.people) whole.people.push(person);
  for (const [id, tally] of Object.entries(part.campaigns)) {
    whole.campaigns[id] ??= newEntryTally();
    const known = whole.campaigns[id];
    known.triggered += tally.triggered;
    for (const [reason, n] of Object.entries(tally.notEntered)) add(known.notEntered, reason, n);
    for (const [arm, n] of Object.entries(tally.entered)) add(known.entered as Record<string, number>, arm, n);
    for (const [day, n] of Object.entries(tally.byDay)) add(known.byDay, day, n);
  }
}
