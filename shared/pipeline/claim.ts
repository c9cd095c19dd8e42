// Decides how a send is claimed: ledger and address in one transaction, so that suppression, opt-outs and caps hold.
import { type Address, withClaim, withoutClaim, withoutWaiting } from "../domain/address.ts";
import { longestCapMs } from "../domain/gates/frequency-cap.ts";
import type { Instant } from "../domain/instant.ts";
import { type Ledger, nextLedger } from "../domain/send.ts";
import { TransactionCanceled } from "./faults.ts";
import { addressKeyOf } from "./keys.ts";
import { pauseBefore } from "./pause-before.ts";
import type { Ports, Write } from "./ports.ts";
import { type AddressRecord, addressWrite, loadAddressAt } from "./records/address-record.ts";
import { leaseUntil, type SendRecord, sendItem, type WaitsFor } from "./records/send-record.ts";
import type { Loaded } from "./send-facts.ts";

const MAX_TRIES = 10;

/**
 * PENDING → CLAIMED with a lease, and the claim on the address, both at the instant the gate was asked at. Throws
 * `TransactionCanceled` when the send or the address changed since they were read. Cost: 4 write units, 2 more when the lease
 * must move, 1 for the list.
 */
export async function claim(ports: Ports, { record, addressRecord, facts }: Loaded, at: Instant): Promise<SendRecord> {
  const until = leaseUntil(record, at);
  const { key, address } = addressRecord as AddressRecord;
  const ledger: Ledger = {
    ...nextLedger(record.ledger, { state: "CLAIMED", at }),
    attempts: record.ledger.attempts + 1,
    leaseUntil: until,
    address: key.pk,
  };
  const { id: sendId, purpose } = record.send;
  const claimed = withClaim(address, { at, sendId, purpose }, longestCapMs(facts.settings.frequencyCap));
  await ports.table.transact([
    { put: sendItem(record, ledger, until), if: { version: record.version } },
    addressWrite({ key, address }, claimed),
  ]);
  return { send: record.send, ledger, version: record.version + 1, dueAt: until };
}

/**
 * A held-out send that passed every gate: refused, and claimed in shadow, so that the caps of who is held out fill as they
 * would have. Throws `TransactionCanceled` as `claim` does.
 */
export async function claimInShadow(ports: Ports, loaded: Loaded, at: Instant): Promise<void> {
  const { record, facts } = loaded;
  const { key, address } = loaded.addressRecord as AddressRecord;
  const ledger = nextLedger(record.ledger, { state: "REFUSED", reason: "holdout", at });
  const { id: sendId, purpose } = record.send;
  const claimed = withClaim(address, { at, sendId, purpose, shadow: true }, longestCapMs(facts.settings.frequencyCap));
  await ports.table.transact([
    { put: sendItem(record, ledger), if: { version: record.version } },
    addressWrite({ key, address }, claimed),
  ]);
}

/**
 * A claimed send that certainly did not leave: its next ledger, and the claim taken off the address, in one transaction. If
 * somebody else wrote the send meanwhile, that one knew more and nothing is changed.
 */
export async function giveBack(
  ports: Ports,
  record: SendRecord,
  next: { ledger: Ledger; waitsFor: WaitsFor },
): Promise<void> {
  const { send, ledger, version } = record;
  const write: Write = { put: sendItem(record, next.ledger, next.waitsFor), if: { version } };
  for (let attempt = 1; ; attempt++) {
    const held = ledger.address === undefined ? undefined : await loadAddressAt(ports, addressKeyOf(ledger.address));
    const freed = held && freedOf(held.address, record);
    try {
      await ports.table.transact([
        write,
        ...(held && freed !== held.address ? [addressWrite(held, freed as Address)] : []),
      ]);
      return;
    } catch (error) {
      if (!(error instanceof TransactionCanceled)) throw error;
      if (error.reasons[0] === "condition") return;
      if (attempt === MAX_TRIES) throw error;
      await pauseBefore(ports, attempt + 1, send.id);
    }
  }
}

/** A send whose first call stayed unknown keeps its claim: that mail may have left. */
function freedOf(address: Address, { send, ledger }: SendRecord): Address {
  return withoutWaiting(ledger.resent ? address : withoutClaim(address, send.id), send.id);
}
