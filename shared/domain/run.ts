// Decides what a run is: one profile's way through one campaign revision, alive while it waits for something.
import { type Instant, MINUTE_MS } from "./instant.ts";
import type { JsonObject } from "./json.ts";

/** How long an entry waits, from when its event came, for facts that may still be under way (an identify behind it). */
export const SETTLE_MS = 2 * MINUTE_MS;

/**
 * What started a run: an event, a change of membership, or an occurrence of a schedule. `sk` is where it is stored in the
 * profile's partition. `chain`: the triggers that led here by steps of campaigns, oldest first, this one last.
 */
export type Cause = {
  type: string;
  id: string;
  source: string;
  at: Instant;
  sk: string;
  chain: string[];
  properties: JsonObject;
};

/** Who gets the mails: `treated`, or nobody, to measure what the campaign (`holdout`) or all marketing (`global-holdout`) does. */
export type Arm = "treated" | "holdout" | "global-holdout";

export type Run = {
  campaign: string;
  /** The entry key: what makes this entry different from another of the same campaign. */
  key: string;
  /** The campaign's revision at entry; kept to the end. */
  revision: string;
  cause: Cause;
  /**
   * `settling`: an audience fact is still unknown. `waiting`: at a wait step. `held`: the campaign is paused and the wait is
   * over; such a run is not due until the campaign goes on.
   */
  state: "settling" | "waiting" | "held";
  /** When it was let in; a cause may be much older. */
  startedAt: Instant;
  /** Id of the step it stands at. */
  step: string;
  /** When it reached that step. */
  since: Instant;
  dueAt: Instant;
  /** Decided at entry. */
  arm: Arm;
  /** The goal was met when it was let in: it counts only once it is known not to have been met in between. */
  hadGoal?: true;
  /** Arms of the splits passed so far, by step id. */
  splits?: Record<string, string>;
  /** Of a held run: where it goes on, and when its wait was over. */
  goesOn?: { to?: string; at: Instant };
};

/** The name of a run within its profile. */
export function runName(run: { campaign: string; key: string }): string {
  return `${run.campaign}#${run.key}`;
}

/** Behind it, in the key of a run that enters with the same key once more, stands when. Entry keys have none of it. */
const AGAIN = "~";

/** The key of a run that enters again. */
export function keyAgain(key: string, at: Instant): string {
  return `${key}${AGAIN}${at}`;
}

/** The key an entry was made with, also when it was not the first one. */
export function firstKey({ key }: { key: string }): string {
  return key.split(AGAIN, 1)[0] as string;
}

/** What entries are told apart by: the campaign, and the key where it has one. */
export function entryName(run: { campaign: string; key: string }): string {
  return `${run.campaign}#${firstKey(run)}`;
}
