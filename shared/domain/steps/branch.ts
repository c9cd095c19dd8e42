// Decides which way of a branch a run takes: the first whose condition is true; unknown is not.
import { factsAt } from "../deciding.ts";
import type { Step } from "../journey.ts";
import type { StepContext, StepOutcome } from "./step-outcome.ts";

export function doBranch(step: Extract<Step, { kind: "branch" }>, { deciding, run }: StepContext): StepOutcome {
  const { since, cause } = run;
  const facts = factsAt(deciding, since, { properties: cause.properties, enteredAt: cause.at });
  const way = step.ways.find(({ when }) => when.holds(facts, since) === true);
  return { kind: "go", to: way === undefined ? step.next : way.to, at: since };
}
