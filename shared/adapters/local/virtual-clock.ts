// Decides what time it is in the local mode: real speed plus a stored offset, or frozen and moved by jumps; never back.
import { DAY_MS, type Instant, iso } from "../../domain/instant.ts";
import { Fault } from "../../pipeline/faults.ts";
import type { Clock } from "../../pipeline/ports.ts";
import { realTime, type TimeSource } from "./time-source.ts";

/** What the clock keeps between starts, and whether anything was stored yet. */
export type ClockMemory = {
  readMeta(name: string): string | undefined;
  writeMeta(name: string, value: string): void;
  isEmpty(): boolean;
  atomically<T>(body: () => T): T;
};

type Sleeper = { at: Instant; wake: () => void };

const META_OFFSET = "clock_offset_ms";
const META_REACHED = "clock_reached_at";

/** The local mode's clock. `now` never goes back, within a run and across restarts (as far as jumps reached). */
export class VirtualClock implements Clock {
  readonly #memory: ClockMemory;
  readonly #time: TimeSource;
  #offsetMs: number;
  #last: Instant;
  #frozen = false;
  #sleepers: Sleeper[] = [];
  #cancelTimer: (() => void) | undefined;
  #steppingOn = false;

  constructor(memory: ClockMemory, time: TimeSource = realTime) {
    this.#memory = memory;
    this.#time = time;
    this.#offsetMs = Number(memory.readMeta(META_OFFSET) ?? 0);
    this.#last = Number(memory.readMeta(META_REACHED) ?? Number.NEGATIVE_INFINITY);
  }

  now(): Instant {
    if (!this.#frozen) this.#last = Math.max(this.#last, this.#time.now() + this.#offsetMs);
    return this.#last;
  }

  /** Sets the first instant of an empty store, in the past too; otherwise throws the fault `clock_not_empty`. */
  startAt(at: Instant): void {
    if (!this.#memory.isEmpty()) {
      throw new Fault("clock_not_empty", "The clock's start can only be set before anything is stored.", {
        retryable: false,
      });
    }
    this.#set(at);
  }

  /** Moves time forward at once and wakes who slept until then; throws the fault `clock_backwards` for an earlier instant. */
  jumpTo(at: Instant): void {
    const now = this.now();
    if (at < now) {
      const message = `The clock never goes back: it shows ${iso(now)}, asked for was ${iso(at)}.`;
      throw new Fault("clock_backwards", message, { retryable: false });
    }
    this.#set(at);
    this.#wakeReached();
  }

  /** Stops time: it moves by jumps only, and when everybody sleeps by itself to the first one's instant. */
  freeze(): void {
    this.#set(this.now());
    this.#frozen = true;
    this.#wakeReached();
  }

  /** Lets time run on at real speed from where it is. */
  thaw(): void {
    if (!this.#frozen) return;
    this.#set(this.#last);
    this.#frozen = false;
    this.#wakeReached();
  }

  /** Resolves when `now` has reached the instant, by time passing or by a jump; sleepers wake in order of their instants. */
  sleepUntil(at: Instant): Promise<void> {
    if (at <= this.now()) return Promise.resolve();
    return new Promise((wake) => {
      const place = this.#sleepers.findIndex((other) => other.at > at);
      this.#sleepers.splice(place < 0 ? this.#sleepers.length : place, 0, { at, wake });
      this.#arm();
    });
  }

  /** Keeps how far time came and drops the timer; who still sleeps never wakes. */
  close(): void {
    this.#memory.writeMeta(META_REACHED, String(this.now()));
    this.#cancelTimer?.();
    this.#sleepers = [];
  }

  #set(at: Instant): void {
    this.#last = at;
    this.#offsetMs = at - this.#time.now();
    this.#memory.atomically(() => {
      this.#memory.writeMeta(META_OFFSET, String(this.#offsetMs));
      this.#memory.writeMeta(META_REACHED, String(at));
    });
  }

  #wakeReached(): void {
    const now = this.now();
    while (this.#sleepers[0] && this.#sleepers[0].at <= now) this.#sleepers.shift()?.wake();
    this.#arm();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const first = this.#sleepers[0];
    if (!first) return;
    if (this.#frozen) this.#stepOn();
    // Timers take 24.8 days at most; a shorter one just arms again.
    else
      this.#cancelTimer = this.#time.after(Math.max(0, Math.min(first.at - this.now(), DAY_MS)), () =>
        this.#wakeReached(),
      );
  }

  /** Whoever is awake gets one turn to go to sleep or to jump; then time moves to the first sleeper's instant. */
  #stepOn(): void {
    if (this.#steppingOn) return;
    this.#steppingOn = true;
    this.#time.turn(() => {
      this.#steppingOn = false;
      const first = this.#sleepers[0];
      if (this.#frozen && first) this.jumpTo(Math.max(first.at, this.#last));
    });
  }
}
