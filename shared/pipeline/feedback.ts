// Decides what the mail provider's word changes: the address at once, the send's ledger, and the sender's reputation; then
// it is told.
import type { Catalogue } from "../domain/catalogue.ts";
import type { InputProblem } from "../domain/event.ts";
import { type Feedback, harmOf } from "../domain/feedback.ts";
import { utcDay } from "../domain/instant.ts";
import { isDeeperThan, type Json, MAX_JSON_DEPTH } from "../domain/json.ts";
import type { Send } from "../domain/send.ts";
import { softBouncePolicy } from "../domain/soft-bounces.ts";
import { ownMeans } from "../domain/why-words.ts";
import { pauseIfTooBad } from "./automatic-pause.ts";
import { loadCatalogue, NothingPublished } from "./catalogue-store.ts";
import { clickIn, settleClick } from "./click.ts";
import { errorText } from "./error-text.ts";
import { newsOf } from "./feedback-news.ts";
import { countBounceOrDelivery, noteOnAddresses, noteOnSend } from "./feedback-writes.ts";
import type { Message } from "./group-by-profile.ts";
import { sendKey } from "./keys.ts";
import { mayNoteOpen } from "./noted-opens.ts";
import { parseFeedback } from "./parse-feedback.ts";
import type { Ports } from "./ports.ts";
import { unsubscribe } from "./preferences.ts";
import { destinationsIn, putAside } from "./put-aside.ts";
import { readSend, type SendRecord } from "./records/send-record.ts";
import { noteBad, noteDelivered, noteSent } from "./reputation.ts";
import { type OwnFact, tell } from "./tell.ts";

/** Mails by UTC day on which they were accepted, and by campaign. */
type ByDay = Map<number, Map<string, number>>;

/** The rules that are published, read once per batch and only when something asks for them. */
type Rules = () => Promise<Catalogue | undefined>;

/**
 * What a batch adds to what is known of campaigns: mails of which only the feedback tells that they left, deliveries, and the
 * messages with bad news; and what is to be told, with the messages that say so.
 */
type Noted = {
  sent: ByDay;
  delivered: ByDay;
  bad: Map<string, string[]>;
  told: { fact: OwnFact; messageId: string }[];
};

/**
 * Applies a batch of feedback; returns the ids of messages to be delivered again. Repeats and order change nothing. Bounces
 * and complaints may pause their campaign, or the account. Others hear of it when all is written.
 */
export async function takeFeedback(ports: Ports, messages: Message[]): Promise<string[]> {
  const retry: string[] = [];
  const noted: Noted = { sent: new Map(), delivered: new Map(), bad: new Map(), told: [] };
  let loading: ReturnType<Rules> | undefined;
  const rules: Rules = () => (loading ??= publishedRules(ports));
  for (const message of messages) {
    try {
      await takeOne(ports, message, { noted, rules });
    } catch (error) {
      ports.log.error("feedback not applied", { error: errorText(error) });
      retry.push(message.id);
    }
  }
  for (const [day, sent] of noted.sent) await noteSent(ports, sent, day);
  for (const [day, delivered] of noted.delivered) await noteDelivered(ports, delivered, day);
  const again = [...retry, ...(await judge(ports, noted)), ...(await tellNews(ports, rules, noted))];
  return [...new Set(again)];
}

async function publishedRules(ports: Ports): Promise<Catalogue | undefined> {
  try {
    return await loadCatalogue(ports);
  } catch (error) {
    if (error instanceof NothingPublished) return undefined;
    throw error;
  }
}

async function takeOne(ports: Ports, { id, body }: Message, batch: { noted: Noted; rules: Rules }): Promise<void> {
  const click = clickIn(body);
  if (click !== undefined) return settleClick(ports, click);
  const feedback = parseFeedback(body, ports.clock.now());
  if (Array.isArray(feedback)) await reject(ports, body, feedback);
  else await apply(ports, { feedback, messageId: id }, batch);
}

/** What nests too deep for any reader is not kept. */
function reject(ports: Ports, body: unknown, problems: InputProblem[]): Promise<void> {
  const message = isDeeperThan(body, MAX_JSON_DEPTH) ? "nested too deep" : (body as Json);
  return putAside(ports, [{ body: { problems, message }, ...destinationsIn(body) }]);
}

