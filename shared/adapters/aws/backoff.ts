// Decides how long an adapter waits before it tries a partly failed call again.
import { setTimeout as delay } from "node:timers/promises";

/** Resolves after that many milliseconds; tests pass one that only takes note. */
export type Wait = (delayMs: number) => Promise<void>;

/** How often a partly failed call is repeated, and how the waits in between are made. */
export type Backoff = { rounds: number; wait: Wait; random: () => number };

/** Three repeats with full jitter: at most 100 + 200 + 400 ms of waiting. */
export const BACKOFF: Backoff = {
  rounds: 3,
  wait: async (delayMs) => void (await delay(delayMs)),
  random: Math.random,
};

const FIRST_DELAY_MS = 100;

/** Full jitter: a random share of 100 ms, doubled with each round (the first is 0). */
export function jitteredDelayMs(round: number, random: () => number): number {
  return Math.floor(random() * FIRST_DELAY_MS * 2 ** round);
}
