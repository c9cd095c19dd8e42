// Decides how the queues of the wiring look on SQS: encrypted, TLS only, with dead letters behind each one that is consumed.
import { Duration, RemovalPolicy, type Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as sqs from "aws-cdk-lib/aws-sqs";
import type { QueueName } from "../shared/pipeline/ports.ts";
import { pascal } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";
import type { QueueWiring } from "./wiring.ts";

/** A queue and, when it is consumed, the queue of its dead letters. */
export type BuiltQueue = { queue: sqs.Queue; deadLetters: sqs.Queue | undefined };

/** Facts and dead letters stay as long as SQS can keep them; a lost pointer is handed out again by the tick. */
const RETENTION = { facts: Duration.days(14), pointers: Duration.days(1), "dead letters": Duration.days(14) };

/** Builds every queue of the wiring, `<Name>Queue` and `<Name>DeadLetters`. */
export function buildQueues(stack: Stack, queues: Record<QueueName, QueueWiring>): Record<QueueName, BuiltQueue> {
  const built = Object.entries(queues).map(([name, wired]) => [name, buildQueue(stack, name, wired)]);
  return Object.fromEntries(built) as Record<QueueName, BuiltQueue>;
}

/** The queues that nothing consumes: what lies there stays until it expires, or is forgotten with its person. */
export function unconsumed(queues: Record<QueueName, BuiltQueue>): sqs.Queue[] {
  return Object.values(queues).map(({ queue, deadLetters }) => deadLetters ?? queue);
}

/** Lets one sender, an AWS service on behalf of one resource, write into a queue. */
export function allowSender(queue: sqs.Queue, service: "events" | "sns", sourceArn: string): void {
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ["sqs:SendMessage"],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { "aws:SourceArn": sourceArn } },
    }),
  );
}

function buildQueue(stack: Stack, name: string, wired: QueueWiring): BuiltQueue {
  const { maxReceives, visibilitySeconds } = wired;
  if (maxReceives === undefined)
    return { queue: oneQueue(stack, `${pascal(name)}Queue`, wired), deadLetters: undefined };
  const deadLetters = oneQueue(stack, `${pascal(name)}DeadLetters`, {
    visibilitySeconds,
    carries: "dead letters",
    isRedriveTarget: true,
  });
  const deadLetterQueue = { queue: deadLetters, maxReceiveCount: maxReceives };
  return { queue: oneQueue(stack, `${pascal(name)}Queue`, { ...wired, deadLetterQueue }), deadLetters };
}

type OneQueue = QueueWiring & { deadLetterQueue?: sqs.DeadLetterQueue; isRedriveTarget?: boolean };

function oneQueue(stack: Stack, id: string, { isRedriveTarget = false, ...wired }: OneQueue): sqs.Queue {
  const queue = new sqs.Queue(stack, id, {
    visibilityTimeout: Duration.seconds(wired.visibilitySeconds),
    retentionPeriod: RETENTION[wired.carries],
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // What a queue of facts holds exists nowhere else.
    removalPolicy: wired.carries === "pointers" ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    ...(wired.deadLetterQueue && { deadLetterQueue: wired.deadLetterQueue }),
  });
  pinLogicalId(queue);
  if (wired.carries === "dead letters") {
    const reason =
      "Nothing consumes this queue of dead letters, so there is nothing to give up on; an alarm watches it.";
    Validations.of(queue).acknowledge({ id: "Serverless-SQSRedrivePolicy", reason });
    // Known to be dead letters only where another queue redrives into it.
    if (!isRedriveTarget) Validations.of(queue).acknowledge({ id: "AwsSolutions-SQS3", reason });
  }
  return queue;
}
