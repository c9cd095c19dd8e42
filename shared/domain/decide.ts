// Decides what should be said: from what is known of a profile and one input to the new state, and what follows from it.
import { adoptRules, isNews } from "./adopt.ts";
import type { Catalogue } from "./catalogue.ts";
import { causeOf, chainOf, type Deciding, isFull, isMailNews } from "./deciding.ts";
import type { Effect } from "./effect.ts";
import { enterBySegment, enterCampaigns, enterOccurrence, triggerTold } from "./enter.ts";
import { type Event, MAX_HOPS } from "./event.ts";
import { learn } from "./fold.ts";
import type { Instant } from "./instant.ts";
import { settleMemberships } from "./memberships.ts";
import { draftOf, type Profile } from "./profile.ts";
import { nextDue, nextEnding, resumeRuns } from "./resume.ts";
import { entryName, SETTLE_MS } from "./run.ts";
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
   * When time alone may change something (runs have their own due time): may be early, never late. Already past, when this
   * decision had no room for everything that was due: the next one goes on there.
   */
  wakeAt: Instant | undefined;
  /** So much was due before the event that it needs decisions of its own: wake the profile first. Nothing was decided. */
  isOverdue?: true;
};

/** How often campaigns may change what others wait for, at one instant. */
const MAX_ROUNDS = MAX_HOPS + 2;
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
    taken: new Map([...taken, ...underWay(profile)]),
    told: [],
    stirs: 0,
    chain: [],
    items: 0,
    isUnfinished: false,
  };
  adoptRules(deciding);
  const isUpToDate = liveUntil(deciding, happenedAt, profile.wakeAt);
  if (event !== undefined && !isUpToDate) return { profile, effects: [], wakeAt: profile.wakeAt, isOverdue: true };
  if (isUpToDate) takeIn(deciding, input);
  const wakeAt = deciding.isUnfinished
    ? deciding.now
    : earliest([deciding.flipAt, nextEnding(deciding), nextByTime(deciding.draft)]);
  return { profile: deciding.draft, effects: deciding.effects, wakeAt };
}

/** The event itself; of one that was long under way, what came between it and now is lived in order, too. */
function takeIn(deciding: Deciding, input: Input): void {
  const { present, now: happenedAt } = deciding;
  if (input.kind === "event") {
    letTimePass(deciding, happenedAt);
    learn(deciding, input.event);
  }
  const wasUnderWay = present - happenedAt > SETTLE_MS;
  if (!wasUnderWay) deciding.now = present;
  live(deciding, input);
  if (wasUnderWay && liveUntil(deciding, present, deciding.flipAt)) live(deciding);
}

/** Entries whose runs are under way: known as taken also when they end within this decision. */
const underWay = ({ runs }: Profile) =>
  runs.flatMap((run) => (run.state === "settling" ? [] : [[entryName(run), run.cause.at] as const]));

/**
 * Lives every instant at which time alone brings something, up to and with `until`; `known`: when a membership may change.
 * `false` when the decision is full before that: it stops there, and nothing is passed over.
 */
function liveUntil(deciding: Deciding, until: Instant, known: Instant | undefined): boolean {
  deciding.flipAt = known;
  for (let instants = 1; ; instants++) {
    const { draft, flipAt } = deciding;
    const next = earliest([flipAt, nextDue(deciding), nextEnding(deciding), nextByTime(draft)]);
    if (next === undefined || next > until) {
      deciding.now = until;
      return true;
    }
    deciding.now = Math.max(next, draft.settledAt);
    if (instants > MAX_INSTANTS) deciding.isUnfinished = true;
    if (deciding.isUnfinished || isFull(deciding)) return false;
    live(deciding);
    // What may flip now has flipped, or will not without another fact.
    if (deciding.flipAt !== undefined && deciding.flipAt <= deciding.now) deciding.flipAt = undefined;
  }
}

/**
 * Lives one instant: runs go on, campaigns are entered, time passes, memberships change and trigger in turn, again while
 * campaigns tell events. Leaves in `flipAt` when a membership may change by time alone.
 */
function live(deciding: Deciding, input?: Input): void {
  const isHistory = input?.kind === "event" && input.event.late;
  // What news of a mail changes may lead to the next mail.
  deciding.chain = input?.kind === "event" && isMailNews(input.event) ? chainOf(input.event) : [];
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const { stirs } = deciding;
    resumeRuns(deciding);
    if (round === 1) enter(deciding, input);
    triggerTold(deciding);
    letTimePass(deciding, deciding.now);
    // What history changes triggers nothing; what comes of it by campaigns does.
    const isQuiet = isHistory && round === 1;
    deciding.flipAt = settleMemberships(deciding, (change) => {
      if (!isQuiet && isNews(deciding, change)) enterBySegment(deciding, change);
    });
    // Runs under way may wait for what campaigns told, and a run that was let in may be at its end.
    if (deciding.stirs === stirs) return;
  }
}

function enter(deciding: Deciding, input: Input | undefined): void {
  if (input?.kind === "event" && !input.event.late) enterCampaigns(deciding, causeOf(input.event));
  if (input?.kind === "occurrence") enterOccurrence(deciding, input.campaign, input.at);
}
