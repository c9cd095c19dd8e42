// Decides what is written down of a send that may not leave now: a hold, a refusal, or what became of an earlier claim.
import { withoutWaiting, withWaiting } from "../domain/address.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { gate } from "../domain/gate.ts";
import type { GateResult } from "../domain/gate-facts.ts";
import type { Instant } from "../domain/instant.ts";
import { endingOf, nextLedger, UNKNOWN_MS } from "../domain/send.ts";
import { isUrgent } from "../domain/urgent-sends.ts";
import { claimInShadow } from "./claim.ts";
import { giveUp, resolveDoubt, writeLedger } from "./outcome.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
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
  const state = verdict.kind === "hold" ? "PENDING" : endingOf(ledger, reason === "expired" ? "EXPIRED" : "REFUSED");
  const wrote = await writeLedger(ports, record, {
    ledger: nextLedger(ledger, { state, reason, at: now, ...(detail !== undefined && { detail }) }),
    waitsFor: verdict.kind === "hold" ? (until ?? "resume") : undefined,
  });
  if (!wrote || addressRecord === undefined) return true;
  const { key, address } = addressRecord;
  const waits = until !== undefined && isUrgent(send, catalogue.campaigns);
  if (!waits && !address.waiting.some(({ sendId }) => sendId === send.id)) return true;
  await changeAddress(ports, key, (known) =>
    waits
      ? withWaiting(known, [{ sendId: send.id, priority: send.priority, dueAt: until }], now)
      : withoutWaiting(known, send.id),
  );
  return true;
}
