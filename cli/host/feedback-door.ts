// Decides how what a mail provider would tell is tried out: one of its messages, put where SES's own would arrive.
import { isDeeperThan, type Json } from "../../shared/domain/json.ts";
import type { LocalHost } from "./host.ts";
import { jsonAnswer, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";

/** Deeper ones cannot be written down; what is no event of SES is the pipeline's to say. */
const MAX_DEPTH = 500;

/**
 * `POST /api/feedback`: an event as SES publishes it, with SNS's envelope or without. It is taken like any other that comes by the
 * feedback queue, so the answer says only that it waits there; whatever is wrong with it ends among the rejected messages.
 */
export async function takeFeedbackMessage({ data }: LocalHost, { body }: LocalRequest): Promise<LocalAnswer> {
  const message = messageOf(body);
  if (message === undefined)
    return problemAnswer(
      400,
      "not_json",
      'Send one event as SES publishes it: {"eventType": "Bounce", "mail": {...}}.',
    );
  await data.ports.queues.feedback.send([{ body: message }]);
  return jsonAnswer(202, { queued: 1 });
}

function messageOf(body: string): Json | undefined {
  try {
    const message = JSON.parse(body) as Json;
    return isDeeperThan(message, MAX_DEPTH) ? undefined : message;
  } catch {
    return undefined;
  }
}
