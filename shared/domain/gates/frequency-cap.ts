// Decides whether the address had enough mail of a purpose lately: at most `max` claims in every rolling window.
import type { AddressClaim } from "../address.ts";
import type { Purpose } from "../campaign.ts";
import type { Asked, Gate, GateFacts } from "../gate-facts.ts";
import { type Instant, parseDuration } from "../instant.ts";
import type { Settings } from "../settings.ts";

/** Holds until the window has room again when that is before the send expires, else refuses. */
export const frequencyCapGate: Gate = (send, facts, now) => {
  const until = capOf(send, facts, now)?.freeAt;
  if (until === undefined) return undefined;
  return until < send.expiresAt
    ? { kind: "hold", until, reason: "frequency-cap" }
    : { kind: "refuse", reason: "frequency-cap" };
};

/** Where a send stands with its purpose's cap. `freeAt`: when the window has room again, absent while it has. */
export type CapState = { used: number; max: number; within: string; freeAt?: Instant };

/**
 * Counts what falls into a window together with a claim made now: claims younger than the window, however far ahead of
 * now a clock that goes fast wrote them. `undefined`: the purpose has no cap.
 */
export function capOf(send: Omit<Asked, "expiresAt">, facts: GateFacts, now: Instant): CapState | undefined {
  const cap = facts.settings.frequencyCap[send.purpose];
  if (cap === undefined) return undefined;
  const { max, within } = cap;
  const windowMs = parseDuration(within) ?? 0;
  const instants = facts.address.claims
    .filter((claim) => counts(claim, send) && claim.at > now - windowMs)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  const blocking = instants.at(-max);
  return { used: instants.length, max, within, ...(blocking !== undefined && { freeAt: blocking + windowMs }) };
}

/** What a held-out run would have sent counts only for other held-out sends: nothing of it reached anybody. */
function counts({ sendId, purpose, shadow }: AddressClaim, send: Omit<Asked, "expiresAt">): boolean {
  return sendId !== send.id && purpose === send.purpose && (shadow !== true || send.arm !== "treated");
}

/** The longest window of any purpose: how long an address must remember its claims. */
export function longestCapMs(caps: Settings["frequencyCap"]): number {
  const purposes: Purpose[] = ["marketing", "service"];
  return Math.max(...purposes.map((purpose) => parseDuration(caps[purpose]?.within ?? "") ?? 0));
}
