// Decides what would become of intended sends: the gate is asked at each one's time, holds are waited for, claims fill caps.
import { type Address, withClaim } from "./address.ts";
import type { Priority } from "./campaign.ts";
import { gate } from "./gate.ts";
import type { GateFacts } from "./gate-facts.ts";
import type { Instant } from "./instant.ts";
import type { RefusalReason, Send } from "./send.ts";
import { popTimed, pushTimed, type TimeHeap } from "./time-heap.ts";

/**
 * `addressKey` tells addresses apart (the normal e-mail, or its hash): sends to one address share its caps. `address` is what
 * is known of it apart from the claims that the simulation makes itself; an opt-out or suppression counts from its instant on.
 */
export type KnownAddress = { addressKey?: string; address: Address };

/**
 * One intended send, to the address the profile has then. `factsAt`: the profile as it is at an instant, since consent may
 * change during a hold; where the address does too, it says which one it is then.
 */
export type Intent = KnownAddress & {
  send: Send;
  factsAt(at: Instant): Omit<GateFacts, "address"> & { to?: KnownAddress };
};

/**
 * What became of a send: `held` is still waiting at `until`. `at`: when that was decided; `reason` of a refusal, or of the
 * hold; `heldUntil`: every instant it was put off to.
 */
export type SimulatedSend = {
  send: Send;
  at: Instant;
  state: "sent" | "refused" | "expired" | "held";
  reason?: RefusalReason | "paused";
  heldUntil?: Instant[];
};

/** `until`: the last instant that is simulated, included; without it every hold is waited for. */
export type SimulationOptions = { until?: Instant };

const RANK: Record<Priority, number> = { high: 0, normal: 1, low: 2 };

/** Asks the gate for every send at its time, over all profiles in time order. Returns the outcomes in the order of the intents. */
export function simulateSends(intents: Intent[], { until }: SimulationOptions = {}): SimulatedSend[] {
  const heap: TimeHeap<number> = [];
  const claims = new Map<string, Address["claims"]>();
  const holds = new Map<number, Instant[]>();
  const outcomes: SimulatedSend[] = [];
  const ask = (serial: number, at: Instant): void => {
    const { send } = intents[serial] as Intent;
    pushTimed(heap, { at, rank: RANK[send.priority], serial, value: serial });
  };
  intents.forEach(({ send }, serial) => {
    ask(serial, send.intendedAt);
  });
  for (let next = popTimed(heap); next !== undefined; next = popTimed(heap)) {
    const { at, value: serial } = next;
    const intent = intents[serial] as Intent;
    const { send } = intent;
    const { to = intent, ...facts } = intent.factsAt(at);
    const { addressKey } = to;
    const known = addressKey === undefined ? undefined : claims.get(addressKey);
    const address = { ...addressAt(to.address, at), ...(known && { claims: known }) };
    const answer = gate(send, { ...facts, address }, at);
    const heldUntil = holds.get(serial);
    const end = (state: SimulatedSend["state"], reason?: SimulatedSend["reason"]): void => {
      outcomes[serial] = { send, at, state, ...(reason && { reason }), ...(heldUntil && { heldUntil }) };
    };
    if (answer.kind === "hold") {
      holds.set(serial, [...(heldUntil ?? []), answer.until]);
      if (until === undefined || answer.until <= until) ask(serial, answer.until);
      else outcomes[serial] = { send, at, state: "held", reason: answer.reason, heldUntil: holds.get(serial) ?? [] };
    } else if (answer.kind === "refuse") end(answer.reason === "expired" ? "expired" : "refused", answer.reason);
    else {
      if (send.purpose === "marketing" && addressKey !== undefined)
        claims.set(addressKey, withClaim(address, { at, sendId: send.id }).claims);
      end("sent");
    }
  }
  return outcomes;
}

/** The address as it stood at an instant: what was said or happened later is not known yet. */
function addressAt(address: Address, at: Instant): Address {
  const { suppressions, optOuts } = address;
  if (Object.keys(suppressions).length + Object.keys(optOuts).length === 0) return address;
  const until = <T extends Partial<Record<string, Instant>>>(known: T) =>
    Object.fromEntries(Object.entries(known).filter(([, since]) => since !== undefined && since <= at)) as T;
  return { ...address, suppressions: until(suppressions), optOuts: until(optOuts) };
}
