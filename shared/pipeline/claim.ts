// Decides how a send is claimed: ledger and address in one transaction, so that suppression, opt-outs and caps hold.
import { withClaim, withoutClaim } from "../domain/address.ts";
import type { Ledger } from "../domain/send.ts";
import { addressKeyOf } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";
import { addressWrite, changeAddress } from "./records/address-record.ts";
import { leaseUntil, type SendRecord, sendItem } from "./records/send-record.ts";
import type { Loaded } from "./send-facts.ts";

/**
 * PENDING → CLAIMED with a lease, and the claim's instant on the address (marketing only; otherwise the address is only
 * put as it was, to hold its version). Throws `TransactionCanceled` when the send or the address changed since they were
 * read. Cost: 4 write units, 2 more when the lease must move, 1 for the list.
 */
export async function claim(ports: Ports, { record, addressRecord }: Loaded): Promise<SendRecord> {
  const now = ports.clock.now();
  const until = leaseUntil(record, now);
  const ledger: Ledger = {
    state: "CLAIMED",
    at: now,
    leaseUntil: until,
    attempts: record.ledger.attempts + 1,
    ...(addressRecord && { address: addressRecord.key.pk }),
  };
  const writes: Write[] = [{ put: sendItem(record, ledger, until), if: { version: record.version } }];
  if (addressRecord !== undefined) {
    const { address } = addressRecord;
    const claimed =
      record.send.purpose === "marketing" ? withClaim(address, { at: now, sendId: record.send.id }) : address;
    writes.push(addressWrite(addressRecord, claimed));
  }
  await ports.table.transact(writes);
  return { send: record.send, ledger, version: record.version + 1, dueAt: until };
}

/** Takes the claim's instant off the address it was put on, because nothing was sent. */
export async function giveBack(ports: Ports, { send, ledger }: SendRecord): Promise<void> {
  if (ledger.address === undefined || send.purpose !== "marketing") return;
  await changeAddress(ports, addressKeyOf(ledger.address), (address) =>
    withoutClaim(address, { sendId: send.id, at: ledger.at }),
  );
}
