// Decides which IAM statements stand for a right of the wiring. Actions are written out one by one, never with a wildcard.
import { type Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { QueueName } from "../shared/pipeline/ports.ts";
import { type BuiltQueue, unconsumed } from "./queues.ts";
import type { May } from "./wiring.ts";

/** Everything a function can be given a right to. */
export type Surroundings = {
  stack: Stack;
  tableName: string;
  erasuresTableName: string;
  busName: string;
  busArn: string;
  queues: Record<QueueName, BuiltQueue>;
  configurationSetName: string;
  secretsPrefix: string;
};

const TABLE_ACTIONS = {
  read: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
  // A transaction needs no right of its own, only those of its writes; a check in it needs ConditionCheckItem.
  write: ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"],
} as const;

/** The statements for `may`, and no others. */
export function grantsFor(may: May, around: Surroundings): iam.PolicyStatement[] {
  return [
    ...tableGrants(may, around),
    ...messageGrants(may, around),
    ...mailGrants(may, around),
    ...secretGrants(may, around),
    ...erasureGrants(may, around),
  ];
}

/** What Lambda itself needs to poll a queue on the function's behalf. */
export function consumeGrant(queue: BuiltQueue): iam.PolicyStatement {
  return allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [queue.queue.queueArn]);
}

/** What Lambda itself needs to write the function's own log. */
export function logGrant(logGroupArn: string): iam.PolicyStatement {
  return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroupArn]);
}

function tableGrants(may: May, { stack, tableName }: Surroundings): iam.PolicyStatement[] {
  if (!may.table) return [];
  const table = arn(stack, "dynamodb", `table/${tableName}`);
  const onTable = allow(
    may.table.flatMap((right) => [...TABLE_ACTIONS[right]]),
    [table],
  );
  if (!may.table.includes("read")) return [onTable];
  return [onTable, allow(["dynamodb:Query"], [`${table}/index/due`, `${table}/index/list`])];
}

function messageGrants(may: May, { busArn, queues }: Surroundings): iam.PolicyStatement[] {
  const targets = (may.queues ?? []).map((name) => queues[name].queue.queueArn);
  return [
    ...(may.bus ? [allow(["events:PutEvents"], [busArn])] : []),
    ...(targets.length > 0 ? [allow(["sqs:SendMessage"], targets)] : []),
  ];
}

function mailGrants(may: May, { stack, configurationSetName }: Surroundings): iam.PolicyStatement[] {
  const configurationSet = arn(stack, "ses", `configuration-set/${configurationSetName}`);
  const statements = {
    send: allow(["ses:SendEmail"], [arn(stack, "ses", "identity/*"), configurationSet]),
    quota: allow(["ses:GetAccount"], ["*"]),
    suppressed: allow(["ses:ListSuppressedDestinations"], ["*"]),
  };
  return (may.mail ?? []).map((right) => statements[right]);
}

/** Says why the resources with a wildcard, all of SES, cannot be narrower. */
export function acknowledgeWildcards(role: iam.Role, may: May): void {
  if (!may.mail) return;
  const why = (id: string, reason: string) => Validations.of(role).acknowledge({ id, reason });
  const identities = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*";
  if (may.mail.includes("send")) {
    why(
      `AwsSolutions-IAM5[Resource::${identities}]`,
      "Published campaigns say which verified identity of the account speaks.",
    );
  }
  const ofAccount = [
    ...(may.mail.includes("quota")
      ? ["ses:GetAccount knows no resources; it reads the account's rate and quota."]
      : []),
    ...(may.mail.includes("suppressed")
      ? ["ses:ListSuppressedDestinations reads the account's suppression list, of which there is one."]
      : []),
  ];
  if (ofAccount.length > 0) why("AwsSolutions-IAM5[Resource::*]", ofAccount.join(" "));
  why("Serverless-LambdaStarPermissions", "The same SES resources; every action is written out.");
}

function secretGrants(may: May, { stack, secretsPrefix }: Surroundings): iam.PolicyStatement[] {
  if (!may.secrets) return [];
  const parameters = may.secrets.map((name) => arn(stack, "ssm", `parameter${secretsPrefix}/${name}`));
  return [allow(["ssm:GetParameter"], parameters)];
}

const ERASURE_ACTIONS = { note: "dynamodb:PutItem", list: "dynamodb:Query" } as const;

function erasureGrants({ erasures = [], copies }: May, { stack, erasuresTableName, queues }: Surroundings) {
  const table = arn(stack, "dynamodb", `table/${erasuresTableName}`);
  const inQueues = unconsumed(queues).map((queue) => queue.queueArn);
  return [
    ...(erasures.length > 0
      ? [
          allow(
            erasures.map((right) => ERASURE_ACTIONS[right]),
            [table],
          ),
        ]
      : []),
    ...(copies ? [allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], inQueues)] : []),
  ];
}

function allow(actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources });
}

function arn(stack: Stack, service: string, rest: string): string {
  return `arn:${stack.partition}:${service}:${stack.region}:${stack.account}:${rest}`;
}
