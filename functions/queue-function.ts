// Decides how a queue's batch meets the pipeline: records become messages, and only those that failed come back.
import middy from "@middy/core";
import type { Message } from "../shared/pipeline/group-by-profile.ts";
import type { LambdaHandler } from "./on-aws.ts";

type SqsAttributes = { ApproximateReceiveCount?: string; SentTimestamp?: string };
type SqsEvent = { Records: { messageId: string; body: string; attributes?: SqsAttributes }[] };

/** A handler for an SQS event source with ReportBatchItemFailures; `handle` returns the ids to be delivered again. */
export function queueFunction(handle: (messages: Message[]) => Promise<string[]>): LambdaHandler {
  const handler = middy().handler(async (event: unknown) => {
    const failed = await handle((event as SqsEvent).Records.map(messageOf));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
  return handler as unknown as LambdaHandler;
}

/** A body that is not JSON stays a text, which no schema accepts: it is rejected with a reason instead of crashing. */
function messageOf({ messageId, body, attributes }: SqsEvent["Records"][number]): Message {
  let parsed: unknown = body;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The pipeline rejects it.
  }
  const queuedAt = Number(attributes?.SentTimestamp);
  return {
    id: messageId,
    body: parsed,
    receiveCount: Number(attributes?.ApproximateReceiveCount ?? 1),
    ...(Number.isSafeInteger(queuedAt) && { queuedAt }),
  };
}
