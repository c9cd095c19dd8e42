// Decides what happens next in a simulation: continuations in the order of virtual time, ties by chance, one at a time, each
// to its end before the next.
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import type { Instant } from "../../shared/domain/instant.ts";

/** What a continuation says that resolved nothing: no microtask is to be waited for. */
export const IDLE = "idle";
type Go = () => unknown;
type Entry = { at: Instant; tie: number; go: Go };

/** Virtual time and all chance of one seed. Nothing else in a simulation waits or draws. */
export class Scheduler {
  now: Instant;
  /** Continuations so far: what happens within one is at the same time. */
  steps = 0;
  readonly random: () => number;
  readonly #heap: Entry[] = [];

  constructor(seed: number, startAt: Instant) {
    this.now = startAt;
    this.random = seededRandom(seed);
  }

  /** Calls back at an instant of true time; at once when that is past. */
  at(at: Instant, go: Go): void {
    const entry = { at: Math.max(at, this.now), tie: this.random(), go };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(entry, heap[above] as Entry)) break;
      heap[index] = heap[above] as Entry;
      index = above;
    }
    heap[index] = entry;
  }

  /** Resolves after a while of true time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + ms, resolve));
  }

  /** A whole number below `n`. */
  pick(n: number): number {
    return Math.floor(this.random() * n);
  }

  /** Works until `isOver` or nothing is left. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          let said: unknown = IDLE;
          while (said === IDLE) {
            const next = isOver() ? undefined : this.#pop();
            if (next === undefined) return resolve();
            this.now = next.at;
            this.steps++;
            said = next.go();
          }
        } catch (error) {
          return reject(error);
        }
        queueMicrotask(follow);
      };
      // A tick runs when no microtask is left: whatever that step resolved has come to its next wait by then.
      const follow = () => process.nextTick(step);
      process.nextTick(step);
    });
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Entry, heap[below] as Entry)) below++;
      if (!isBefore(heap[below] as Entry, last)) break;
      heap[index] = heap[below] as Entry;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.tie < b.tie);