/** Messages whose campaigns could not be judged come again: bad events are counted once, however often they come. */
async function judge(ports: Ports, { bad }: Noted): Promise<string[]> {
  if (bad.size === 0) return [];
  try {
    await pauseIfTooBad(ports, bad.keys());
    return [];
  } catch (error) {
    ports.log.error("reputation not judged", { error: errorText(error) });
    return [...bad.values()].flat();
  }
}

/** News that could not be put before the rules come again with their messages, under the same ids. */
async function tellNews(ports: Ports, rules: Rules, { told }: Noted): Promise<string[]> {
  if (told.length === 0) return [];
  try {
    const facts = told.map(({ fact }) => fact);
    await tell(ports, (await rules()) ?? { counters: new Map(), byTrigger: new Map() }, facts);
    return [];
  } catch (error) {
    ports.log.error("news not told", { count: told.length, error: errorText(error) });
    return told.map(({ messageId }) => messageId);
  }
}

/** The address first: whatever comes next, nothing is claimed for it any more. */
async function apply(
  ports: Ports,
  { feedback: told, messageId }: { feedback: Feedback; messageId: string },
  { noted, rules }: { noted: Noted; rules: Rules },
): Promise<void> {
  const record = await sendOf(ports, told);
  const feedback = await withoutHiddenOpen(ports, { told, record, rules });
  const isNew = !isHeardBefore(feedback, record);
  const addresses = isNew ? await noteOnAddresses(ports, feedback, record) : [];
  const policy = async () => softBouncePolicy((await rules())?.settings);
  if (record === undefined) {
    ports.log.warn("feedback for an unknown send", { kind: feedback.kind, hasTags: feedback.sid !== undefined });
    return countBounceOrDelivery(ports, { feedback, addresses, policy });
  }
  const { send } = record;
  if (feedback.kind === "unsubscribe" && isNew) await unsubscribe(ports, linkOf(send), ownMeans.mailProgram);
  const harm = harmOf(feedback);
  if (harm !== undefined) {
    // Before the ledger: a crash in between repeats the message, and the event is the same item again.
    await noteBad(ports, send, { kind: harm, acceptedAt: feedback.acceptedAt });
    noted.bad.set(send.campaign, [...(noted.bad.get(send.campaign) ?? []), messageId]);
  }
  const news = await noteOnSend(ports, send, feedback);
  await countBounceOrDelivery(ports, { feedback, addresses, policy });
  const day = utcDay(feedback.acceptedAt);
  if (news?.wasInDoubt) addMail(noted.sent, send.campaign, day);
  if (feedback.kind === "delivery" && news?.isFirst) addMail(noted.delivered, send.campaign, day);
  const fact = newsOf(feedback, send, news?.ledger);
  if (fact !== undefined) noted.told.push({ fact, messageId });
}

async function sendOf({ table }: Ports, { sid, pid }: Feedback): Promise<SendRecord | undefined> {
  const item = sid === undefined || pid === undefined ? undefined : await table.get(sendKey(pid, sid));
  return item && readSend(item);
}

/** An open that may not be noted still proves that the mail left, and no more. */
async function withoutHiddenOpen(
  ports: Ports,
  { told, record, rules }: { told: Feedback; record: SendRecord | undefined; rules: Rules },
): Promise<Feedback> {
  if (told.kind !== "open" || record === undefined) return told;
  const mayNote = await mayNoteOpen(ports, record, (await rules())?.settings);
  return mayNote ? told : { ...told, kind: "send", at: told.acceptedAt };
}

/** A wish that was heard must not be heard again after a later yes. */
function isHeardBefore({ kind, at }: Feedback, record: SendRecord | undefined): boolean {
  return kind === "unsubscribe" && (record?.ledger.feedback?.[kind] ?? Number.NEGATIVE_INFINITY) >= at;
}

/** As the link of the same mail, of which people may say the same to their mail program. */
const linkOf = ({ id, profileId }: Send) => ({ profileId, sendId: id, purpose: "marketing" });

function addMail(mails: ByDay, campaign: string, day: number): void {
  const ofDay = mails.get(day) ?? new Map<string, number>();
  mails.set(day, ofDay.set(campaign, (ofDay.get(campaign) ?? 0) + 1));
}
