// Decides whether the person wants to hear nothing for a while: a mail of that time waits for its end.
import type { Gate } from "../gate-facts.ts";

/** Holds until the person's pause ends when that is before the send expires, else refuses. */
export const personPauseGate: Gate = ({ purpose, expiresAt }, { address }, now) => {
  const until = address.pauses[purpose];
  if (until === undefined || until <= now) return undefined;
  return until < expiresAt
    ? { kind: "hold", until, reason: "person-paused" }
    : { kind: "refuse", reason: "person-paused" };
};
