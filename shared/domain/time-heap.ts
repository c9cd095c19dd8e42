// Decides which of many things comes next: the earliest, then what counts more, then what was there first.
import type { Instant } from "./instant.ts";

/** `rank`: the lower goes first among those of one instant. */
export type Timed<T> = { at: Instant; rank: number; serial: number; value: T };

/** A binary heap: the next one is `heap[0]`. */
export type TimeHeap<T> = Timed<T>[];

const isBefore = <T>(a: Timed<T>, b: Timed<T>): boolean =>
  a.at !== b.at ? a.at < b.at : a.rank !== b.rank ? a.rank < b.rank : a.serial < b.serial;

/** Adds one. Cost: the logarithm of the size. */
export function pushTimed<T>(heap: TimeHeap<T>, added: Timed<T>): void {
  let place = heap.push(added) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!isBefore(added, heap[parent] as Timed<T>)) break;
    heap[place] = heap[parent] as Timed<T>;
    place = parent;
  }
  heap[place] = added;
}

/** Takes the next one out. */
export function popTimed<T>(heap: TimeHeap<T>): Timed<T> | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Timed<T>, heap[child] as Timed<T>)) child++;
    if (!isBefore(heap[child] as Timed<T>, last)) break;
    heap[place] = heap[child] as Timed<T>;
    place = child;
  }
  heap[place] = last;
  return first;
}
