// Decides whether a more urgent mail goes first: of sends to one address that fall due together, by priority.
import type { WaitingSend } from "../address.ts";
import { PRIORITY_RANK } from "../campaign.ts";
import type { Asked, Gate } from "../gate-facts.ts";
import { type Instant, MINUTE_MS } from "../instant.ts";
import { TOGETHER_MS } from "../urgent-sends.ts";

/** How long a send may be overdue and still goes first: a lost hand-out, and the next one. */
const OVERDUE_MS = 13 * MINUTE_MS;
/** How long the other waits before it asks again. */
const WAIT_MS = MINUTE_MS;

/** Holds a little as long as a more urgent send is about to leave; refuses when there is no time left to wait. */
export const priorityGate: Gate = (send, { address }, now) => {
  if (rivalOf(send, address.waiting, now) === undefined) return undefined;
  const until = now + WAIT_MS;
  return until < send.expiresAt ? { kind: "hold", until, reason: "priority" } : { kind: "refuse", reason: "priority" };
};

/** The send that goes before this one. */
export function rivalOf(
  { id, priority }: Pick<Asked, "id" | "priority">,
  waiting: readonly WaitingSend[],
  now: Instant,
): WaitingSend | undefined {
  return waiting.find(
    (other) =>
      other.sendId !== id &&
      PRIORITY_RANK[other.priority] < PRIORITY_RANK[priority] &&
      other.dueAt - now <= TOGETHER_MS &&
      now - other.dueAt <= OVERDUE_MS,
  );
}
