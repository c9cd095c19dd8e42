// Decides what a step may lead to.
import type { Campaign } from "../campaign.ts";
import type { Deciding } from "../deciding.ts";
import type { RunEnd } from "../effect.ts";
import type { Instant } from "../instant.ts";
import type { Next } from "../journey.ts";
import type { Run } from "../run.ts";

/** `run.since`: when the run reached the step. */
export type StepContext = { deciding: Deciding; campaign: Campaign; run: Run };

/** On to another step, or the end; `at`: when, which may be long before it is noticed. */
export type Turn =
  | { kind: "go"; to: Next; at: Instant; splits?: Record<string, string> }
  | { kind: "end"; reason: RunEnd; at: Instant };

/** A turn, or a wait until an instant at which the turn is asked for again. */
export type StepOutcome = Turn | { kind: "wait"; until: Instant };
