// Guarantees about what must not be lost: the stateful resources keep their names, their protection and their shape.
import { beforeAll, describe, expect, test } from "vitest";
import { type Assembly, resourcesOf } from "./template.ts";

let assembly: Assembly;

const STATEFUL = /^AWS::(?:DynamoDB|S3|SES::ConfigurationSet$|SNS::Topic$|RDS|EFS|KMS|Cognito)/;

/** The guarantees; `given` tells the assembly once it is there. */
export function dataStackSuite(given: () => Assembly): void {
  beforeAll(() => {
    assembly = given();
  });

  describe("the data stack", () => {
    test("cannot be deleted by mistake", () => {
      expect(assembly.manifest["artifacts"]["relance-data"].properties.terminationProtection).toBe(true);
    });

    test("keeps its resources under the same logical ids: a changed one would replace what it holds", () => {
      const stateful = Object.entries(assembly.data.Resources).filter(([, { Type }]) => STATEFUL.test(Type));
      expect(stateful.map(([id, { Type }]) => [id, Type])).toEqual([
        ["Table", "AWS::DynamoDB::GlobalTable"],
        ["ErasuresTable", "AWS::DynamoDB::GlobalTable"],
        ["ConfigurationSet", "AWS::SES::ConfigurationSet"],
        ["FeedbackTopic", "AWS::SNS::Topic"],
      ]);
      for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of stateful) {
        expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, "Retain", "Retain"]);
      }
    });

    test("holds everything stateful but the alarms' topic", () => {
      const elsewhere = Object.entries(assembly.app.Resources).filter(([, { Type }]) => STATEFUL.test(Type));
      expect(elsewhere.map(([id]) => id)).toEqual(["AlarmTopic"]);
    });
  });

  describe("the table", () => {
    test("has the keys, sparse indexes and protection the records rely on", () => {
      const [[, table] = []] = resourcesOf(assembly.data, "AWS::DynamoDB::GlobalTable");
      const keys = (partition: string, sort: string) => [
        { AttributeName: partition, KeyType: "HASH" },
        { AttributeName: sort, KeyType: "RANGE" },
      ];
      const index = (IndexName: string, KeySchema: unknown) => ({
        IndexName,
        KeySchema,
        Projection: { ProjectionType: "KEYS_ONLY" },
      });
      expect(table).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: keys("pk", "sk"),
        GlobalSecondaryIndexes: [index("due", keys("duePk", "dueAt")), index("list", keys("listPk", "listSk"))],
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        Replicas: [
          { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
        ],
      });
      expect(table?.["AttributeDefinitions"].every((one: { AttributeType: string }) => one.AttributeType === "S")).toBe(
        true,
      );
    });
  });

  describe("the table of erasures", () => {
    test("stands apart from the one that may be restored, and is protected as well", () => {
      const [, [, table] = []] = resourcesOf(assembly.data, "AWS::DynamoDB::GlobalTable");
      expect(table).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        Replicas: [
          { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
        ],
      });
      expect(table).not.toHaveProperty("TimeToLiveSpecification");
    });
  });

  describe("mail feedback", () => {
    test("reaches the topic for everything but clicks, which Relance counts by links of its own", () => {
      const [[, destination] = []] = resourcesOf(assembly.data, "AWS::SES::ConfigurationSetEventDestination");
      expect(destination?.["ConfigurationSetName"]).toEqual({ Ref: "ConfigurationSet" });
      expect(destination?.["EventDestination"]).toMatchObject({
        Enabled: true,
        SnsDestination: { TopicARN: { Ref: "FeedbackTopic" } },
      });
      expect(destination?.["EventDestination"].MatchingEventTypes.sort()).toEqual([
        "bounce",
        "complaint",
        "delivery",
        "deliveryDelay",
        "open",
        "reject",
        "renderingFailure",
        "send",
        "subscription",
      ]);
    });

    test("can be written to the topic by this account's configuration set only", () => {
      const [[, policy] = []] = resourcesOf(assembly.data, "AWS::SNS::TopicPolicy");
      const allowed = policy?.["PolicyDocument"].Statement.filter((one: { Effect: string }) => one.Effect === "Allow");
      expect(allowed).toHaveLength(1);
      expect(allowed[0]).toMatchObject({ Action: "sns:Publish", Principal: { Service: "ses.amazonaws.com" } });
      expect(Object.keys(allowed[0].Condition.StringEquals)).toEqual(["AWS:SourceAccount", "AWS:SourceArn"]);
    });
  });
}
