// Decides how a run goes from step to step until it waits or ends.
import type { Campaign } from "./campaign.ts";
import { type Deciding, effect, factsAt, isFull } from "./deciding.ts";
import type { RunEnd } from "./effect.ts";
import type { Instant } from "./instant.ts";
import type { Next, Step } from "./journey.ts";
import { type Run, runName } from "./run.ts";
import { doBranch } from "./steps/branch.ts";
import { doSend } from "./steps/send.ts";
import { doSplit } from "./steps/split.ts";
import type { StepContext, StepOutcome } from "./steps/step-outcome.ts";
import { doEmit, doUpdate } from "./steps/tell.ts";
import { doWait } from "./steps/wait.ts";
import { earliest } from "./verdict.ts";

/** Takes a run on from an instant at a step, up to the next wait or its end. */
export function advance(
  deciding: Deciding,
  campaign: Campaign,
  { run: standing, to, at }: { run: Run; to: Next; at: Instant },
): void {
  const { goesOn: _, ...before } = standing;
  let run: Run = before;
  let next = to;
  let stepAt = at;
  remove(deciding, run);
  while (next !== undefined) {
    const ending = endingAt(deciding, campaign, { run, at: stepAt });
    if (ending.is !== undefined) {
      endRun(deciding, run, ending.is);
      return;
    }
    const step = campaign.stepById.get(next) as Step;
    run = { ...run, step: step.id, since: stepAt };
    if (isFull(deciding)) {
      wait(deciding, run, stepAt);
      return;
    }
    const outcome = perform(step, { deciding, campaign, run });
    // A wait is gone on with in its turn, also when it is over already: others may come first.
    const until = outcome.kind === "wait" ? outcome.until : step.kind === "wait" ? outcome.at : stepAt;
    if (until > stepAt) {
      wait(deciding, run, until);
      return;
    }
    if (outcome.kind !== "go") {
      if (outcome.kind === "end") endRun(deciding, run, outcome);
      return;
    }
    if (outcome.splits !== undefined) run = { ...run, splits: outcome.splits };
    next = outcome.to;
    stepAt = outcome.at;
  }
  endRun(deciding, run, { reason: "completed", at: stepAt });
}

function wait({ draft }: Deciding, run: Run, dueAt: Instant): void {
  draft.runs = [...draft.runs, { ...run, state: "waiting", dueAt }];
}

function perform(step: Step, context: StepContext): StepOutcome {
  const at = context.run.since;
  switch (step.kind) {
    case "send":
      doSend(step, context);
      return { kind: "go", to: step.next, at };
    case "wait":
      return doWait(step, context);
    case "branch":
      return doBranch(step, context);
    case "split":
      return doSplit(step, context);
    case "update":
      doUpdate(step, context);
      return { kind: "go", to: step.next, at };
    case "emit":
      doEmit(step, context);
      return { kind: "go", to: step.next, at };
    case "exit":
      return { kind: "end", reason: `exit:${step.reason}`, at };
  }
}

export type Ending = { reason: RunEnd; at: Instant };

/** Whether the goal is reached or the exit condition met at an instant, and when that may change by time alone. */
export function endingAt(
  deciding: Deciding,
  campaign: Campaign,
  { run, at }: { run: Run; at: Instant },
): { is: Ending | undefined; flipAt: Instant | undefined } {
  const { goal, exitWhen } = campaign;
  if (goal === undefined && exitWhen === undefined) return { is: undefined, flipAt: undefined };
  const { cause } = run;
  const facts = factsAt(deciding, at, { properties: cause.properties, enteredAt: cause.at });
  const reached = goal?.clause.judge(facts, at);
  // What was true before the entry, or always, is no act after it.
  const reachedAt = reached?.is === true && (reached.since ?? 0) > cause.at ? (reached.since as Instant) : undefined;
  const isAct = reachedAt !== undefined && (!run.hadGoal || wasNot(deciding, goal, { run, at: reachedAt - 1 }));
  const inTime = isAct && reachedAt <= cause.at + (goal?.withinMs ?? Number.POSITIVE_INFINITY);
  if (inTime) return { is: { reason: "goal", at: Math.min(reachedAt, at) }, flipAt: undefined };
  const exits = exitWhen?.judge(facts, at);
  if (exits?.is === true) return { is: { reason: "exit-condition", at }, flipAt: undefined };
  return { is: undefined, flipAt: earliest([reached?.flipAt, exits?.flipAt]) };
}

/** Whether a goal that was met at the entry is known not to have been met at a later instant. */
function wasNot(deciding: Deciding, goal: Campaign["goal"], { run, at }: { run: Run; at: Instant }): boolean {
  const { cause } = run;
  const facts = factsAt(deciding, at, { properties: cause.properties, enteredAt: cause.at });
  return goal?.clause.holds(facts, at) === false;
}

/** Ends a run, and takes it off the profile. */
export function endRun(deciding: Deciding, run: Run, { reason, at }: Ending): void {
  remove(deciding, run);
  effect(deciding, { kind: "run-ended", run, reason, at });
}

function remove({ draft }: Deciding, run: Run): void {
  const name = runName(run);
  if (draft.runs.length > 0) draft.runs = draft.runs.filter((other) => runName(other) !== name);
}
