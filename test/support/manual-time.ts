// Decides how a test moves real time: by hand, with the timers that become due run in order.
import type { TimeSource } from "../../shared/adapters/local/time-source.ts";

/** A time source that stands still until `pass`. */
export function manualTime(
  startAt: number,
): TimeSource & { pass: (ms: number) => void; set: (at: number) => void; timers: () => number } {
  let at = startAt;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => at,
    after: (delayMs, run) => {
      const timer = { at: at + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    turn: (run) => {
      setImmediate(run);
    },
    pass: (ms) => {
      at += ms;
      for (const timer of timers.filter((one) => one.at <= at).sort((a, b) => a.at - b.at)) {
        timers = timers.filter((other) => other !== timer);
        timer.run();
      }
    },
    set: (to) => {
      at = to;
    },
    timers: () => timers.length,
  };
}

/** A clock that shows what it is told. */
export function fixedClock(startAt: number): {
  now: () => number;
  sleepUntil: () => Promise<void>;
  set: (at: number) => void;
} {
  let at = startAt;
  return {
    now: () => at,
    sleepUntil: () => Promise.resolve(),
    set: (to) => {
      at = to;
    },
  };
}
