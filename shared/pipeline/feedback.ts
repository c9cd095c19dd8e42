// Decides what the mail provider's word changes: the send's ledger, and the address, at once.
import * as z from "zod";
import type { SuppressionReason } from "../domain/address.ts";
import { normalAddress } from "../domain/address.ts";
import type { InputProblem } from "../domain/event.ts";
import { type Instant, parseInstant } from "../domain/instant.ts";
import type { Json } from "../domain/json.ts";
import { problemsOf } from "../domain/problem.ts";
import type { Ledger } from "../domain/send.ts";
import { Contention } from "./faults.ts";
import type { Message } from "./group-by-profile.ts";
import { addressKey, sendKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { readSend, sendItem } from "./records/send-record.ts";

const sesEventSchema = z.object({
  eventType: z.string(),
  mail: z.object({
    timestamp: z.string(),
    messageId: z.string(),
    destination: z.array(z.string()),
    tags: z.record(z.string(), z.array(z.string())).default({}),
  }),
  bounce: z.object({ bounceType: z.string(), timestamp: z.string() }).optional(),
  complaint: z.object({ timestamp: z.string() }).optional(),
  delivery: z.object({ timestamp: z.string() }).optional(),
});
type SesEvent = z.infer<typeof sesEventSchema>;

/** SNS wraps the event as text, unless raw delivery is on. */
const snsSchema = z.object({ Message: z.string() });

/** Applies a batch of feedback; returns the ids of messages to be delivered again. Repeats change nothing. */
export async function takeFeedback(ports: Ports, messages: Message[]): Promise<string[]> {
  const retry: string[] = [];
  for (const { id, body } of messages) {
    try {
      const event = parse(body);
      if (Array.isArray(event))
        await ports.queues.rejected.send([{ body: { problems: event, message: body as Json } }]);
      else await apply(ports, event);
    } catch (error) {
      ports.log.error("feedback not applied", { error: String(error) });
      retry.push(id);
    }
  }
  return retry;
}

function parse(body: unknown): SesEvent | InputProblem[] {
  const sns = snsSchema.safeParse(body);
  try {
    const parsed = sesEventSchema.safeParse(sns.success ? JSON.parse(sns.data.Message) : body);
    return parsed.success ? parsed.data : problemsOf(parsed.error);
  } catch {
    return [{ code: "not_json", path: "Message", message: "is not JSON" }];
  }
}

/** The address first: whatever comes next, nothing is claimed for it any more. */
async function apply(ports: Ports, event: SesEvent): Promise<void> {
  const at =
    parseInstant(
      event.bounce?.timestamp ?? event.complaint?.timestamp ?? event.delivery?.timestamp ?? event.mail.timestamp,
    ) ?? ports.clock.now();
  const reason = suppressionOf(event);
  const email = normalAddress(event.mail.destination[0] ?? "");
  if (reason !== undefined && email !== undefined) {
    const key = addressKey(await ports.secrets.get("identity"), email);
    await changeAddress(ports, key, (address) =>
      address.suppressions[reason] !== undefined
        ? address
        : { ...address, suppressions: { ...address.suppressions, [reason]: at } },
    );
  }
  await noteOnSend(ports, event, at);
}

function suppressionOf({ eventType, bounce }: SesEvent): SuppressionReason | undefined {
  if (eventType === "Complaint") return "complaint";
  return eventType === "Bounce" && bounce?.bounceType === "Permanent" ? "bounce" : undefined;
}

/** Feedback proves that the send was accepted, whatever we knew of it. */
async function noteOnSend(ports: Ports, event: SesEvent, at: Instant): Promise<void> {
  const sid = event.mail.tags["sid"]?.[0];
  const pid = event.mail.tags["pid"]?.[0];
  const kind = event.eventType.toLowerCase();
  if (sid === undefined || pid === undefined) return ports.log.warn("feedback without tags", { kind });
  for (let attempt = 1; ; attempt++) {
    const item = await ports.table.get(sendKey(pid, sid));
    if (item === undefined) return ports.log.warn("feedback for an unknown send", { kind, sendId: sid });
    const record = readSend(item);
    if (record.ledger.feedback?.[kind] !== undefined) return;
    const ledger: Ledger = {
      ...record.ledger,
      ...(record.ledger.state !== "SENT" && { state: "SENT", at }),
      messageId: event.mail.messageId,
      feedback: { ...record.ledger.feedback, [kind]: at },
    };
    try {
      return await ports.table.write({ put: sendItem(record, ledger), if: { version: record.version } });
    } catch (error) {
      if (!(error instanceof Contention) || attempt === 10) throw error;
    }
  }
}
