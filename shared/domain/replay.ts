// Decides how one profile's recorded life is lived again: its events arrive as they did, and what falls due happens when due.
import type { Catalogue } from "./catalogue.ts";
import { type Consent, consentsAfter } from "./consent.ts";
import { type Decided, decide, type Input } from "./decide.ts";
import type { Event } from "./event.ts";
import type { Instant } from "./instant.ts";
import type { Profile } from "./profile.ts";
import { entryName } from "./run.ts";
import { nextOccurrence } from "./schedule.ts";
import { earliest } from "./verdict.ts";

/** One decision of a replay. */
export type Moment = { at: Instant; input: Input; before: Profile; decided: Decided };

/** An occurrence of a scheduled campaign. */
export type Occurrence = { campaign: string; at: Instant };

export type ReplayContext = {
  catalogue: Catalogue;
  /** The last instant that is lived, included. */
  until: Instant;
  /** Ascending, see `occurrencesOf`. */
  occurrences?: Occurrence[];
  /** Entries that were made before: name (see `entryName`) → when. */
  taken?: ReadonlyMap<string, Instant>;
  /** Words on consent that no event tells. */
  said?: readonly Consent[];
};

/**
 * Lives from `start` on: events arrive at their `receivedAt` (give them in that order), wake-ups and waits happen at their
 * exact instants, scheduled campaigns come round. Yields every decision; pure, and as quick as `decide`.
 */
export function* replay(start: Profile, events: Event[], context: ReplayContext): Generator<Moment, Profile> {
  const { catalogue, until, occurrences = [], said = [] } = context;
  const taken = new Map(context.taken);
  let profile = start;
  let wakeAt = start.wakeAt;
  let arrived = 0;
  let occurred = 0;
  for (;;) {
    const event = events[arrived];
    const occurrence = occurrences[occurred];
    const dueAt = earliest([wakeAt, dueRunAt(profile)]);
    const at = earliest([dueAt, event?.receivedAt, occurrence?.at]);
    if (at === undefined || at > until) return profile;
    let input: Input;
    // At one instant: what was due before what arrives.
    if (dueAt === at) input = { kind: "wake" };
    else if (event?.receivedAt === at) {
      input = { kind: "event", event };
      arrived++;
    } else {
      occurred++;
      if (!concerns(profile, catalogue, occurrence as Occurrence)) continue;
      input = { kind: "occurrence", ...(occurrence as Occurrence) };
    }
    const before = withSaid(profile, said, at);
    const decided = decide(before, input, { catalogue, now: at, taken });
    for (const effect of decided.effects) {
      if (effect.kind === "run-started" || effect.kind === "run-ended")
        taken.set(entryName(effect.run), effect.run.cause.at);
    }
    wakeAt = decided.wakeAt;
    profile = withWake(decided.profile, wakeAt);
    yield { at, input, before, decided };
  }
}

/** The profile with the words that were said by then. */
function withSaid(profile: Profile, said: readonly Consent[], at: Instant): Profile {
  if (said.length === 0) return profile;
  return { ...profile, consents: consentsAfter(profile.consents, said, at) };
}

/** The profile with its stored wake-up, as a table would have it. */
function withWake(profile: Profile, wakeAt: Instant | undefined): Profile {
  const { wakeAt: _, ...rest } = profile;
  return wakeAt === undefined ? rest : { ...rest, wakeAt };
}

function dueRunAt({ runs }: Profile): Instant | undefined {
  return earliest(runs.map((run) => (run.state === "held" ? undefined : run.dueAt)));
}

/** Whether an occurrence is for this profile as far as its memberships tell. */
function concerns(profile: Profile, catalogue: Catalogue, { campaign }: Occurrence): boolean {
  const on = catalogue.campaigns.get(campaign)?.on;
  // Nobody has heard of a person before the first event.
  if (on?.kind !== "schedule" || Object.keys(profile.activity).length === 0) return false;
  return on.segment === undefined || profile.memberships[on.segment] !== undefined;
}

/** Every occurrence of the live scheduled campaigns after one instant and up to another, in order. */
export function occurrencesOf(catalogue: Catalogue, after: Instant, until: Instant): Occurrence[] {
  const found: Occurrence[] = [];
  for (const { id, on, status } of catalogue.campaigns.values()) {
    if (on.kind !== "schedule" || status !== "live") continue;
    let at = nextOccurrence(on.schedule, after, catalogue.settings.timezone.default);
    while (at !== undefined && at <= until) {
      found.push({ campaign: id, at });
      at = nextOccurrence(on.schedule, at, catalogue.settings.timezone.default);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}
