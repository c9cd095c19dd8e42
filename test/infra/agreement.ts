// Guarantees about the deployed stacks: reading the templates back gives the wiring, nothing less and nothing more.
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionWiring, wiring as plain, type Wiring } from "../../infra/wiring.ts";
import { roles } from "../../shared/domain/roles.ts";
import { type Assembly, listOf, nameOf, resourcesOf, textOf } from "./template.ts";

const wiring: Wiring = plain;
const functions: [string, FunctionWiring][] = Object.entries(wiring.functions);
const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

let assembly: Assembly;

/** Reads a reference to a resource's attribute or to the resource itself: the logical id. */
const targetOf = (value: unknown) => /^\$\{([A-Za-z0-9]+)(?:\.\w+)?\}$/.exec(textOf(value))?.[1] ?? textOf(value);

function triggersInTemplate(name: string): unknown[] {
  const id = `${pascal(name)}Function`;
  const { app } = assembly;
  const queues = resourcesOf(app, "AWS::Lambda::EventSourceMapping")
    .filter(([, source]) => targetOf(source["FunctionName"]) === id)
    .map(([, source]) => ({
      queue: nameOf(targetOf(source["EventSourceArn"]), "Queue"),
      batchSize: source["BatchSize"],
      windowSeconds: source["MaximumBatchingWindowInSeconds"],
    }));
  const schedules = resourcesOf(app, "AWS::Events::Rule")
    .filter(([, rule]) => rule["ScheduleExpression"] === "rate(1 minute)" && targetOf(rule["Targets"][0]["Arn"]) === id)
    .map(() => ({ schedule: "every minute" }));
  const integrations = resourcesOf(app, "AWS::ApiGatewayV2::Integration").filter(
    ([, one]) => targetOf(one["IntegrationUri"]) === id,
  );
  const routes = resourcesOf(app, "AWS::ApiGatewayV2::Route")
    .filter(([, route]) =>
      integrations.some(([integration]) => textOf(route["Target"]) === `integrations/\${${integration}}`),
    )
    .map(([, route]) => ({ route: route["RouteKey"] }));
  return [...queues, ...schedules, ...routes];
}

