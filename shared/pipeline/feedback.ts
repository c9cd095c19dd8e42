// Decides what the mail provider's word changes: the address at once, the send's ledger, and the sender's reputation.
import { withoutClaim, withSuppression } from "../domain/address.ts";
import { normalAddress } from "../domain/email-address.ts";
import type { InputProblem } from "../domain/event.ts";
import { type Feedback, isHardBounce, ledgerAfter, suppressionOf } from "../domain/feedback.ts";
import { utcDay } from "../domain/instant.ts";
import type { Json } from "../domain/json.ts";
import type { Send } from "../domain/send.ts";
import { pauseIfTooBad } from "./automatic-pause.ts";
import type { Message } from "./group-by-profile.ts";
import { insist } from "./insist.ts";
import { addressKey, addressKeyOf, sendKey } from "./keys.ts";
import { parseFeedback } from "./parse-feedback.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { readSend, sendItem } from "./records/send-record.ts";
import { noteBad, noteDelivered, noteSent } from "./reputation.ts";

/** Mails by UTC day on which they were accepted, and by campaign. */
type ByDay = Map<number, Map<string, number>>;

/**
 * What a batch adds to what is known of campaigns: mails of which only the feedback tells that they left, deliveries, and the
 * messages with bad news.
 */
type Noted = { sent: ByDay; delivered: ByDay; bad: Map<string, string[]> };

/**
 * Applies a batch of feedback; returns the ids of messages to be delivered again. Repeats and order change nothing. Bounces
 * and complaints may pause their campaign, or the account.
 */
export async function takeFeedback(ports: Ports, messages: Message[]): Promise<string[]> {
  const retry: string[] = [];
  const noted: Noted = { sent: new Map(), delivered: new Map(), bad: new Map() };
  for (const message of messages) {
    try {
      const feedback = parseFeedback(message.body);
      if (Array.isArray(feedback)) await reject(ports, message.body, feedback);
      else await apply(ports, { feedback, messageId: message.id }, noted);
    } catch (error) {
      ports.log.error("feedback not applied", { error: String(error) });
      retry.push(message.id);
    }
  }
  for (const [day, sent] of noted.sent) await noteSent(ports, sent, day);
  for (const [day, delivered] of noted.delivered) await noteDelivered(ports, delivered, day);
  return [...retry, ...(await judge(ports, noted))];
}

const reject = ({ queues }: Ports, body: unknown, problems: InputProblem[]) =>
  queues.rejected.send([{ body: { problems, message: body as Json } }]);

/** Messages whose campaigns could not be judged come again: bad events are counted once, however often they come. */
async function judge(ports: Ports, { bad }: Noted): Promise<string[]> {
  if (bad.size === 0) return [];
  try {
    await pauseIfTooBad(ports, bad.keys());
    return [];
  } catch (error) {
    ports.log.error("reputation not judged", { error: String(error) });
    return [...bad.values()].flat();
  }
}

/** The address first: whatever comes next, nothing is claimed for it any more. */
async function apply(ports: Ports, from: { feedback: Feedback; messageId: string }, noted: Noted): Promise<void> {
  const { feedback, messageId } = from;
  await suppress(ports, feedback);
  const { sid, pid, kind } = feedback;
  if (sid === undefined || pid === undefined) return ports.log.warn("feedback without tags", { kind });
  const item = await ports.table.get(sendKey(pid, sid));
  if (item === undefined) return ports.log.warn("feedback for an unknown send", { kind, sendId: sid });
  const { send } = readSend(item);
  const badKind = kind === "complaint" ? "complaint" : isHardBounce(feedback) ? "bounce" : undefined;
  if (badKind !== undefined) {
    // Before the ledger: a crash in between repeats the message, and the event is the same item again.
    await noteBad(ports, send, { kind: badKind, acceptedAt: feedback.acceptedAt });
    noted.bad.set(send.campaign, [...(noted.bad.get(send.campaign) ?? []), messageId]);
  }
  const news = await noteOnSend(ports, send, feedback);
  const day = utcDay(feedback.acceptedAt);
  if (news?.wasInDoubt) addMail(noted.sent, send.campaign, day);
  if (kind === "delivery" && news?.isFirst) addMail(noted.delivered, send.campaign, day);
}

function addMail(mails: ByDay, campaign: string, day: number): void {
  const ofDay = mails.get(day) ?? new Map<string, number>();
  mails.set(day, ofDay.set(campaign, (ofDay.get(campaign) ?? 0) + 1));
}

async function suppress(ports: Ports, feedback: Feedback): Promise<void> {
  const reason = suppressionOf(feedback);
  const email = normalAddress(feedback.recipient);
  if (reason === undefined || email === undefined) return;
  const key = addressKey(await ports.secrets.get("identity"), email);
  await changeAddress(ports, key, (address) => withSuppression(address, reason, feedback.at));
}

/** `isFirst`: of its kind; `wasInDoubt`: nobody knew that the mail had left. */
type News = { isFirst: boolean; wasInDoubt: boolean };

/** Tells what the ledger had not heard yet, if anything. What is SENT or REJECTED leaves the due index. */
function noteOnSend(ports: Ports, { id, profileId }: Send, feedback: Feedback): Promise<News | undefined> {
  return insist(ports, id, async () => {
    const item = await ports.table.get(sendKey(profileId, id));
    if (item === undefined) return undefined;
    const record = readSend(item);
    const { state, feedback: heard } = record.ledger;
    const ledger = ledgerAfter(record.ledger, feedback);
    if (ledger === record.ledger) return undefined;
    // Before the ledger, so that a crash in between repeats it: nothing reached the person.
    if (ledger.state === "REJECTED" && ledger.address !== undefined)
      await changeAddress(ports, addressKeyOf(ledger.address), (address) => withoutClaim(address, id));
    await ports.table.write({ put: sendItem(record, ledger), if: { version: record.version } });
    const wasInDoubt = ledger.state === "SENT" && (state === "UNKNOWN" || state === "ABANDONED");
    return { isFirst: heard?.[feedback.kind] === undefined, wasInDoubt };
  });
}
