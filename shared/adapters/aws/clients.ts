// Decides how the AWS clients are built: time limits well below the functions' own, and no retry where a repeat could send twice.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";

/** Where the clients point and who they are; by default all of it comes from the environment, as on Lambda. */
export type ClientOptions = {
  region?: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Longest wait for an answer. */
  requestTimeoutMs?: number;
  /** Attempts the SDK makes by itself (3 unless said otherwise); mail is always tried once only. */
  maxAttempts?: number;
};

export type AwsClients = {
  table: DynamoDBClient;
  bus: EventBridgeClient;
  queues: SQSClient;
  mail: SESv2Client;
  secrets: SSMClient;
};

const CONNECTION_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** SES may take longer to accept a mail, and a call given up is an unknown outcome. */
const MAIL_TIMEOUT_MS = 10_000;

/** Builds one client per service; connections are kept open between calls. */
export function awsClients(options: ClientOptions = {}): AwsClients {
  const { requestTimeoutMs, ...where } = options;
  const within = (timeoutMs: number) => ({
    ...where,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs ?? timeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  return {
    table: new DynamoDBClient(within(REQUEST_TIMEOUT_MS)),
    bus: new EventBridgeClient(within(REQUEST_TIMEOUT_MS)),
    queues: new SQSClient(within(REQUEST_TIMEOUT_MS)),
    mail: new SESv2Client({ ...within(MAIL_TIMEOUT_MS), maxAttempts: 1 }),
    secrets: new SSMClient(within(REQUEST_TIMEOUT_MS)),
  };
}
