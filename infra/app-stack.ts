// Decides how the wiring becomes a stack: walks it once, in the order things depend on each other.
import { type App, CfnOutput, Stack } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as ssm from "aws-cdk-lib/aws-ssm";
import { buildAlarms } from "./alarms.ts";
import { buildBus, buildRule, subscribeFeedback } from "./bus.ts";
import { buildFunction } from "./function.ts";
import { parameterName, type SharedParameter, secretsPrefix } from "./names.ts";
import { buildQueues } from "./queues.ts";
import { buildRoles } from "./roles.ts";
import { buildApi, buildRoutes } from "./routes.ts";
import type { Wiring } from "./wiring.ts";

/** `publicUrl` is the base of links in mails when a domain of one's own stands before the API. */
export type AppStackOptions = {
  name: string;
  wiring: Wiring;
  dist: string;
  publicUrl: string | undefined;
  alarmEmail: string | undefined;
};

/** Builds everything that can be thrown away and deployed again. */
export function buildAppStack(app: App, options: AppStackOptions): Stack {
  const { name, wiring } = options;
  const stack = new Stack(app, `${name}-app`, { description: "Relance: queues, bus, functions and their rights." });
  const shared = (parameter: SharedParameter) =>
    ssm.StringParameter.valueForStringParameter(stack, parameterName(name, parameter));

  const queues = buildQueues(stack, wiring.queues);
  const bus = buildBus(stack, name);
  for (const [rule, wired] of Object.entries(wiring.rules)) buildRule(rule, wired, { bus, target: queues[wired.to] });
  subscribeFeedback(stack, shared("feedback-topic-arn"), queues);

  const { api, endpoint } = buildApi(stack, name);
  const functions: Record<string, lambda.Function> = {};
  for (const [entry, wired] of Object.entries(wiring.functions)) {
    const built = buildFunction(entry, wired, {
      stack,
      name,
      dist: options.dist,
      publicUrl: options.publicUrl ?? endpoint,
      tableName: shared("table-name"),
      erasuresTableName: shared("erasures-table-name"),
      configurationSetName: shared("configuration-set-name"),
      busName: bus.eventBusName,
      busArn: bus.eventBusArn,
      queues,
      secretsPrefix: secretsPrefix(name),
    });
    buildRoutes(entry, wired, { api, built });
    functions[entry] = built;
  }

  buildRoles(stack, name, api.ref);
  const alarms = buildAlarms(stack, { wiring, queues, functions, apiId: api.ref }, options.alarmEmail);
  new CfnOutput(stack, "Endpoint", { value: endpoint });
  new CfnOutput(stack, "BusName", { value: bus.eventBusName });
  new CfnOutput(stack, "AlarmTopicArn", { value: alarms.topicArn });
  return stack;
}
