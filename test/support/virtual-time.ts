// Decides how time passes in tests with many workers: it stands still while anybody works, then jumps to the next wake-up.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Clock } from "../../shared/pipeline/ports.ts";

type Sleeper = { at: Instant; order: number; wake: () => void };

/** Time that moves only when everybody sleeps; equal wake-ups come in the order they were asked for. */
export class VirtualTime implements Clock {
  #now: Instant;
  #asked = 0;
  readonly #sleepers: Sleeper[] = [];

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  sleepUntil(at: Instant): Promise<void> {
    if (at <= this.#now) return Promise.resolve();
    return new Promise((wake) => {
      this.#push({ at, order: this.#asked++, wake });
    });
  }

  /** Whole milliseconds, as clocks have them. */
  sleep(ms: number): Promise<void> {
    return this.sleepUntil(this.#now + Math.round(ms));
  }

  /** Lets time pass until the task is done. Throws when everybody waits and nobody sleeps. */
  async run<T>(task: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    task.then(end, end);
    for (;;) {
      // One turn of the event loop: all promises that can go on have gone on.
      await new Promise((turn) => setImmediate(turn));
      if (isDone) return task;
      const next = this.#pop();
      if (next === undefined) throw new Error("everybody waits for something that never comes");
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  #push(sleeper: Sleeper): void {
    let place = this.#sleepers.length;
    while (place > 0 && comesBefore(sleeper, this.#sleepers[place - 1] as Sleeper)) place--;
    this.#sleepers.splice(place, 0, sleeper);
  }

  #pop(): Sleeper | undefined {
    return this.#sleepers.shift();
  }
}

const comesBefore = (one: Sleeper, other: Sleeper) => one.at < other.at;
