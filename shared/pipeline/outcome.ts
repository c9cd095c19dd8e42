// Decides what is written down about a claimed send: what the mailer said, or what can be found out when it said nothing.
import { withoutWaiting } from "../domain/address.ts";
import { shardOf } from "../domain/hash.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { endingOf, type Ledger, nextLedger, UNKNOWN_MS } from "../domain/send.ts";
import { giveBack } from "./claim.ts";
import { errorText } from "./error-text.ts";
import { ConditionFailed, MailRefused } from "./faults.ts";
import { insistOn } from "./insist.ts";
import { addressKeyOf, sendKey } from "./keys.ts";
import type { Item, Mail, Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { readSend, type SendRecord, sendItem, type WaitsFor } from "./records/send-record.ts";
import { noteProvider, noteQuota } from "./stop-switch.ts";

/** `left`: the mailer accepted the mail; `no`: it certainly did not leave. */
export type Outcome = "left" | "no" | "unknown";

/** The one call to the mailer after a claim. A definite no gives the claim back; anything unclear is looked up. */
export async function callMailer(ports: Ports, claimed: SendRecord, mail: Mail): Promise<Outcome> {
  let messageId: string;
  try {
    messageId = (await ports.mailer.send(mail)).messageId;
  } catch (error) {
    if (error instanceof MailRefused) {
      await refused(ports, claimed, error);
      return "no";
    }
    ports.log.warn("outcome of a send unknown", {
      sendId: claimed.send.id,
      error: error instanceof Error ? error.name : "unknown",
    });
    await resolveDoubt(ports, claimed);
    return "unknown";
  }
  await writeSent(ports, claimed, messageId);
  return "left";
}

/** What the mailer itself said is worth more than what somebody else concluded from its silence. */
function writeSent(ports: Ports, claimed: SendRecord, messageId: string): Promise<void> {
  const at = ports.clock.now();
  const { id, profileId } = claimed.send;
  let record: SendRecord | undefined = claimed;
  return insistOn(ports, id, async () => {
    record ??= readSendAt(await ports.table.get(sendKey(profileId, id)));
    if (record === undefined || isToldByProvider(record)) return;
    const { waitsAt } = record.ledger;
    if (waitsAt !== undefined)
      await changeAddress(ports, addressKeyOf(waitsAt), (address) => withoutWaiting(address, id));
    const put = sendItem(record, nextLedger(record.ledger, { state: "SENT", at, messageId }));
    const { version } = record;
    record = undefined;
    await ports.table.write({ put, if: { version } });
  });
}

const readSendAt = (item: Item | undefined) => item && readSend(item);

/** The provider's feedback says more than its answer. */
const isToldByProvider = ({ ledger }: SendRecord) => ledger.state === "SENT" || ledger.feedback !== undefined;

async function refused(ports: Ports, claimed: SendRecord, refusal: MailRefused): Promise<void> {
  const { ledger } = claimed;
  const at = ports.clock.now();
  if (refusal.kind === "rejected") {
    const { code: reason, message: detail } = refusal;
    const state = endingOf(ledger, "REJECTED");
    return giveBack(ports, claimed, { ledger: nextLedger(ledger, { state, reason, detail, at }), waitsFor: undefined });
  }
  const [reason, waitsFor] = await laterOf(ports, claimed, refusal);
  return giveBack(ports, claimed, { ledger: nextLedger(ledger, { state: "PENDING", reason, at }), waitsFor });
}

/**
 * Why and until when a send waits that was refused for now. The switch is on before the send is left to it; where that cannot be
 * written, the send comes back by itself.
 */
async function laterOf(ports: Ports, { send, ledger }: SendRecord, refusal: MailRefused): Promise<[string, WaitsFor]> {
  const now = ports.clock.now();
  const soon = refusal.retryAt ?? now + backoffMs(MINUTE_MS, { id: send.id, attempts: ledger.attempts });
  try {
    switch (refusal.kind) {
      case "paused":
        await noteProvider(ports, "paused");
        return ["account-paused", "resume"];
      case "sandbox":
        await noteProvider(ports, "sandbox");
        return ["sandbox", "resume"];
      case "quota": {
        const until = refusal.retryAt ?? now + HOUR_MS;
        await noteQuota(ports, until);
        return ["daily-quota", Math.min(until, Math.max(now, send.expiresAt))];
      }
    }
  } catch (error) {
    ports.log.warn("switch not written", { sendId: send.id, error: errorText(error) });
  }
  return [refusal.code, soon];
}

/** A claim without an outcome: asks the mailer. What it cannot tell is UNKNOWN until the provider's word comes. */
export async function resolveDoubt(ports: Ports, record: SendRecord): Promise<unknown> {
  const { send, ledger } = record;
  const known = await ports.mailer.lookup(send.id);
  const at = ports.clock.now();
  if (known === "accepted") return writeLedger(ports, record, { ledger: nextLedger(ledger, { state: "SENT", at }) });
  if (known === "unknowable") {
    const unknown = nextLedger(ledger, { state: "UNKNOWN", at });
    return writeLedger(ports, record, { ledger: unknown, waitsFor: at + UNKNOWN_MS });
  }
  const waitsFor = at + backoffMs(5 * SECOND_MS, { id: send.id, attempts: ledger.attempts });
  return giveBack(ports, record, {
    ledger: nextLedger(ledger, { state: "PENDING", reason: "not-accepted", at }),
    waitsFor,
  });
}

/**
 * No word came about an unknown outcome: a marketing mail is given up, since at most once is promised; a service mail is sent
 * once more.
 */
export async function giveUp(ports: Ports, record: SendRecord): Promise<unknown> {
  const { send, ledger } = record;
  const at = ports.clock.now();
  if (send.purpose === "marketing" || ledger.resent) {
    const reason = "no-word-from-provider";
    return writeLedger(ports, record, { ledger: nextLedger(ledger, { state: "ABANDONED", reason, at }) });
  }
  const again = nextLedger(ledger, { state: "PENDING", reason: "sent-again", at, resent: true });
  return writeLedger(ports, record, { ledger: again, waitsFor: at });
}

/** Doubles with every attempt, up to 64 times the first pause; half of it is by chance, so that who met parts. */
function backoffMs(firstMs: number, { id, attempts }: { id: string; attempts: number }): number {
  const most = firstMs * 2 ** Math.min(Math.max(attempts - 1, 0), 6);
  return most / 2 + shardOf(`${id}${attempts}`, most / 2);
}

/** Writes the ledger if nobody else did meanwhile; `false`: the other writer knew more. */
export function writeLedger(
  ports: Ports,
  record: SendRecord,
  next: { ledger: Ledger; waitsFor?: WaitsFor },
): Promise<boolean> {
  const put = sendItem(record, next.ledger, next.waitsFor);
  return insistOn(ports, record.send.id, async () => {
    try {
      await ports.table.write({ put, if: { version: record.version } });
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  });
}
