// Decides what a step may lead to.
import type { Campaign } from "../campaign.ts";
import type { Deciding } from "../deciding.ts";
import type { Instant } from "../instant.ts";
import type { Run } from "../run.ts";

/** `stepAt`: when the step became due. */
export type StepContext = { deciding: Deciding; campaign: Campaign; run: Run; stepAt: Instant };

export type StepOutcome = { kind: "next" } | { kind: "wait"; until: Instant };
