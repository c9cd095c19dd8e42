// Decides what a start does about the process before it: whatever that one held, nobody holds any more.
import { type Instant, iso } from "../../shared/domain/instant.ts";
import { SEND_LEASE_MS } from "../../shared/domain/send.ts";
import { sendDuePks } from "../../shared/pipeline/keys.ts";
import { itemsOfIndex } from "../../shared/pipeline/pages.ts";
import { readSend, sendItem } from "../../shared/pipeline/records/send-record.ts";
import type { LocalData } from "./open-data.ts";

/** Makes messages in flight visible, and claims whose outcome was never written due now: they are looked up, not repeated. */
export async function endLeases({ queues, table, clock }: LocalData): Promise<void> {
  queues.releaseAll();
  const now: Instant = clock.now();
  for (const pk of sendDuePks) {
    for await (const page of itemsOfIndex(table, "due", { pk, to: iso(now + 2 * SEND_LEASE_MS) })) {
      for (const record of page.map(readSend)) {
        if (record.ledger.state !== "CLAIMED") continue;
        await table.write({ put: sendItem(record, { ...record.ledger, leaseUntil: now }, now) });
      }
    }
  }
}
