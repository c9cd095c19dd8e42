// Decides what a send step asks for: one intended send, whose id is the same however often it is decided.
import { effect, mailedBy } from "../deciding.ts";
import type { Step } from "../journey.ts";
import { sendIdOf } from "../send.ts";
import type { StepContext } from "./step-outcome.ts";

export function doSend(step: Extract<Step, { kind: "send" }>, { deciding, campaign, run }: StepContext): void {
  const identity = {
    campaign: campaign.id,
    step: step.id,
    profileId: deciding.draft.id,
    key: run.key,
    channel: "email" as const,
  };
  effect(deciding, {
    kind: "send-intended",
    send: {
      ...identity,
      id: sendIdOf(identity),
      revision: campaign.revision,
      template: step.template,
      purpose: campaign.purpose,
      priority: campaign.priority,
      arm: run.arm,
      ...(run.splits && { splits: run.splits }),
      causeSk: run.cause.sk,
      causeAt: run.cause.at,
      intendedAt: deciding.present,
      expiresAt: run.since + campaign.sendBeforeMs,
      ...(run.cause.chain.some((trigger) => mailedBy(trigger) !== undefined) && { behind: run.cause.chain }),
    },
  });
}
