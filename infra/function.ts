// Decides how a function of the wiring becomes a Lambda function: its code, limits, log, role and triggers.
import { join } from "node:path";
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { environmentOf } from "./environment.ts";
import { acknowledgeWildcards, consumeGrant, grantsFor, logGrant, type Surroundings } from "./grants.ts";
import { pascal } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";
import type { FunctionWiring } from "./wiring.ts";

/** Where and under which names the functions stand. */
export type FunctionSetting = Surroundings & { name: string; dist: string; publicUrl: string };

/** Builds one function, `<Name>Function`, with everything it owns; routes are added by `buildRoutes`. */
export function buildFunction(name: string, wired: FunctionWiring, setting: FunctionSetting): lambda.Function {
  const { stack } = setting;
  const logGroup = new logs.LogGroup(stack, `${pascal(name)}Log`, {
    logGroupName: `/${setting.name}/${name}`,
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const isScheduled = wired.triggers.some((trigger) => "schedule" in trigger);
  const built = new lambda.Function(stack, `${pascal(name)}Function`, {
    functionName: `${setting.name}-${name}`,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    code: lambda.Code.fromAsset(join(setting.dist, name)),
    handler: "index.handler",
    timeout: Duration.seconds(wired.timeoutSeconds),
    memorySize: wired.memoryMb,
    role: roleOf(name, wired, { setting, logGroup }),
    logGroup,
    loggingFormat: lambda.LoggingFormat.JSON,
    applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
    systemLogLevelV2: lambda.SystemLogLevel.WARN,
    environment: environmentOf(name, wired, setting),
    // Some put what is left into their own queue: Lambda would take that for a loop and stop it after 16 rounds.
    ...(callsItself(wired) && { recursiveLoop: lambda.RecursiveLoop.ALLOW }),
    // A missed minute is made up by the next one; repeating it would only hand out the same items twice.
    ...(isScheduled && { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
  });
  for (const construct of [logGroup, built]) pinLogicalId(construct);
  acknowledge(built, isScheduled);
  addTriggers(name, wired, { setting, built });
  return built;
}

function callsItself({ triggers, may }: FunctionWiring): boolean {
  return triggers.some((trigger) => "queue" in trigger && (may.queues ?? []).includes(trigger.queue));
}

type Owned = { setting: FunctionSetting; logGroup: logs.LogGroup };

function roleOf(name: string, wired: FunctionWiring, { setting, logGroup }: Owned): iam.Role {
  const consumed = wired.triggers.flatMap((trigger) => ("queue" in trigger ? [setting.queues[trigger.queue]] : []));
  const statements = [logGrant(logGroup.logGroupArn), ...consumed.map(consumeGrant), ...grantsFor(wired.may, setting)];
  const role = new iam.Role(setting.stack, `${pascal(name)}Role`, {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    // Inline, so that the role never exists without its rights and an event source never starts before them.
    inlinePolicies: { rights: new iam.PolicyDocument({ statements }) },
  });
  pinLogicalId(role);
  acknowledgeWildcards(role, wired.may);
  return role;
}

function addTriggers(
  name: string,
  wired: FunctionWiring,
  { setting, built }: { setting: FunctionSetting; built: lambda.Function },
): void {
  for (const trigger of wired.triggers) {
    if ("queue" in trigger) {
      const source = new lambda.CfnEventSourceMapping(setting.stack, `${pascal(name)}From${pascal(trigger.queue)}`, {
        functionName: built.functionName,
        eventSourceArn: setting.queues[trigger.queue].queue.queueArn,
        batchSize: trigger.batchSize,
        maximumBatchingWindowInSeconds: trigger.windowSeconds,
        functionResponseTypes: ["ReportBatchItemFailures"],
      });
      Validations.of(source).acknowledge({
        id: "Serverless-LambdaEventSourceMappingDestination",
        reason:
          "SQS event sources have no failure destination; the queue's own redrive policy moves what fails to its dead letters.",
      });
    }
    if ("schedule" in trigger) addSchedule(name, setting, built);
  }
}

function addSchedule(name: string, { stack }: FunctionSetting, built: lambda.Function): void {
  const rule = new events.CfnRule(stack, `${pascal(name)}Schedule`, {
    scheduleExpression: "rate(1 minute)",
    state: "ENABLED",
    targets: [{ id: name, arn: built.functionArn }],
  });
  new lambda.CfnPermission(stack, `${pascal(name)}FromSchedule`, {
    action: "lambda:InvokeFunction",
    functionName: built.functionName,
    principal: "events.amazonaws.com",
    sourceArn: rule.attrArn,
  });
  Validations.of(rule).acknowledge({
    id: "Serverless-EventBusDLQ",
    reason: "A tick carries nothing: a lost one is made up by the next minute's, and an alarm tells when ticks stop.",
  });
}

function acknowledge(built: lambda.Function, isScheduled: boolean): void {
  const why = (id: string, reason: string) => Validations.of(built).acknowledge({ id, reason });
  why(
    "Serverless-LambdaTracing",
    "Traces cost per request and explain no decision: each one is stored with its reason.",
  );
  why("Serverless-LambdaDLQ", "It would serve asynchronous calls only; messages have the dead letters of their queue.");
  if (isScheduled)
    why("Serverless-LambdaAsyncFailureDestination", "A schedule's call carries nothing that could be kept.");
}
