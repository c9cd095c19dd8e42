// Decides what a send step asks for: one intended send, whose id is the same however often it is decided.
import { sendIdOf } from "../send.ts";
import type { Step } from "../step.ts";
import type { StepContext, StepOutcome } from "./step-outcome.ts";

export function doSend(
  step: Extract<Step, { send: string }>,
  { deciding, campaign, run, stepAt }: StepContext,
): StepOutcome {
  const identity = {
    campaign: campaign.id,
    step: step.id,
    profileId: deciding.draft.id,
    key: run.key,
    channel: "email" as const,
  };
  deciding.effects.push({
    kind: "send-intended",
    send: {
      ...identity,
      id: sendIdOf(identity),
      revision: campaign.revision,
      template: step.send,
      purpose: campaign.purpose,
      priority: campaign.priority,
      causeSk: run.cause.sk,
      causeAt: run.cause.at,
      intendedAt: deciding.now,
      expiresAt: stepAt + campaign.sendBeforeMs,
    },
  });
  return { kind: "next" };
}
