// Decides how intended sends leave: judge, reserve rate slots, judge again, claim, send at once, write down what came of it.
import { PRIORITY_RANK } from "../domain/campaign.ts";
import { gate } from "../domain/gate.ts";
import { type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import type { Send } from "../domain/send.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { isGoodAt, openRoom, type Place } from "./ceilings.ts";
import { claim } from "./claim.ts";
import { composeMail } from "./compose-mail.ts";
import { errorText } from "./error-text.ts";
import { inParallel } from "./in-parallel.ts";
import { isToBeSent, type Judging, writeVerdict } from "./judge.ts";
import { callMailer, type Outcome } from "./outcome.ts";
import { pauseBefore } from "./pause-before.ts";
import type { Ports } from "./ports.ts";
import { reserveSlots } from "./rate.ts";
import type { SendRecord } from "./records/send-record.ts";
import { noteSent } from "./reputation.ts";
import { type Loaded, loadSend, type Pointer } from "./send-facts.ts";
import { freshStops, STOPS_FRESH_MS, type Stops, stopStateOf } from "./stop-state.ts";

const PARALLEL_SENDS = 10;
/** A send that lost its claim to somebody else's write is judged anew this often before the due index takes over. */
const MAX_TRIES = 6;
/** A worker waits for a slot this long at most; a later one is waited for in the queue. */
const PATIENCE_MS = 15 * SECOND_MS;
/** Who waits in the queue comes back this early: queues count whole seconds, and workers are busy. */
const EARLY_MS = 10 * SECOND_MS;
/** Slots are given out this far ahead; what does not fit is left to the due index, whose lease is longer. */
const HORIZON_MS = 9 * MINUTE_MS;
/** A slot that was missed by more than this is gone: using many of those at once would break the rate. */
const STALE_SLOT_MS = 30 * SECOND_MS;

/** What all sends of a batch share. `left`: accepted mails by campaign. */
type Batch = Judging & { stops: () => Promise<Stops>; left: Map<string, number> };

/** A pointer whose send the gate lets pass. */
type Ready = Pointer & Pick<Send, "campaign" | "priority">;
type Slotted = Ready & { slotAt: Instant };

/** Delivers a batch of pointers. A pointer whose send is done, or under way elsewhere, is dropped without effect. */
export async function deliver(ports: Ports, pointers: Pointer[]): Promise<void> {
  const catalogue = await loadCatalogue(ports);
  const batch: Batch = { ports, catalogue, stops: freshStops(ports), left: new Map() };
  const ready: Ready[] = [];
  await inParallel(PARALLEL_SENDS, pointers, (pointer) =>
    guarded(ports, pointer, async () => {
      const loaded = await loadSend(ports, { catalogue, stops: await batch.stops() }, pointer);
      if (loaded === undefined || !(await isToBeSent(batch, loaded))) return;
      const { campaign, priority } = loaded.record.send;
      ready.push({ ...pointer, campaign, priority });
    }),
  );
  const slotted = await withSlots(
    ports,
    ready.sort((a, b) => PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority]),
  );
  const now = ports.clock.now();
  const later = slotted.filter(({ slotAt }) => slotAt - now > PATIENCE_MS);
  if (later.length > 0) await ports.queues.sends.send(later.map((pointer) => comingBack(pointer, now)));
  const soon = slotted.filter(({ slotAt }) => slotAt - now <= PATIENCE_MS);
  await sendAll(batch, soon);
}

function comingBack({ id, profileId, version, slotAt }: Slotted, now: Instant) {
  return { body: { send: { id, profileId, version, slotAt } }, delayMs: slotAt - now - EARLY_MS };
}

/** Sends each at its slot, as far as the ceilings have room. */
async function sendAll(batch: Batch, slotted: Slotted[]): Promise<void> {
  const { ports, catalogue } = batch;
  const campaigns = slotted.map(({ campaign }) => campaign);
  const room = await openRoom(ports, catalogue, campaigns);
  await inParallel(PARALLEL_SENDS, slotted, (pointer) =>
    guarded(ports, pointer, async () => {
      await waitForSlot(batch, pointer.slotAt);
      const place = room.take(pointer.campaign);
      try {
        if ((await sendOne(batch, pointer, place)) !== "left") return;
        batch.left.set(pointer.campaign, (batch.left.get(pointer.campaign) ?? 0) + 1);
      } finally {
        if (place !== undefined) room.putBack(place);
      }
    }),
  );
  await noteSent(ports, batch.left);
  await room.close().catch((error: unknown) => ports.log.error("places not given back", { error: errorText(error) }));
}

