// Decides how long a wait step waits: from the moment it became due.
import { parseDuration } from "../instant.ts";
import type { Step } from "../step.ts";
import type { StepContext, StepOutcome } from "./step-outcome.ts";

export function doWait(step: Extract<Step, { wait: string }>, { stepAt }: StepContext): StepOutcome {
  return { kind: "wait", until: stepAt + (parseDuration(step.wait) ?? 0) };
}