/** The guarantees; `given` tells the assembly once it is there. */
export function agreementSuite(given: () => Assembly): void {
  beforeAll(() => {
    assembly = given();
  });

  describe("the template, read back", () => {
    test("has the wiring's queues with their dead letters", () => {
      const queues = Object.fromEntries(resourcesOf(assembly.app, "AWS::SQS::Queue"));
      const readBack = Object.entries(queues).flatMap(([id, queue]) => {
        if (!id.endsWith("Queue")) return [];
        const redrive = queue["RedrivePolicy"];
        if (redrive) expect(targetOf(redrive["deadLetterTargetArn"])).toBe(id.replace(/Queue$/, "DeadLetters"));
        const seconds = { visibilitySeconds: queue["VisibilityTimeout"] };
        return [[nameOf(id, "Queue"), redrive ? { ...seconds, maxReceives: redrive["maxReceiveCount"] } : seconds]];
      });
      const wanted = Object.entries(wiring.queues).map(([name, { carries: _, ...rest }]) => [name, rest]);
      expect(Object.fromEntries(readBack)).toEqual(Object.fromEntries(wanted));
      const dead = Object.keys(queues).filter((id) => id.endsWith("DeadLetters"));
      const wantedDead = Object.entries(wiring.queues).flatMap(([name, queue]) =>
        queue.maxReceives ? [`${pascal(name)}DeadLetters`] : [],
      );
      expect(dead).toEqual(wantedDead);
    });

    test("has the wiring's rules on the bus, each with its pattern, queue and dead letters", () => {
      const rules = resourcesOf(assembly.app, "AWS::Events::Rule").filter(([, rule]) => rule["EventPattern"]);
      const readBack = rules.map(([id, rule]) => {
        expect(targetOf(rule["EventBusName"])).toBe("Bus");
        expect(rule["Targets"]).toHaveLength(1);
        const to = nameOf(targetOf(rule["Targets"][0]["Arn"]), "Queue");
        expect(targetOf(rule["Targets"][0]["DeadLetterConfig"]["Arn"])).toBe(`${pascal(to)}DeadLetters`);
        return [nameOf(id, "Rule"), { pattern: rule["EventPattern"], to }];
      });
      expect(Object.fromEntries(readBack)).toEqual(wiring.rules);
    });

    test("has the wiring's functions with their limits and triggers", () => {
      const built = resourcesOf(assembly.app, "AWS::Lambda::Function").map(([id, one]) => {
        const name = nameOf(id, "Function");
        expect(one).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Handler: "index.handler" });
        return [
          name,
          { timeoutSeconds: one["Timeout"], memoryMb: one["MemorySize"], triggers: triggersInTemplate(name) },
        ];
      });
      const wanted = functions.map(([name, { timeoutSeconds, memoryMb, triggers }]) => [
        name,
        { timeoutSeconds, memoryMb, triggers },
      ]);
      expect(Object.fromEntries(built)).toEqual(Object.fromEntries(wanted));
    });

    test("has nothing the wiring does not ask for", () => {
      const found: Record<string, number> = {};
      for (const { Type } of Object.values(assembly.app.Resources)) found[Type] = (found[Type] ?? 0) + 1;
      const triggers = functions.flatMap(([, { triggers }]) => triggers);
      const counted = (kind: "queue" | "schedule" | "route") => triggers.filter((trigger) => kind in trigger).length;
      const served = functions.filter(([, { triggers }]) => triggers.some((trigger) => "route" in trigger)).length;
      const queues = Object.values(wiring.queues).reduce((sum, { maxReceives }) => sum + (maxReceives ? 2 : 1), 0);
      expect(found).toEqual({
        "AWS::SQS::Queue": queues,
        "AWS::SQS::QueuePolicy": queues,
        "AWS::Events::EventBus": 1,
        "AWS::Events::Rule": Object.keys(wiring.rules).length + counted("schedule"),
        "AWS::SNS::Subscription": 1,
        "AWS::SNS::Topic": 1,
        "AWS::SNS::TopicPolicy": 1,
        "AWS::ApiGatewayV2::Api": 1,
        "AWS::ApiGatewayV2::Stage": 1,
        "AWS::ApiGatewayV2::Integration": served,
        "AWS::ApiGatewayV2::Route": counted("route"),
        "AWS::Lambda::Function": functions.length,
        "AWS::Lambda::EventSourceMapping": counted("queue"),
        "AWS::Lambda::EventInvokeConfig": counted("schedule"),
        "AWS::Lambda::Permission": served + counted("schedule"),
        "AWS::IAM::Role": functions.length + roles.length,
        "AWS::Logs::LogGroup": functions.length + 1,
        "AWS::CloudWatch::Alarm": 10,
      });
    });

    test("has in each function's asset the bundle of its entry", async () => {
      const assets = JSON.parse(await assembly.read("relance-app.assets.json"));
      const entryOf = async (name: string) => {
        const key: string = assembly.app.Resources[`${pascal(name)}Function`]?.Properties["Code"]["S3Key"];
        const folder: string = assets.files[key.replace(/\.zip$/, "")].source.path;
        const { sources } = JSON.parse(await assembly.read(`${folder}/index.mjs.map`));
        return sources.at(-1);
      };
      for (const [name, { entry }] of functions) expect(await entryOf(name)).toMatch(new RegExp(`/${entry}$`));
    });
  });

  describe("queues", () => {
    test("hide a message for at least six times as long as its consumer may run", () => {
      for (const [, { triggers, timeoutSeconds }] of functions) {
        for (const trigger of triggers) {
          if ("queue" in trigger)
            expect(wiring.queues[trigger.queue].visibilitySeconds).toBeGreaterThanOrEqual(6 * timeoutSeconds);
        }
      }
    });

    test("give back single messages of a batch", () => {
      for (const [, source] of resourcesOf(assembly.app, "AWS::Lambda::EventSourceMapping")) {
        expect(source["FunctionResponseTypes"]).toEqual(["ReportBatchItemFailures"]);
      }
    });

    test("are encrypted, keep facts for 14 days and outlive the stack with them", () => {
      for (const [id, queue] of resourcesOf(assembly.app, "AWS::SQS::Queue")) {
        const isPointers = ["SendsQueue", "JobsQueue"].includes(id);
        expect(queue).toMatchObject({
          SqsManagedSseEnabled: true,
          MessageRetentionPeriod: (isPointers ? 1 : 14) * 86_400,
        });
        expect(assembly.app.Resources[id]?.DeletionPolicy).toBe(isPointers ? "Delete" : "Retain");
      }
    });

    test("take messages from outside only from the rule and the topic that feed them, and only over TLS", () => {
      const allowed: string[] = [];
      for (const [, policy] of resourcesOf(assembly.app, "AWS::SQS::QueuePolicy")) {
        const statements = policy["PolicyDocument"]["Statement"];
        expect(statements[0]).toMatchObject({
          Effect: "Deny",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
        for (const one of statements.slice(1)) {
          expect(one).toMatchObject({ Effect: "Allow", Action: "sqs:SendMessage" });
          const source = targetOf(one.Condition.ArnEquals["aws:SourceArn"]).replace(/.*feedbacktopicarn.*/, "topic");
          allowed.push(`${one.Principal.Service} ${source} → ${targetOf(policy["Queues"][0])}`);
        }
      }
      expect(allowed.sort()).toEqual([
        "events.amazonaws.com FactsRule → EventsDeadLetters",
        "events.amazonaws.com FactsRule → EventsQueue",
        "sns.amazonaws.com topic → FeedbackDeadLetters",
        "sns.amazonaws.com topic → FeedbackQueue",
      ]);
    });

    test("of dead letters each wake the operator", () => {
      const watched = resourcesOf(assembly.app, "AWS::CloudWatch::Alarm")
        .filter(([, alarm]) => alarm["MetricName"] === "ApproximateNumberOfMessagesVisible")
        .map(([, alarm]) => targetOf(alarm["Dimensions"][0]["Value"]));
      const dead = resourcesOf(assembly.app, "AWS::SQS::Queue").filter(([, queue]) => !queue["RedrivePolicy"]);
      expect(watched.sort()).toEqual(dead.map(([id]) => id).sort());
    });

    test("of feedback get what SES wrote, without an envelope", () => {
      const [[, subscription] = []] = resourcesOf(assembly.app, "AWS::SNS::Subscription");
      expect(subscription).toMatchObject({ Protocol: "sqs", RawMessageDelivery: true });
      expect(targetOf(subscription?.["Endpoint"])).toBe("FeedbackQueue");
      expect(targetOf(subscription?.["RedrivePolicy"]["deadLetterTargetArn"])).toBe("FeedbackDeadLetters");
    });
  });

  describe("routes", () => {
    test("under /api need IAM credentials; sources and people's links are public", () => {
      for (const [, route] of resourcesOf(assembly.app, "AWS::ApiGatewayV2::Route")) {
        const isAdmin = / \/api\//.test(route["RouteKey"]);
        expect([route["RouteKey"], route["AuthorizationType"]]).toEqual([
          route["RouteKey"],
          isAdmin ? "AWS_IAM" : "NONE",
        ]);
        expect(route["RouteKey"]).toMatch(/ \/(?:api\/|v1\/|u\/|c\/|p$|p\/)/);
      }
    });

    test("are logged without paths and addresses", () => {
      const [[, stage] = []] = resourcesOf(assembly.app, "AWS::ApiGatewayV2::Stage");
      expect(stage?.["AccessLogSettings"]["Format"]).not.toMatch(/path|sourceIp|userAgent|querystring/i);
    });
  });

  describe("between the stacks", () => {
    test("nothing is imported; names travel by parameters the data stack writes", () => {
      expect(JSON.stringify([assembly.app, assembly.data])).not.toContain("Fn::ImportValue");
      const read = Object.values(assembly.app.Parameters ?? {}).map((parameter) => parameter["Default"]);
      const written = resourcesOf(assembly.data, "AWS::SSM::Parameter").map(([, parameter]) => parameter["Name"]);
      expect(read.filter((name) => name.startsWith("/relance/")).sort()).toEqual(written.sort());
      expect(assembly.manifest["artifacts"]["relance-app"].dependencies).toContain("relance-data");
    });
  });

  describe("the checks", () => {
    test("found nothing that is not acknowledged, and each acknowledgement says why", async () => {
      expect(JSON.stringify(assembly.report)).not.toContain('"conclusion":"failure"');
      const acknowledged = [assembly.app, assembly.data].flatMap(({ Resources }) =>
        Object.values(Resources).flatMap(({ Metadata }) => listOf(Metadata?.["cdk_nag"]?.["rules_to_suppress"])),
      );
      for (const { id, reason } of acknowledged) expect([id, reason.length > 40]).toEqual([id, true]);
      // The stars of the people's roles are looked at one by one in people-roles.ts.
      const others = acknowledged.map(({ id }) => id).filter((id) => !id.includes(":execute-api:"));
      expect([...new Set(others)].sort()).toEqual([
        "AwsSolutions-APIG4",
        "AwsSolutions-IAM5[Resource::*]",
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]",
        "AwsSolutions-SQS3",
        "Serverless-EventBusDLQ",
        "Serverless-LambdaAsyncFailureDestination",
        "Serverless-LambdaDLQ",
        "Serverless-LambdaEventSourceMappingDestination",
        "Serverless-LambdaStarPermissions",
        "Serverless-LambdaTracing",
        "Serverless-SQSRedrivePolicy",
      ]);
    });
  });
}
