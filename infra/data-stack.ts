// Decides what is stateful and must outlive any deployment: the table, the configuration set of SES and its topic.
import { type App, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as ses from "aws-cdk-lib/aws-ses";
import * as sns from "aws-cdk-lib/aws-sns";
import * as ssm from "aws-cdk-lib/aws-ssm";
import { parameterName, type SharedParameter } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";

/** Builds the stack of everything that is retained; its logical ids are pinned, since a changed one replaces the data. */
export function buildDataStack(app: App, name: string): Stack {
  const stack = new Stack(app, `${name}-data`, {
    description: "Relance: what must outlive a deployment (tables, mail configuration, feedback topic).",
    terminationProtection: true,
  });
  const table = buildTable(stack);
  const erasures = buildErasures(stack);
  const configurationSet = new ses.ConfigurationSet(stack, "ConfigurationSet");
  const topic = new sns.Topic(stack, "FeedbackTopic", { enforceSSL: true });
  new ses.ConfigurationSetEventDestination(stack, "FeedbackDestination", {
    configurationSet,
    destination: ses.EventDestination.snsTopic(topic),
    events: FEEDBACK,
  });
  for (const kept of [configurationSet, topic]) {
    kept.applyRemovalPolicy(RemovalPolicy.RETAIN);
    pinLogicalId(kept);
  }
  const share = (id: string, parameter: SharedParameter, stringValue: string) =>
    pinLogicalId(new ssm.StringParameter(stack, id, { parameterName: parameterName(name, parameter), stringValue }));
  share("TableNameParameter", "table-name", table.tableName);
  share("ErasuresTableNameParameter", "erasures-table-name", erasures.tableName);
  share("ConfigurationSetNameParameter", "configuration-set-name", configurationSet.configurationSetName);
  share("FeedbackTopicArnParameter", "feedback-topic-arn", topic.topicArn);
  return stack;
}

/**
 * Clicks are left out: links are Relance's own. Opens are told only of mails whose readers agreed: each mail says whether SES may
 * put its picture in.
 */
const FEEDBACK = [
  // "send" carries the tags that settle a send whose outcome was unknown.
  ses.EmailSendingEvent.SEND,
  ses.EmailSendingEvent.DELIVERY,
  ses.EmailSendingEvent.DELIVERY_DELAY,
  ses.EmailSendingEvent.BOUNCE,
  ses.EmailSendingEvent.COMPLAINT,
  ses.EmailSendingEvent.REJECT,
  ses.EmailSendingEvent.RENDERING_FAILURE,
  ses.EmailSendingEvent.OPEN,
  ses.EmailSendingEvent.SUBSCRIPTION,
];

function buildTable(stack: Stack): dynamodb.TableV2 {
  const text = (attribute: string) => ({ name: attribute, type: dynamodb.AttributeType.STRING });
  const index = (indexName: string, keys: { partition: string; sort: string }) => ({
    indexName,
    partitionKey: text(keys.partition),
    sortKey: text(keys.sort),
    projectionType: dynamodb.ProjectionType.KEYS_ONLY,
  });
  const table = new dynamodb.TableV2(stack, "Table", {
    partitionKey: text("pk"),
    sortKey: text("sk"),
    billing: dynamodb.Billing.onDemand(),
    globalSecondaryIndexes: [
      index("due", { partition: "duePk", sort: "dueAt" }),
      index("list", { partition: "listPk", sort: "listSk" }),
    ],
    timeToLiveAttribute: "expiresAt",
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  pinLogicalId(table);
  return table;
}

/** Apart from the table, which may be restored to a time before an erasure: then this one says who is to be erased again. */
function buildErasures(stack: Stack): dynamodb.TableV2 {
  const table = new dynamodb.TableV2(stack, "ErasuresTable", {
    partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
    sortKey: { name: "sk", type: dynamodb.AttributeType.STRING },
    billing: dynamodb.Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  pinLogicalId(table);
  return table;
}
