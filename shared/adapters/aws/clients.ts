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
/**
 * A claim must be over, one way or the other, within the grace that a pause waits (see stop-state.ts): two attempts of 1.2
 * seconds at most.
 */
const TABLE_LIMITS = { connectionTimeoutMs: 400, requestTimeoutMs: 800, maxAttempts: 2 };
/** SES may take longer to accept a mail, and a call given up is an unknown outcome. */
const MAIL_TIMEOUT_MS = 10_000;

/**
 * Builds the client of a service when it is first asked for, and keeps it with its open connections: a function's bundle has
 * only those it has a right to (see infra/bundle.ts).
 */
export function awsClients(options: ClientOptions = {}): AwsClients {
  const { requestTimeoutMs, ...where } = options;
  const within = (timeoutMs: number, connectionTimeout = CONNECTION_TIMEOUT_MS) => ({
    ...where,
    requestHandler: { connectionTimeout, requestTimeout: requestTimeoutMs ?? timeoutMs, throwOnRequestTimeout: true },
  });
  const { connectionTimeoutMs, maxAttempts, requestTimeoutMs: tableTimeoutMs } = TABLE_LIMITS;
  const built: Partial<AwsClients> = {};
  return {
    get table() {
      built.table ??= new DynamoDBClient({ maxAttempts, ...within(tableTimeoutMs, connectionTimeoutMs) });
      return built.table;
    },
    get bus() {
      built.bus ??= new EventBridgeClient(within(REQUEST_TIMEOUT_MS));
      return built.bus;
    },
    get queues() {
      built.queues ??= new SQSClient(within(REQUEST_TIMEOUT_MS));
      return built.queues;
    },
    get mail() {
      built.mail ??= new SESv2Client({ ...within(MAIL_TIMEOUT_MS), maxAttempts: 1 });
      return built.mail;
    },
    get secrets() {
      built.secrets ??= new SSMClient(within(REQUEST_TIMEOUT_MS));
      return built.secrets;
    },
  };
}
