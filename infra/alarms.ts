// Decides what wakes the operator. Ten alarms, as many as CloudWatch gives every account for nothing.
import { Duration, type Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as sns from "aws-cdk-lib/aws-sns";
import { pascal } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";
import type { BuiltQueue } from "./queues.ts";
import type { Wiring } from "./wiring.ts";

const FIVE_MINUTES = Duration.minutes(5);
/** Above 5 % of bounces SES puts an account under review. */
const MAX_BOUNCE_RATE = 0.05;
/** Facts older than this mean that `react` or `feedback` does not keep up. */
const MAX_FACT_AGE_SECONDS = 900;

type Alarm = { metric: cloudwatch.Metric; threshold: number; says: string; below?: true };

/** Builds the alarms and the topic they speak to. */
export function buildAlarms(
  stack: Stack,
  watched: {
    wiring: Wiring;
    queues: Record<string, BuiltQueue>;
    functions: Record<string, lambda.Function>;
    apiId: string;
  },
  email: string | undefined,
): sns.Topic {
  const topic = new sns.Topic(stack, "AlarmTopic", { enforceSSL: true });
  pinLogicalId(topic);
  if (email !== undefined)
    new sns.CfnSubscription(stack, "AlarmEmail", { topicArn: topic.topicArn, protocol: "email", endpoint: email });
  const alarms = { ...queueAlarms(watched), ...tickAlarms(watched), ...accountAlarms(watched.apiId) };
  for (const [id, { metric, threshold, says, below }] of Object.entries(alarms)) {
    const alarm = new cloudwatch.Alarm(stack, `${id}Alarm`, {
      metric,
      threshold,
      alarmDescription: says,
      evaluationPeriods: 1,
      comparisonOperator: below
        ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: below ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    pinLogicalId(alarm);
  }
  return topic;
}

function queueAlarms({
  wiring,
  queues,
}: {
  wiring: Wiring;
  queues: Record<string, BuiltQueue>;
}): Record<string, Alarm> {
  const alarms: Record<string, Alarm> = {};
  for (const [name, { carries }] of Object.entries(wiring.queues)) {
    const built = queues[name];
    const dead = carries === "dead letters" ? built?.queue : built?.deadLetters;
    if (dead) {
      const metric = dead.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: "max" });
      alarms[`${pascal(name)}DeadLetters`] = {
        metric,
        threshold: 0,
        says: `Messages of "${name}" could not be handled.`,
      };
    }
    if (built && carries === "facts") {
      const metric = built.queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: "max" });
      alarms[`${pascal(name)}Age`] = {
        metric,
        threshold: MAX_FACT_AGE_SECONDS,
        says: `"${name}" is not kept up with.`,
      };
    }
  }
  return alarms;
}

function tickAlarms({
  wiring,
  functions,
}: {
  wiring: Wiring;
  functions: Record<string, lambda.Function>;
}): Record<string, Alarm> {
  const scheduled = Object.entries(wiring.functions).filter(([, { triggers }]) =>
    triggers.some((trigger) => "schedule" in trigger),
  );
  return Object.fromEntries(
    scheduled.flatMap(([name]) => {
      const metric = functions[name]?.metricInvocations({ period: FIVE_MINUTES, statistic: "sum" });
      const says = `"${name}" does not run every minute: nothing that waits will happen.`;
      return metric ? [[`${pascal(name)}Stopped`, { metric, threshold: 3, says, below: true as const }]] : [];
    }),
  );
}

function accountAlarms(apiId: string): Record<string, Alarm> {
  const metric = (namespace: string, metricName: string, more: Partial<cloudwatch.MetricProps>) =>
    new cloudwatch.Metric({ namespace, metricName, period: FIVE_MINUTES, ...more });
  const faults = metric("AWS/ApiGateway", "5xx", { dimensionsMap: { ApiId: apiId }, statistic: "sum" });
  const bounces = metric("AWS/SES", "Reputation.BounceRate", { statistic: "max", period: Duration.hours(1) });
  return {
    RequestFaults: { metric: faults, threshold: 0, says: "Requests were answered with a server error." },
    BounceRate: { metric: bounces, threshold: MAX_BOUNCE_RATE, says: "SES reviews accounts with this many bounces." },
  };
}
