// Decides which arm of a split a run takes: by weight, always the same for one person.
import { splitArm } from "../holdout.ts";
import type { Step } from "../journey.ts";
import type { StepContext, StepOutcome } from "./step-outcome.ts";

export function doSplit(step: Extract<Step, { kind: "split" }>, { deciding, campaign, run }: StepContext): StepOutcome {
  const { arm, to } = splitArm(deciding.draft.id, `${campaign.id}/${step.id}`, step.arms);
  return { kind: "go", to, at: run.since, splits: { ...run.splits, [step.id]: arm } };
}
