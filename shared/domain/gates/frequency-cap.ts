// Decides whether the address had enough marketing lately: at most `max` claims in every rolling window.
import type { Gate } from "../gate-facts.ts";
import { parseDuration } from "../instant.ts";

/** Holds until the window has room again when that is before the send expires, else refuses. */
export const frequencyCapGate: Gate = (send, { address, settings }, now) => {
  if (send.purpose !== "marketing") return undefined;
  const { max, within } = settings.frequencyCap.marketing;
  const windowMs = parseDuration(within) ?? 0;
  const inWindow = address.claims.filter((claim) => claim.sendId !== send.id && now - claim.at < windowMs);
  const blocking = inWindow.at(-max);
  if (blocking === undefined) return undefined;
  const until = blocking.at + windowMs;
  return until < send.expiresAt
    ? { kind: "hold", until, reason: "frequency-cap" }
    : { kind: "refuse", reason: "frequency-cap" };
};
