// Decides where real time comes from: the one place of the local mode that asks the machine's clock.

/** Real time: milliseconds since 1970, a timer that can be cancelled, and a turn of the event loop. */
export type TimeSource = {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
  turn(run: () => void): void;
};

export const realTime: TimeSource = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  turn: (run) => {
    setImmediate(run);
  },
};
