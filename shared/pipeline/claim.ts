// Decides how a send is claimed: ledger and address in one transaction, so that suppression, opt-outs and caps hold.
import { type Address, withClaim, withoutClaim, withoutWaiting, withWaiting } from "../domain/address.ts";
import { longestCapMs } from "../domain/gates/frequency-cap.ts";
import { type Instant, SECOND_MS } from "../domain/instant.ts";
import { type Ledger, nextLedger, type Send } from "../domain/send.ts";
import { TransactionCanceled } from "./faults.ts";
import { insistOn } from "./insist.ts";
import { addressKeyOf, sendKey } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";
import { type AddressRecord, addressWrite, loadAddressAt } from "./records/address-record.ts";
import { leaseUntil, readSend, type SendRecord, sendItem, type WaitsFor } from "./records/send-record.ts";
import type { Loaded } from "./send-facts.ts";

/**
 * PENDING → CLAIMED with a lease, and the claim on the address, both at the instant the gate was asked at. Answers `undefined`
 * when the send or the address changed since they were read. Cost: 4 write units, 2 more when the lease must move, 1 for the
 * list.
 */
export async function claim(
  ports: Ports,
  { record, addressRecord, facts }: Loaded,
  at: Instant,
): Promise<SendRecord | undefined> {
  const until = leaseUntil(record, at);
  const { key, address } = addressRecord as AddressRecord;
  const ledger: Ledger = {
    ...nextLedger(record.ledger, { state: "CLAIMED", at }),
    attempts: record.ledger.attempts + 1,
    leaseUntil: until,
    address: key.pk,
    claimId: ports.ids.next(),
  };
  const { id: sendId, purpose } = record.send;
  const claimed = withClaim(address, { at, sendId, purpose }, longestCapMs(facts.settings.frequencyCap));
  const { waitsAt } = record.ledger;
  const elsewhere = waitsAt === undefined || waitsAt === key.pk ? [] : await notWaitingAt(ports, waitsAt, sendId);
  try {
    await ports.table.transact([
      { put: sendItem(record, ledger, until), if: { version: record.version } },
      addressWrite({ key, address }, claimed),
      ...elsewhere,
    ]);
  } catch (error) {
    if (error instanceof TransactionCanceled) return undefined;
    const stored = await insistOn(ports, sendId, () => storedSend(ports, record.send));
    if (stored === undefined || stored.ledger.claimId !== ledger.claimId) throw error;
    return goneOnWith(ports, stored);
  }
  return { send: record.send, ledger, version: record.version + 1, dueAt: until };
}

/** Its person has another address by now: at the one it waited at it is awaited no more. */
async function notWaitingAt(ports: Ports, addressPk: string, sendId: string): Promise<Write[]> {
  const record = await loadAddressAt(ports, addressKeyOf(addressPk));
  const changed = withoutWaiting(record.address, sendId);
  return changed === record.address ? [] : [addressWrite(record, changed)];
}

/** Between a claim and its call nothing else may have been answered to anybody, for long. */
const AT_ONCE_MS = SECOND_MS;

/** A claim that took effect although its answer was lost: nobody else makes the call, so this one does, or gives it back. */
async function goneOnWith(ports: Ports, claimed: SendRecord): Promise<SendRecord | undefined> {
  const now = ports.clock.now();
  if (now - claimed.ledger.at <= AT_ONCE_MS) return claimed;
  const ledger = nextLedger(claimed.ledger, { state: "PENDING", reason: "not-called", at: now });
  await giveBack(ports, claimed, { ledger, waitsFor: now });
  return undefined;
}

/**
 * A held-out send that passed every gate: refused, and claimed in shadow, so that the caps of who is held out fill as they
 * would have. `false` when it met another write.
 */
export async function claimInShadow(ports: Ports, loaded: Loaded, at: Instant): Promise<boolean> {
  const { record, facts } = loaded;
  const { key, address } = loaded.addressRecord as AddressRecord;
  const ledger = nextLedger(record.ledger, { state: "REFUSED", reason: "holdout", at });
  const { id: sendId, purpose } = record.send;
  const claimed = withClaim(address, { at, sendId, purpose, shadow: true }, longestCapMs(facts.settings.frequencyCap));
  try {
    await ports.table.transact([
      { put: sendItem(record, ledger), if: { version: record.version } },
      addressWrite({ key, address }, claimed),
    ]);
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceled) return false;
    throw error;
  }
}

/**
 * A claimed send that certainly did not leave: its next ledger, and the claim taken off the address, in one transaction. If
 * somebody else wrote the send meanwhile, that one knew more and nothing is changed; a lease alone knows nothing.
 */
export function giveBack(
  ports: Ports,
  claimed: SendRecord,
  next: { ledger: Ledger; waitsFor: WaitsFor },
): Promise<void> {
  const { send, ledger } = claimed;
  let { version } = claimed;
  return insistOn(ports, send.id, async () => {
    const held = ledger.address === undefined ? undefined : await loadAddressAt(ports, addressKeyOf(ledger.address));
    const freed = held && freedOf(held.address, claimed, next.waitsFor);
    const isFreed = held !== undefined && freed !== undefined && freed !== held.address;
    const waitsAt = freed?.waiting.some(({ sendId }) => sendId === send.id) ? ledger.address : undefined;
    const nextOne = { ...next.ledger, ...(waitsAt !== undefined && { waitsAt }) };
    const write: Write = { put: sendItem({ ...claimed, version }, nextOne, next.waitsFor), if: { version } };
    try {
      await ports.table.transact([write, ...(isFreed ? [addressWrite(held, freed)] : [])]);
    } catch (error) {
      if (!(error instanceof TransactionCanceled) || error.reasons[0] !== "condition") throw error;
      const stored = await storedSend(ports, send);
      if (stored?.ledger.claimId !== ledger.claimId || stored?.ledger.state !== "CLAIMED") return;
      version = stored.version;
      throw error;
    }
  });
}

async function storedSend({ table }: Ports, { id, profileId }: Send): Promise<SendRecord | undefined> {
  const item = await table.get(sendKey(profileId, id));
  return item && readSend(item);
}

/** Without the claim; a send that waits for an instant now goes before less urgent ones that are due then. */
function freedOf(address: Address, { send, ledger }: SendRecord, waitsFor: WaitsFor): Address {
  const freed = withoutClaim(address, send.id, ledger.at);
  if (typeof waitsFor !== "number" || send.priority === "low") return freed;
  return withWaiting(freed, [{ sendId: send.id, priority: send.priority, dueAt: waitsFor }], ledger.at);
}
