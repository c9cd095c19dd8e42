// Decides what should be said: from what is known of a profile and one input to the new state, and what follows from it.
import { adoptRules, isNews } from "./adopt.ts";
import type { Catalogue } from "./catalogue.ts";
import { causeOf, type Deciding, isFull } from "./deciding.ts";
import type { Effect } from "./effect.ts";
import { enterBySegment, enterCampaigns, enterOccurrence, triggerTold } from "./enter.ts";
import type { Event } from "./event.ts";
import { fold } from "./fold.ts";
import type { Instant } from "./instant.ts";
import { settleMemberships } from "./memberships.ts";
import { draftOf, type Profile } from "./profile.ts";
import { nextDue, nextEnding, resumeRuns } from "./resume.ts";
import { SETTLE_MS } from "./run.ts";
import { letTimePass, nextByTime } from "./time-passing.ts";
import { earliest } from "./verdict.ts";

/** An event, the mere passing of time, or an occurrence of a scheduled campaign. */
export type Input =
  | { kind: "event"; event: Event }
  | { kind: "wake" }
  | { kind: "occurrence"; campaign: string; at: Instant };

export type DecideContext = {
  catalogue: Catalogue;
  now: Instant;
  /** Entries (see `entryName`) that turned out to be there when the decision was first committed, and when they were made. */
  taken?: ReadonlyMap<string, Instant>;
};

export type Decided = {
  profile: Profile;
  effects: Effect[];
  /**
   * When time alone may change something (runs have their own due time): may be early, never late. At once, when this
   * decision had no room for everything that was due.
   */
  wakeAt: Instant | undefined;
};

/** How often campaigns may change what others wait for, at one instant. */
const MAX_ROUNDS = 8;
/** Instants that are lived in one decision; who slept through more wakes up again. */
const MAX_INSTANTS = 200;

const NONE: ReadonlyMap<string, Instant> = new Map();

/**
 * What follows from one input. Pure and deterministic. Time is lived in order: what was due before the event happened, the
 * event, what was due since, each at its own instant; so deciding late comes to the same as deciding in time.
 */
export function decide(profile: Profile, input: Input, { catalogue, now, taken = NONE }: DecideContext): Decided {
  const event = input.kind === "event" ? input.event : undefined;
  const present = Math.max(now, profile.settledAt);
  const happenedAt =
    event === undefined || event.late ? present : Math.max(profile.settledAt, Math.min(event.occurredAt, present));
  const deciding: Deciding = {
    draft: draftOf(profile),
    effects: [],
    catalogue,
    now: happenedAt,
    present,
    taken: new Map(taken),
    told: [],
    derivations: 0,
    hops: 0,
    items: 0,
    isUnfinished: false,
  };
  adoptRules(deciding);
  liveUntil(deciding, happenedAt, profile.wakeAt);
  letTimePass(deciding, happenedAt);
  if (event !== undefined) fold(deciding.draft, event, catalogue);
  // Of an event that was long under way, what came between it and now is lived in order, too.
  const wasUnderWay = event !== undefined && present - happenedAt > SETTLE_MS;
  if (wasUnderWay) liveUntil(deciding, present, live(deciding, input));
  deciding.now = present;
  const flipAt = live(deciding, wasUnderWay ? undefined : input);
  const wakeAt = deciding.isUnfinished ? present : earliest([flipAt, nextEnding(deciding), nextByTime(deciding.draft)]);
  return { profile: deciding.draft, effects: deciding.effects, wakeAt };
}

/** Lives every instant at which time alone brings something, up to and with `until`; `known`: when a membership may change. */
function liveUntil(deciding: Deciding, until: Instant, known: Instant | undefined): void {
  let flipAt = known;
  for (let instants = 0; instants < MAX_INSTANTS; instants++) {
    const next = earliest([flipAt, nextDue(deciding), nextEnding(deciding), nextByTime(deciding.draft)]);
    if (next === undefined || next > until) break;
    if (isFull(deciding)) break;
    deciding.now = Math.max(next, deciding.draft.settledAt);
    const then = live(deciding);
    // What may flip now has flipped, or will not without another fact.
    flipAt = then === undefined || then > deciding.now ? then : undefined;
  }
  deciding.now = until;
}

/**
 * Lives one instant: runs go on, campaigns are entered, time passes, memberships change and trigger in turn, again while
 * campaigns tell events. Returns when a membership may change by time alone.
 */
function live(deciding: Deciding, input?: Input): Instant | undefined {
  const isHistory = input?.kind === "event" && input.event.late;
  for (let round = 1; ; round++) {
    resumeRuns(deciding);
    if (round === 1) enter(deciding, input);
    triggerTold(deciding);
    letTimePass(deciding, deciding.now);
    const derivations = deciding.derivations;
    // What history changes triggers nothing; what comes of it by campaigns does.
    const isQuiet = isHistory && round === 1;
    const flipAt = settleMemberships(deciding, (change) => {
      if (!isQuiet && isNews(deciding, change)) enterBySegment(deciding, change);
    });
    if (deciding.derivations === derivations || round === MAX_ROUNDS) {
      triggerTold(deciding);
      return flipAt;
    }
  }
}

function enter(deciding: Deciding, input: Input | undefined): void {
  if (input?.kind === "event" && !input.event.late) enterCampaigns(deciding, causeOf(input.event));
  if (input?.kind === "occurrence") enterOccurrence(deciding, input.campaign, input.at);
}
