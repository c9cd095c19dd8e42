// Decides what would become of intended sends: the gate is asked at each one's time, holds are waited for, claims fill caps.
import { type Address, withClaim, withWaiting } from "./address.ts";
import { PRIORITY_RANK } from "./campaign.ts";
import { type CeilingLimits, countMail, type DayCount, newDayCount, roomAt } from "./day-ceilings.ts";
import { gate } from "./gate.ts";
import type { GateFacts, GateResult } from "./gate-facts.ts";
import { longestCapMs } from "./gates/frequency-cap.ts";
import type { Instant } from "./instant.ts";
import type { HoldReason, RefusalReason, Send } from "./send.ts";
import { popTimed, pushTimed, type TimeHeap } from "./time-heap.ts";

/**
 * `addressKey` tells addresses apart (the normal e-mail, or its hash): sends to one address share its caps. `address` is what
 * is known of it apart from the claims that the simulation makes itself; an opt-out or suppression counts from its instant on.
 */
export type KnownAddress = { addressKey?: string; address: Address };

/** What is known of the person and the shop; the simulation itself knows the address and the ceilings, and stops nothing. */
export type SimulationFacts = Omit<GateFacts, "address" | "stop" | "campaignCeiling" | "accountCeiling">;

/**
 * One intended send, to the address the profile has then. `factsAt`: the profile as it is at an instant, since consent may
 * change during a hold; where the address does too, it says which one it is then.
 */
export type Intent = KnownAddress & {
  send: Send;
  factsAt(at: Instant): SimulationFacts & { to?: KnownAddress };
};

/**
 * What became of a send: `held` is still waiting at `until`, or for somebody to resume. `at`: when that was decided; `reason`
 * of a refusal, or of the hold; `heldUntil`: every instant it was put off to.
 */
export type SimulatedSend = {
  send: Send;
  at: Instant;
  state: "sent" | "refused" | "expired" | "held";
  reason?: RefusalReason | HoldReason;
  heldUntil?: Instant[];
};

/** `until`: the last instant that is simulated, included; without it every hold is waited for. No `ceilings`: no ceiling. */
export type SimulationOptions = { until?: Instant; ceilings?: CeilingLimits };

/** What the simulation itself did to an address. */
type Touched = Pick<Address, "claims" | "waiting">;

type Simulation = {
  /** The last instant that is simulated. */
  until: Instant;
  day: DayCount;
  heap: TimeHeap<number>;
  touched: Map<string, Touched>;
  /** Per serial number of an intent: what it was put off to, and the address it waits at before others. */
  holds: Map<number, Instant[]>;
  waitsAt: Map<number, string>;
  outcomes: SimulatedSend[];
};

const NO_CEILINGS: CeilingLimits = { zone: "UTC", campaigns: {} };

/** Asks the gate for every send at its time, over all profiles in time order. Returns the outcomes in the order of the intents. */
export function simulateSends(intents: Intent[], options: SimulationOptions = {}): SimulatedSend[] {
  const { until = Number.POSITIVE_INFINITY, ceilings = NO_CEILINGS } = options;
  const simulation: Simulation = {
    until,
    day: newDayCount(ceilings),
    heap: [],
    touched: new Map(),
    holds: new Map(),
    waitsAt: new Map(),
    outcomes: [],
  };
  intents.forEach(({ send }, serial) => {
    askAt(simulation, { send, serial }, send.intendedAt);
  });
  for (let next = popTimed(simulation.heap); next !== undefined; next = popTimed(simulation.heap))
    askNow(simulation, { intent: intents[next.value] as Intent, serial: next.value }, next.at);
  return simulation.outcomes;
}

/** The higher priority is asked first at one instant: so it waits before others only while it is held. */
function askAt({ heap }: Simulation, { send, serial }: { send: Send; serial: number }, at: Instant): void {
  pushTimed(heap, { at, rank: PRIORITY_RANK[send.priority], serial, value: serial });
}

