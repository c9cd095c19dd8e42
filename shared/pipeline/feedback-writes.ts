// Decides how the provider's word is written: on the addresses it is about, and on the ledger of the send.
import { withOptOut, withoutClaim, withoutWaiting, withSuppression } from "../domain/address.ts";
import { type Feedback, isSoftBounce, ledgerAfter, suppressionOf } from "../domain/feedback.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ledger, Send } from "../domain/send.ts";
import { type SoftBouncePolicy, withDelivery, withSoftBounce } from "../domain/soft-bounces.ts";
import { insist } from "./insist.ts";
import { addressKey, addressKeyOf, HOLDER, sendKey } from "./keys.ts";
import type { Key, Ports } from "./ports.ts";
import { changeAddress, loadAddressAt } from "./records/address-record.ts";
import { readSend, type SendRecord, sendItem } from "./records/send-record.ts";

/**
 * Closes the addresses that the feedback closes, and answers which it is about. Where the provider wrote the address so that it
 * cannot be read, the send knows where it went.
 */
export async function noteOnAddresses(
  ports: Ports,
  feedback: Feedback,
  record: SendRecord | undefined,
): Promise<Key[]> {
  const secret = await ports.secrets.get("identity");
  const named = feedback.recipients.map((email) => addressKey(secret, email));
  const claimed = record?.ledger.address;
  const keys = named.length === 0 && claimed !== undefined ? [addressKeyOf(claimed)] : named;
  const reason = suppressionOf(feedback);
  const now = ports.clock.now();
  for (const key of keys) {
    if (reason !== undefined)
      await changeAddress(ports, key, (address) => withSuppression(address, reason, feedback.at));
    // The provider's clock may be ahead of ours: a yes that comes next must lift this no.
    if (feedback.kind === "unsubscribe")
      await changeAddress(ports, key, (address) => withOptOut(address, "marketing", Math.min(feedback.at, now)));
  }
  return keys;
}

/** `isFirst`: of its kind; `wasInDoubt`: nobody knew that the mail had left; `ledger`: as it is now. */
type News = { isFirst: boolean; wasInDoubt: boolean; ledger: Ledger };

/** Tells what the ledger had not heard yet; `undefined` for a send that is gone. What is SENT or REJECTED leaves the due index, and nobody waits for it. */
export function noteOnSend(ports: Ports, { id, profileId }: Send, feedback: Feedback): Promise<News | undefined> {
  return insist(ports, id, async () => {
    const item = await ports.table.get(sendKey(profileId, id));
    if (item === undefined) return undefined;
    const record = readSend(item);
    const { state, feedback: heard, waitsAt } = record.ledger;
    const ledger = ledgerAfter(record.ledger, feedback);
    if (ledger === record.ledger) return { isFirst: false, wasInDoubt: false, ledger };
    // Before the ledger, so that a crash in between repeats it: nothing reached the person.
    if (ledger.state === "REJECTED" && ledger.address !== undefined)
      await changeAddress(ports, addressKeyOf(ledger.address), (address) => withoutClaim(address, id));
    if (waitsAt !== undefined)
      await changeAddress(ports, addressKeyOf(waitsAt), (address) => withoutWaiting(address, id));
    await ports.table.write({ put: sendItem(record, ledger), if: { version: record.version } });
    const wasInDoubt = ledger.state === "SENT" && (state === "UNKNOWN" || state === "ABANDONED");
    return { isFirst: heard?.[feedback.kind] === undefined, wasInDoubt, ledger };
  });
}

type Counting = { feedback: Feedback; addresses: Key[]; policy: () => Promise<SoftBouncePolicy> };

/**
 * Counts a bounce that may pass, or ends the row of them. A delivery costs no write where there is none: so the bounce, once it
 * is written, looks for deliveries of later mails. Both happen after the ledger is written, so that one of them sees the other.
 */
export async function countBounceOrDelivery(ports: Ports, { feedback, addresses, policy }: Counting): Promise<void> {
  const { kind, at, sid, messageId } = feedback;
  for (const key of addresses) {
    if (kind === "delivery" && (await loadAddressAt(ports, key)).address.softBounces.length > 0) {
      const kept = await policy();
      await changeAddress(ports, key, (address) => withDelivery(address, at, kept));
    }
    if (!isSoftBounce(feedback)) continue;
    const kept = await policy();
    await changeAddress(ports, key, (address) => withSoftBounce(address, { sendId: sid ?? messageId, at }, kept));
    const deliveredAt = await lastDelivery(ports, { key, profileId: feedback.pid, since: at });
    if (deliveredAt !== undefined)
      await changeAddress(ports, key, (address) => withDelivery(address, deliveredAt, kept));
  }
}

/** The latest delivery of a mail that was claimed for the address, of everybody who has it or had it. */
async function lastDelivery(
  { table }: Ports,
  { key, profileId, since }: { key: Key; profileId: string | undefined; since: Instant },
): Promise<Instant | undefined> {
  const [{ address }, holders] = await Promise.all([
    loadAddressAt({ table }, key),
    table.query({ pk: key.pk, prefix: HOLDER, limit: MAX_HOLDERS }),
  ]);
  const people = new Set(holders.items.map(({ sk }) => sk.slice(HOLDER.length)));
  if (profileId !== undefined) people.add(profileId);
  const sends = address.claims.filter(({ shadow }) => shadow === undefined).slice(-MAX_SENDS);
  const keys = [...people].flatMap((of) => sends.map(({ sendId }) => sendKey(of, sendId)));
  const found: Instant[] = [];
  for (let from = 0; from < keys.length; from += MAX_SENDS) {
    const items = await table.getMany(keys.slice(from, from + MAX_SENDS));
    for (const item of items) found.push(readSend(item).ledger.feedback?.["delivery"] ?? Number.NEGATIVE_INFINITY);
  }
  const latest = Math.max(...found);
  return latest > since ? latest : undefined;
}

/** An address of more people than that is nobody's; and what was claimed before so many other mails was long ago. */
const MAX_HOLDERS = 10;
const MAX_SENDS = 100;
