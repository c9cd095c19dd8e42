// Decides what should be said: from what is known of a profile and one input to the new state, and what follows from it.
import { advance } from "./advance.ts";
import type { Catalogue } from "./catalogue.ts";
import { causeOf, type Deciding } from "./deciding.ts";
import type { Effect } from "./effect.ts";
import { enterCampaigns, judge } from "./enter.ts";
import type { Event } from "./event.ts";
import { fold } from "./fold.ts";
import type { Instant } from "./instant.ts";
import { settleMemberships } from "./memberships.ts";
import { draftOf, type Profile } from "./profile.ts";
import { runName } from "./run.ts";
import { letTimePass, nextByTime } from "./time-passing.ts";
import { earliest } from "./verdict.ts";

/** An event, or the mere passing of time. */
export type Input = { kind: "event"; event: Event } | { kind: "wake" };

export type DecideContext = {
  catalogue: Catalogue;
  now: Instant;
  /** Entries ("campaign#key") that turned out to be taken when the decision was first committed. */
  taken?: ReadonlySet<string>;
};

export type Decided = {
  profile: Profile;
  effects: Effect[];
  /** When time alone may change something (runs have their own due time): may be early, never late. */
  wakeAt: Instant | undefined;
};

/** Runs that go on in one decision: each may write several items, and one decision is one transaction of 100 items. */
const MAX_RESUMED = 15;

const NONE: ReadonlySet<string> = new Set();

/**
 * What follows from one input. Pure and deterministic. What time brought before the event happened comes first, then the
 * event, then what time brought since; memberships are those at `now`.
 */
export function decide(profile: Profile, input: Input, { catalogue, now, taken = NONE }: DecideContext): Decided {
  const at = Math.max(now, profile.settledAt);
  const underWay = profile.runs.filter((run) => run.state === "waiting").map(runName);
  const deciding: Deciding = {
    draft: draftOf(profile),
    effects: [],
    catalogue,
    now: at,
    taken: new Set([...taken, ...underWay]),
  };
  const event = input.kind === "event" ? input.event : undefined;
  if (event !== undefined) learn(deciding, event);
  else letTimePass(deciding, at);
  resumeRuns(deciding);
  if (event !== undefined && !event.late) enterCampaigns(deciding, causeOf(event));
  letTimePass(deciding, at);
  const flipAt = settleMemberships(deciding);
  return { profile: deciding.draft, effects: deciding.effects, wakeAt: earliest([flipAt, nextByTime(deciding.draft)]) };
}

/** History is told to a profile whose past is settled, so it sets dates and fires nothing. */
function learn(deciding: Deciding, event: Event): void {
  letTimePass(deciding, event.late ? deciding.now : Math.min(event.occurredAt, deciding.now));
  fold(deciding.draft, event, deciding.catalogue);
}

/**
 * Judges settling runs again (a fact may have come), and lets those go on whose wait is over: in the order of their causes,
 * so that of two entries that bar each other the earlier one starts, whatever the arrival. Those that are due come first;
 * what does not fit stays due.
 */
function resumeRuns(deciding: Deciding): void {
  const runs = deciding.draft.runs.toSorted((a, b) => a.cause.at - b.cause.at || (runName(a) < runName(b) ? -1 : 1));
  const due = runs.filter((run) => run.dueAt <= deciding.now);
  const settling = runs.filter((run) => run.state === "settling" && run.dueAt > deciding.now);
  for (const run of [...due, ...settling].slice(0, MAX_RESUMED)) {
    const campaign = deciding.catalogue.byRevision.get(run.revision);
    if (campaign === undefined) continue;
    if (run.state === "settling") judge(deciding, campaign, run);
    else advance(deciding, campaign, run);
  }
}
