// Decides how a run goes from step to step until it waits or ends.
import type { Campaign } from "./campaign.ts";
import type { Deciding } from "./deciding.ts";
import type { Instant } from "./instant.ts";
import { type Run, runName } from "./run.ts";
import type { Step } from "./step.ts";
import { doSend } from "./steps/send.ts";
import type { StepContext, StepOutcome } from "./steps/step-outcome.ts";
import { doWait } from "./steps/wait.ts";

/** Does the steps of a run from its current one, in order, until one of them waits or none is left. */
export function advance(deciding: Deciding, campaign: Campaign, run: Run): void {
  const { draft, effects, now } = deciding;
  draft.runs = draft.runs.filter((other) => runName(other) !== runName(run));
  let stepAt: Instant = run.state === "waiting" ? run.dueAt : run.cause.at;
  const first = campaign.steps.findIndex((step) => step.id === run.step);
  for (let index = Math.max(first, 0); index < campaign.steps.length; index++) {
    const outcome = perform(campaign.steps[index] as Step, { deciding, campaign, run, stepAt });
    if (outcome.kind === "next") continue;
    stepAt = outcome.until;
    const next = campaign.steps[index + 1];
    if (next !== undefined && stepAt > now) {
      draft.runs.push({ ...run, state: "waiting", step: next.id, dueAt: stepAt });
      return;
    }
  }
  effects.push({ kind: "run-ended", run, reason: "completed" });
}

function perform(step: Step, context: StepContext): StepOutcome {
  return "send" in step ? doSend(step, context) : doWait(step, context);
}