function askNow(simulation: Simulation, { intent, serial }: { intent: Intent; serial: number }, at: Instant): void {
  const { send } = intent;
  const { to = intent, ...facts } = intent.factsAt(at);
  stopWaiting(simulation, serial, send.id);
  const address = { ...addressAt(to.address, at), ...simulation.touched.get(to.addressKey ?? "") };
  const answer = gate(send, { ...facts, address, ...roomAt(simulation.day, send.campaign, at) }, at);
  const asked = { send, serial, ...to, address, windowMs: longestCapMs(facts.settings.frequencyCap) };
  if (answer.kind === "hold") hold(simulation, { ...asked, ...answer }, at);
  else end(simulation, { ...asked, answer }, at);
}

type Asked = KnownAddress & { send: Send; serial: number; windowMs: number };
type Answered = Asked & { answer: Exclude<GateResult, { kind: "hold" }> };

/** Writes down what became of a send; one that leaves, or would but is held out, is claimed. */
function end(
  simulation: Simulation,
  { send, serial, answer, address, addressKey, windowMs }: Answered,
  at: Instant,
): void {
  const isHeldOut = answer.kind === "refuse" && answer.reason === "holdout";
  if ((answer.kind === "claim" || isHeldOut) && addressKey !== undefined) {
    const claim = { at, sendId: send.id, purpose: send.purpose, ...(isHeldOut && { shadow: true as const }) };
    touch(simulation, addressKey, withClaim(address, claim, windowMs));
  }
  if (answer.kind === "claim") countMail(simulation.day, send.campaign);
  const heldUntil = simulation.holds.get(serial);
  simulation.outcomes[serial] = { send, at, ...endOf(answer), ...(heldUntil && { heldUntil }) };
}

function endOf(answer: Answered["answer"]): Pick<SimulatedSend, "state" | "reason"> {
  if (answer.kind === "claim") return { state: "sent" };
  const { reason } = answer;
  return { state: reason === "expired" ? "expired" : "refused", reason };
}

type Held = Asked & Extract<GateResult, { kind: "hold" }>;

/** Puts a send off; what nothing but a resume, or an instant after the last one, would end is held for good. */
function hold(simulation: Simulation, { send, serial, until, reason, address, addressKey }: Held, at: Instant): void {
  const { holds, waitsAt, until: last } = simulation;
  const heldUntil = [...(holds.get(serial) ?? []), ...(until === undefined ? [] : [until])];
  holds.set(serial, heldUntil);
  if (until === undefined || until > last) {
    simulation.outcomes[serial] = { send, at, state: "held", reason, ...(heldUntil.length > 0 && { heldUntil }) };
    return;
  }
  askAt(simulation, { send, serial }, until);
  // Nothing of a held-out send leaves, so nobody waits for it.
  if (addressKey === undefined || send.arm !== "treated") return;
  const waiting = { sendId: send.id, priority: send.priority, dueAt: until };
  touch(simulation, addressKey, withWaiting(address, [waiting], at));
  waitsAt.set(serial, addressKey);
}

/** A send that is asked anew waits no more at the address it had. */
function stopWaiting({ waitsAt, touched }: Simulation, serial: number, sendId: string): void {
  const addressKey = waitsAt.get(serial);
  if (addressKey === undefined) return;
  waitsAt.delete(serial);
  const known = touched.get(addressKey);
  if (known !== undefined)
    touched.set(addressKey, { ...known, waiting: known.waiting.filter((one) => one.sendId !== sendId) });
}

function touch({ touched }: Simulation, addressKey: string, { claims, waiting }: Touched): void {
  touched.set(addressKey, { claims, waiting });
}

/** The address as it stood at an instant: what was said or happened later is not known yet. */
function addressAt(address: Address, at: Instant): Address {
  const { suppressions, optOuts } = address;
  if (Object.keys(suppressions).length + Object.keys(optOuts).length === 0) return address;
  const until = <T extends Partial<Record<string, Instant>>>(known: T) =>
    Object.fromEntries(Object.entries(known).filter(([, since]) => since !== undefined && since <= at)) as T;
  return { ...address, suppressions: until(suppressions), optOuts: until(optOuts) };
}
