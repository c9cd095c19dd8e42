// Decides what time it is on AWS: the machine's clock, which AWS keeps in step.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../pipeline/ports.ts";

/** Longest wait one timer can hold (2^31 - 1 ms). */
const MAX_TIMER_MS = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(at) {
    // A timer may fire a millisecond early, so the clock is asked again.
    for (let left = at - Date.now(); left > 0; left = at - Date.now()) await delay(Math.min(left, MAX_TIMER_MS));
  },
};
