// Decides how dead letters of a person are forgotten on SQS: each is looked at once, and deleted or put back.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Json } from "../../domain/json.ts";
import { Unavailable } from "../../pipeline/faults.ts";
import type { Copies } from "../../pipeline/ports.ts";

/**
 * What is looked at stays out of sight for so long, so that a look comes to its end; nothing consumes these queues, and no two
 * look at once (see pipeline/erasure/look-through-copies.ts). Then it is put back, for the next one; what is cut off leaves it hidden.
 */
const OUT_OF_SIGHT_SECONDS = 120;
/** Asked to wait, SQS looks at all of its hosts; so two answers without anything new mean that all was seen. */
const WAIT_SECONDS = 1;
const EMPTY_ANSWERS = 2;
/** More in one queue are not looked through in the time a function has. They expire, as all do, after 14 days. */
const MOST_MESSAGES = 2_000;
/** What SQS takes in one request. */
const BATCH = 10;

type Options = { client: SQSClient; urls: string[] };

/** The queues that nothing consumes: dead letters and rejected messages. Others are empty again within minutes. */
export function sqsCopies({ client, urls }: Options): Copies {
  return {
    forget: async (isOf) => {
      const forgotten = await Promise.all(urls.map((url) => forgetIn(client, url, isOf)));
      return forgotten.reduce((sum, n) => sum + n, 0);
    },
  };
}

async function forgetIn(client: SQSClient, url: string, isOf: (body: Json) => boolean): Promise<number> {
  const seen = new Set<string | undefined>();
  const kept: string[] = [];
  let forgotten = 0;
  for (let empty = 0; empty < EMPTY_ANSWERS && seen.size < MOST_MESSAGES; ) {
    const messages = await receive(client, url);
    const unseen = messages.filter(({ MessageId }) => !seen.has(MessageId));
    empty = unseen.length === 0 ? empty + 1 : 0;
    for (const message of unseen) {
      seen.add(message.MessageId);
      if (!isOf(bodyOf(message))) {
        kept.push(message.ReceiptHandle as string);
        continue;
      }
      const deletion = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle });
      await client.send(deletion).catch(outOfReach);
      forgotten++;
    }
  }
  await putBack(client, url, kept);
  return forgotten;
}

/** What was not: a fault, so that nobody looks before it is there again by itself. */
async function putBack(client: SQSClient, url: string, handles: string[]): Promise<void> {
  for (let start = 0; start < handles.length; start += BATCH) {
    const Entries = handles
      .slice(start, start + BATCH)
      .map((ReceiptHandle, n) => ({ Id: `${n}`, ReceiptHandle, VisibilityTimeout: 0 }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries });
    const { Failed = [] } = await client.send(command).catch(outOfReach);
    // What the sender is to blame for is a message that is back, or gone, already.
    if (Failed.some(({ SenderFault }) => !SenderFault)) outOfReach(Failed);
  }
}

async function receive(client: SQSClient, url: string): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: OUT_OF_SIGHT_SECONDS,
    WaitTimeSeconds: WAIT_SECONDS,
  });
  return (await client.send(command).catch(outOfReach)).Messages ?? [];
}

function outOfReach(cause: unknown): never {
  throw new Unavailable("A queue", { cause });
}

/** What is no JSON is looked through as text. */
function bodyOf({ Body = "" }: Message): Json {
  try {
    return JSON.parse(Body) as Json;
  } catch {
    return Body;
  }
}
