// Decides how facts get onto the queues: the event bus with its rules, and the feedback topic's subscription.
import type { Stack } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as sns from "aws-cdk-lib/aws-sns";
import type { QueueName } from "../shared/pipeline/ports.ts";
import { pascal } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";
import { allowSender, type BuiltQueue } from "./queues.ts";
import type { RuleWiring } from "./wiring.ts";

/** The bus other systems publish to; its name is the deployment's. */
export function buildBus(stack: Stack, name: string): events.EventBus {
  const bus = new events.EventBus(stack, "Bus", {
    eventBusName: name,
    description: "Customer events in, Relance's own events out.",
  });
  pinLogicalId(bus);
  return bus;
}

/**
 * Builds a rule, `<Name>Rule`, that copies what matches to its queue. What EventBridge cannot deliver within a day goes to
 * the same dead letters as what cannot be handled: both are whole events.
 */
export function buildRule(name: string, wired: RuleWiring, to: { bus: events.EventBus; target: BuiltQueue }): void {
  const { queue, deadLetters } = to.target;
  const rule = new events.CfnRule(to.bus.stack, `${pascal(name)}Rule`, {
    eventBusName: to.bus.eventBusName,
    eventPattern: wired.pattern,
    state: "ENABLED",
    targets: [
      { id: wired.to, arn: queue.queueArn, ...(deadLetters && { deadLetterConfig: { arn: deadLetters.queueArn } }) },
    ],
  });
  for (const target of [queue, deadLetters]) if (target) allowSender(target, "events", rule.attrArn);
}

/** Sends SES's feedback to the feedback queue, as SES wrote it (raw, without an SNS envelope). */
export function subscribeFeedback(stack: Stack, topicArn: string, queues: Record<QueueName, BuiltQueue>): void {
  const { queue, deadLetters } = queues.feedback;
  new sns.CfnSubscription(stack, "FeedbackSubscription", {
    topicArn,
    protocol: "sqs",
    endpoint: queue.queueArn,
    rawMessageDelivery: true,
    ...(deadLetters && { redrivePolicy: { deadLetterTargetArn: deadLetters.queueArn } }),
  });
  for (const target of [queue, deadLetters]) if (target) allowSender(target, "sns", topicArn);
}
