// Decides how intended sends leave: judge, reserve rate slots, judge again, claim, send at once, write down what came of it.
import type { Catalogue } from "../domain/catalogue.ts";
import { gate } from "../domain/gate.ts";
import { type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import type { Ledger } from "../domain/send.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { claim } from "./claim.ts";
import { composeMail } from "./compose-mail.ts";
import { TransactionCanceled } from "./faults.ts";
import { inParallel } from "./in-parallel.ts";
import { callMailer, resolveDoubt, writeLedger } from "./outcome.ts";
import type { Ports } from "./ports.ts";
import { reserveSlots } from "./rate.ts";
import { type Loaded, loadSend, type Pointer } from "./send-facts.ts";

const PARALLEL_SENDS = 10;
/** A send that lost its claim to somebody else's write is judged anew this often before the due index takes over. */
const MAX_TRIES = 4;
/** A worker waits for a slot this long at most; a later one is waited for in the queue. */
const PATIENCE_MS = 5 * SECOND_MS;
/** Slots are given out this far ahead; what does not fit is left to the due index, whose lease is longer. */
const HORIZON_MS = 9 * MINUTE_MS;
/** A slot that was missed by more than this is gone: using many of those at once would break the rate. */
const STALE_SLOT_MS = 30 * SECOND_MS;

/** Delivers a batch of pointers. A pointer whose send is done, or under way elsewhere, is dropped without effect. */
export async function deliver(ports: Ports, pointers: Pointer[]): Promise<void> {
  const catalogue = await loadCatalogue(ports);
  const ready: Pointer[] = [];
  await inParallel(PARALLEL_SENDS, pointers, (pointer) =>
    guarded(ports, pointer, async () => {
      const loaded = await loadSend(ports, catalogue, pointer);
      // A pointer to an earlier state of the send: whoever changed it put it into the due index, or ended it.
      if (loaded?.record.version !== pointer.version) return;
      if (await isToBeSent(ports, loaded)) ready.push(pointer);
    }),
  );
  const slotted = await withSlots(ports, ready);
  const now = ports.clock.now();
  const later = slotted.filter(({ slotAt }) => slotAt - now > PATIENCE_MS);
  if (later.length > 0)
    await ports.queues.sends.send(later.map((pointer) => ({ body: { send: pointer }, delayMs: pointer.slotAt - now })));
  const soon = slotted.filter(({ slotAt }) => slotAt - now <= PATIENCE_MS);
  await inParallel(PARALLEL_SENDS, soon, (pointer) =>
    guarded(ports, pointer, async () => {
      await ports.clock.sleepUntil(pointer.slotAt);
      await sendOne(ports, catalogue, pointer);
    }),
  );
}

type Slotted = Pointer & { slotAt: Instant };

/** Reserves slots for those that have none yet; without room within the horizon they are left to the due index. */
async function withSlots(ports: Ports, pointers: Pointer[]): Promise<Slotted[]> {
  const staleAt = ports.clock.now() - STALE_SLOT_MS;
  const slotted = pointers.filter((pointer): pointer is Slotted => (pointer.slotAt ?? 0) >= staleAt);
  const unslotted = pointers.filter(({ slotAt }) => (slotAt ?? 0) < staleAt);
  if (unslotted.length === 0) return slotted;
  const { perSecond } = await ports.mailer.quota();
  const slots = await reserveSlots(ports, unslotted.length, { perSecond, horizonMs: HORIZON_MS });
  if (slots === undefined) return slotted;
  return [...slotted, ...unslotted.map((pointer, index) => ({ ...pointer, slotAt: slots[index] as Instant }))];
}

/** One send's fault is its own: it is logged, the others go on, and the due index hands that send out again. */
async function guarded({ log }: Ports, { id }: Pointer, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    log.error("send not delivered now", { sendId: id, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Whether the gate lets the send pass now; what is held, refused or in doubt is written down and done with. */
async function isToBeSent(ports: Ports, loaded: Loaded): Promise<boolean> {
  const { record } = loaded;
  const now = ports.clock.now();
  if (record.ledger.state === "CLAIMED") {
    if (now >= (record.ledger.leaseUntil ?? 0)) await resolveDoubt(ports, record);
    return false;
  }
  if (record.ledger.state !== "PENDING") return false;
  const verdict = gate(record.send, loaded.facts, now);
  if (verdict.kind === "claim") return true;
  const { attempts } = record.ledger;
  if (verdict.kind === "hold") {
    await writeLedger(ports, record, {
      ledger: { state: "PENDING", reason: verdict.reason, at: now, attempts },
      dueAt: verdict.until,
    });
  } else {
    const state = verdict.reason === "expired" ? "EXPIRED" : "REFUSED";
    await writeLedger(ports, record, { ledger: { state, reason: verdict.reason, at: now, attempts } });
  }
  return false;
}

/** Judges once more on fresh facts, claims and sends; starts over when the claim meets another write. */
async function sendOne(ports: Ports, catalogue: Catalogue, pointer: Pointer): Promise<void> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const loaded = await loadSend(ports, catalogue, pointer);
    if (loaded === undefined || !(await isToBeSent(ports, loaded))) return;
    const composed = await composeMail(ports, catalogue, loaded);
    if ("problem" in composed) {
      const { attempts } = loaded.record.ledger;
      const ledger: Ledger = {
        state: "REFUSED",
        reason: "not-renderable",
        detail: composed.problem,
        at: ports.clock.now(),
        attempts,
      };
      return writeLedger(ports, loaded.record, { ledger });
    }
    try {
      const claimed = await claim(ports, loaded);
      return await callMailer(ports, claimed, composed);
    } catch (error) {
      if (!(error instanceof TransactionCanceled)) throw error;
    }
  }
}
