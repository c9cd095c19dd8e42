// Decides how messages reach SQS: in batches, refused ones repeated a bounded number of times, then a fault.
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from "@aws-sdk/client-sqs";
import { Fault, Unavailable } from "../../pipeline/faults.ts";
import type { Queue } from "../../pipeline/ports.ts";
import { BACKOFF, type Backoff, jitteredDelayMs } from "./backoff.ts";
import { bytesOf, chunks, MAX_BYTES, type Sized } from "./chunks.ts";

type Message = Parameters<Queue["send"]>[0][number];
type Pending = Sized<SendMessageBatchRequestEntry>;

/** SQS delays a message by at most 15 minutes; longer waits are due items, not messages. */
const MAX_DELAY_SECONDS = 900;

/**
 * A queue on SQS. One call per 10 messages or 1 MiB, plus at most three repeats for messages SQS refused. After a fault
 * some of the messages may have been sent: sending all of them again is safe, since every consumer is idempotent.
 */
export function sqsQueue(options: { client: SQSClient; url: string; backoff?: Backoff }): Queue {
  const { client, url, backoff = BACKOFF } = options;
  return {
    async send(messages) {
      const sized = messages.map(sizedMessage);
      if (sized.some(({ bytes }) => bytes > MAX_BYTES)) {
        throw new Fault("message_too_large", "A message is over the 1 MiB of a queue.", { retryable: false });
      }
      for (const chunk of chunks(sized)) await sendChunk(chunk, { client, url, backoff });
    },
  };
}

async function sendChunk(chunk: Pending[], to: { client: SQSClient; url: string; backoff: Backoff }): Promise<void> {
  let pending = chunk;
  for (let round = 0; ; round++) {
    pending = await sendOnce(pending, to);
    if (pending.length === 0) return;
    if (round === to.backoff.rounds) throw new Unavailable("A queue", { cause: `${pending.length} messages refused` });
    await to.backoff.wait(jitteredDelayMs(round, to.backoff.random));
  }
}

/** Sends one batch and returns the messages that SQS could not take this time. */
async function sendOnce(pending: Pending[], to: { client: SQSClient; url: string }): Promise<Pending[]> {
  const command = new SendMessageBatchCommand({ QueueUrl: to.url, Entries: pending.map(({ entry }) => entry) });
  const answer = await to.client.send(command).catch((cause: unknown) => {
    throw new Unavailable("A queue", { cause });
  });
  const wrong = answer.Failed?.find(({ SenderFault }) => SenderFault === true);
  if (wrong) throw new Fault("message_refused", `A queue refused a message: ${wrong.Code}.`, { retryable: false });
  const sent = new Set(answer.Successful?.map(({ Id }) => Id));
  return pending.filter(({ entry }) => !sent.has(entry.Id));
}

function sizedMessage(message: Message, index: number): Pending {
  const body = JSON.stringify(message.body);
  const attributes = Object.entries(message.attributes ?? {});
  const delaySeconds = Math.min(MAX_DELAY_SECONDS, Math.ceil((message.delayMs ?? 0) / 1_000));
  const bytes = attributes.reduce((sum, [name, value]) => sum + bytesOf(name + value) + "String".length, bytesOf(body));
  const MessageAttributes = Object.fromEntries(
    attributes.map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
  );
  const entry: SendMessageBatchRequestEntry = {
    Id: String(index),
    MessageBody: body,
    ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    ...(attributes.length > 0 && { MessageAttributes }),
  };
  return { index, bytes, entry };
}