/** Who waited for long looks at the switches anew, whatever its clock says about that while. */
async function waitForSlot(batch: Batch, slotAt: Instant): Promise<void> {
  const { clock } = batch.ports;
  const { stops } = batch;
  const isLong = slotAt - clock.now() >= STOPS_FRESH_MS;
  await clock.sleepUntil(slotAt);
  if (isLong && batch.stops === stops) batch.stops = freshStops(batch.ports);
}

/** Reserves slots for those that have none yet; without room within the horizon they are left to the due index. */
async function withSlots(ports: Ports, pointers: Ready[]): Promise<Slotted[]> {
  const staleAt = ports.clock.now() - STALE_SLOT_MS;
  const slotted = pointers.filter((pointer): pointer is Slotted => (pointer.slotAt ?? 0) >= staleAt);
  const unslotted = pointers.filter(({ slotAt }) => (slotAt ?? 0) < staleAt);
  if (unslotted.length === 0) return slotted;
  const slots = await slotsFor(ports, unslotted.length);
  if (slots === undefined) return slotted;
  return [...slotted, ...unslotted.map((pointer, index) => ({ ...pointer, slotAt: slots[index] as Instant }))];
}

/** None where the mailer cannot be asked how fast it takes mail. */
async function slotsFor(ports: Ports, n: number): Promise<Instant[] | undefined> {
  try {
    const { perSecond } = await ports.mailer.quota();
    return await reserveSlots(ports, n, { perSecond, horizonMs: HORIZON_MS });
  } catch (error) {
    ports.log.error("no slots now", { sends: n, error: errorText(error) });
    return undefined;
  }
}

/** One send's fault is its own: it is logged, the others go on, and the due index hands that send out again. */
async function guarded({ log }: Ports, { id }: Pointer, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    log.error("send not delivered now", { sendId: id, error: errorText(error) });
  }
}

/**
 * Judges once more on fresh facts, claims and sends; starts over when the claim meets another write. `no`: it certainly did
 * not leave. Without a place under the ceilings it does not leave either: the gate finds them full, or the due index comes back.
 */
async function sendOne(batch: Batch, pointer: Pointer, place: Place | undefined): Promise<Outcome> {
  const { ports, catalogue } = batch;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    await pauseBefore(ports, attempt, pointer.id);
    const found = await loadSend(ports, { catalogue, stops: await batch.stops() }, pointer);
    const loaded = found && place ? withPlace(found) : found;
    if (loaded === undefined || !(await isToBeSent(batch, loaded)) || place === undefined) return "no";
    const mail = await composeMail(ports, catalogue, loaded);
    if ("problem" in mail) {
      const verdict = { kind: "refuse", reason: "not-renderable" } as const;
      await writeVerdict(batch, loaded, { verdict, now: ports.clock.now(), detail: mail.problem });
      return "no";
    }
    const claimed = await claimNow(batch, loaded, place);
    if (claimed === undefined) continue;
    const outcome = await callMailer(ports, claimed, mail);
    if (outcome !== "no") return outcome;
    place.isTaken = false;
    // What was refused may concern the others, too: they look at the switches anew.
    batch.stops = freshStops(ports);
    return outcome;
  }
  return "no";
}

/** Whoever has a place under the ceilings does not ask how full they are: its own place counts there, too. */
function withPlace({ facts, ...loaded }: Loaded): Loaded {
  const { campaignCeiling: _, accountCeiling: __, ...others } = facts;
  return { ...loaded, facts: others };
}

/**
 * Claims at an instant at which the gate says yes under switches that were read just now; `undefined` when it says something
 * else by now, or when somebody else wrote: the send is to be judged anew.
 */
async function claimNow({ ports, stops }: Batch, loaded: Loaded, place: Place): Promise<SendRecord | undefined> {
  const { record, facts } = loaded;
  const latest = await stops();
  const now = ports.clock.now();
  if (now - latest.readAt > STOPS_FRESH_MS || !isGoodAt(place, now)) return undefined;
  const verdict = gate(record.send, { ...facts, stop: stopStateOf(latest, record.send.campaign) }, now);
  if (verdict.kind !== "claim") return undefined;
  place.isTaken = true;
  const claimed = await claim(ports, loaded, now);
  place.isTaken = claimed !== undefined;
  return claimed;
}
