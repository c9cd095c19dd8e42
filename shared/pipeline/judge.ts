// Decides what is written down of a send that may not leave now: a hold, a refusal, or what became of an earlier claim.
import { type Address, withoutWaiting, withWaiting } from "../domain/address.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { gate } from "../domain/gate.ts";
import type { GateResult } from "../domain/gate-facts.ts";
import type { Instant } from "../domain/instant.ts";
import { endingOf, type Ledger, nextLedger, UNKNOWN_MS } from "../domain/send.ts";
import { isUrgent } from "../domain/urgent-sends.ts";
import { claimInShadow } from "./claim.ts";
import { TransactionCanceled } from "./faults.ts";
import { insistOn } from "./insist.ts";
import { addressKeyOf } from "./keys.ts";
import { giveUp, resolveDoubt, writeLedger } from "./outcome.ts";
import type { Ports, Write } from "./ports.ts";
import { addressWrite, loadAddressAt } from "./records/address-record.ts";
import { type SendRecord, sendItem, type WaitsFor } from "./records/send-record.ts";
import type { Loaded } from "./send-facts.ts";

/** What judging needs beside the send. */
export type Judging = { ports: Ports; catalogue: Catalogue };

/** Whether the gate lets the send pass now; what is held, refused or in doubt is written down and done with. */
export async function isToBeSent(judging: Judging, loaded: Loaded): Promise<boolean> {
  const { ports } = judging;
  const { record, facts } = loaded;
  const { state, at, leaseUntil = 0 } = record.ledger;
  const now = ports.clock.now();
  if (state === "CLAIMED" && now >= leaseUntil) await resolveDoubt(ports, record);
  if (state === "UNKNOWN" && now >= at + UNKNOWN_MS) await giveUp(ports, record);
  if (state !== "PENDING") return false;
  const verdict = gate(record.send, facts, now);
  if (verdict.kind === "claim") return true;
  // One that met another write is judged anew, with those that may leave.
  return !(await writeVerdict(judging, loaded, { verdict, now }));
}

/** What the gate answered when it did not let the send pass, and when; `detail` is for people. */
type Answered = { verdict: Exclude<GateResult, { kind: "claim" }>; now: Instant; detail?: string };

/**
 * Writes down a hold or a refusal; `false` when it met another write and must be judged anew. Less urgent sends to the address
 * wait for one that is held until an instant, and must not wait in vain for one that does not come.
 */
export async function writeVerdict(
  judging: Judging,
  loaded: Loaded,
  { verdict, now, detail }: Answered,
): Promise<boolean> {
  const { ports, catalogue } = judging;
  const { record, addressRecord } = loaded;
  const { send, ledger } = record;
  const { reason } = verdict;
  if (reason === "holdout") return claimInShadow(ports, loaded, now);
  const until = verdict.kind === "hold" ? verdict.until : undefined;
  const key = addressRecord?.key;
  const waits = until !== undefined && key !== undefined && isUrgent(send, catalogue.campaigns);
  const state = verdict.kind === "hold" ? "PENDING" : endingOf(ledger, reason === "expired" ? "EXPIRED" : "REFUSED");
  const next: { ledger: Ledger; waitsFor: WaitsFor } = {
    ledger: nextLedger(ledger, {
      ...{ state, reason, at: now },
      ...(detail !== undefined && { detail }),
      ...(waits && { waitsAt: key.pk }),
    }),
    waitsFor: verdict.kind === "hold" ? (until ?? "resume") : undefined,
  };
  const changes = new Map<string, (address: Address) => Address>();
  // It waits no more where it did, also if its person has another address now.
  const isKnown = addressRecord?.address.waiting.some(({ sendId }) => sendId === send.id);
  for (const pk of [ledger.waitsAt, isKnown ? key?.pk : undefined])
    if (pk !== undefined) changes.set(pk, (address) => withoutWaiting(address, send.id));
  if (waits) {
    const waiting = { sendId: send.id, priority: send.priority, dueAt: until };
    changes.set(key.pk, (address) => withWaiting(address, [waiting], now));
  }
  if (changes.size === 0) await writeLedger(ports, record, next);
  else await writeWithAddresses(ports, record, { ...next, changes });
  return true;
}

/** Writes the ledger and who waits at which address together, if nobody else wrote the send meanwhile. */
function writeWithAddresses(
  ports: Ports,
  record: SendRecord,
  {
    ledger,
    waitsFor,
    changes,
  }: { ledger: Ledger; waitsFor: WaitsFor; changes: Map<string, (address: Address) => Address> },
): Promise<void> {
  const write: Write = { put: sendItem(record, ledger, waitsFor), if: { version: record.version } };
  return insistOn(ports, record.send.id, async () => {
    const writes = [...changes].map(async ([pk, change]) => {
      const known = await loadAddressAt(ports, addressKeyOf(pk));
      const changed = change(known.address);
      return changed === known.address ? [] : [addressWrite(known, changed)];
    });
    try {
      await ports.table.transact([write, ...(await Promise.all(writes)).flat()]);
    } catch (error) {
      if (!(error instanceof TransactionCanceled) || error.reasons[0] !== "condition") throw error;
    }
  });
}
