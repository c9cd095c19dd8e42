// Decides what is written down about a claimed send: what the mailer said, or what can be found out when it said nothing.

import type { Instant } from "../domain/instant.ts";
import { MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import type { Ledger } from "../domain/send.ts";
import { giveBack } from "./claim.ts";
import { ConditionFailed, MailRefused, TransactionCanceled } from "./faults.ts";
import type { Mail, Ports } from "./ports.ts";
import { type SendRecord, sendItem } from "./records/send-record.ts";

const MAX_TRIES = 4;

/** The one call to the mailer after a claim. A definite no gives the claim back; anything unclear is looked up. */
export async function callMailer(ports: Ports, claimed: SendRecord, mail: Mail): Promise<void> {
  let messageId: string;
  try {
    messageId = (await ports.mailer.send(mail)).messageId;
  } catch (error) {
    if (error instanceof MailRefused) return refused(ports, claimed, error);
    ports.log.warn("outcome of a send unknown", {
      sendId: claimed.send.id,
      error: error instanceof Error ? error.name : "unknown",
    });
    return resolveDoubt(ports, claimed);
  }
  await writeLedger(ports, claimed, { ledger: { ...claimed.ledger, state: "SENT", at: ports.clock.now(), messageId } });
}

async function refused(ports: Ports, claimed: SendRecord, refusal: MailRefused): Promise<void> {
  await giveBack(ports, claimed);
  const { attempts } = claimed.ledger;
  const now = ports.clock.now();
  if (refusal.retryable) {
    const dueAt = refusal.retryAt ?? now + backoffMs(MINUTE_MS, attempts);
    await writeLedger(ports, claimed, { ledger: { state: "PENDING", reason: refusal.code, at: now, attempts }, dueAt });
  } else {
    await writeLedger(ports, claimed, {
      ledger: { state: "REJECTED", reason: refusal.code, detail: refusal.message, at: now, attempts },
    });
  }
}

/** A claim without an outcome: asks the mailer. What it cannot tell stays UNKNOWN, and is never sent again by itself. */
export async function resolveDoubt(ports: Ports, record: SendRecord): Promise<void> {
  const known = await ports.mailer.lookup(record.send.id);
  const now = ports.clock.now();
  const { attempts } = record.ledger;
  if (known === "accepted") return writeLedger(ports, record, { ledger: { ...record.ledger, state: "SENT", at: now } });
  if (known === "unknowable")
    return writeLedger(ports, record, { ledger: { ...record.ledger, state: "UNKNOWN", at: now } });
  await giveBack(ports, record);
  const dueAt = now + backoffMs(5 * SECOND_MS, attempts);
  await writeLedger(ports, record, { ledger: { state: "PENDING", reason: "not-accepted", at: now, attempts }, dueAt });
}

/** Doubles with every attempt, up to 64 times the first pause. */
function backoffMs(firstMs: number, attempts: number): number {
  return firstMs * 2 ** Math.min(Math.max(attempts - 1, 0), 6);
}

/** Writes the ledger if nobody else did meanwhile; the other writer then knew more. */
export async function writeLedger(
  ports: Ports,
  record: SendRecord,
  next: { ledger: Ledger; dueAt?: Instant },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ports.table.write({
        put: sendItem(record, next.ledger, next.dueAt),
        if: { version: record.version },
      });
    } catch (error) {
      if (error instanceof ConditionFailed) return;
      if (!(error instanceof TransactionCanceled) || attempt === MAX_TRIES) throw error;
    }
  }
}
