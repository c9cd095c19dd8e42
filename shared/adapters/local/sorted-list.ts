// Decides how the memory table keeps things in order: one sorted array, found by halving.

/** Entries from the first that is not `before` on, as far as they are `until`; at most `most`, in order or `lastFirst`. */
export type Stretch<T> = {
  before: (entry: T) => boolean;
  until: (entry: T) => boolean;
  most: number;
  lastFirst: boolean;
};

/** A list that is always in the order of `compare`; finding is O(log n), changing moves the tail. */
export class SortedList<T> {
  readonly #entries: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Adds the entry, or takes the place of the one that compares equal. */
  put(entry: T): void {
    const at = this.#place(entry);
    if (this.#isAt(at, entry)) this.#entries[at] = entry;
    else if (at === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(at, 0, entry);
  }

  /** Takes away the entry that compares equal, if there is one. */
  remove(entry: T): void {
    const at = this.#place(entry);
    if (this.#isAt(at, entry)) this.#entries.splice(at, 1);
  }

  /** The entry that compares equal. */
  find(entry: T): T | undefined {
    const at = this.#place(entry);
    return this.#isAt(at, entry) ? this.#entries[at] : undefined;
  }

  /** The entries from the first that is not `below`, in order. */
  *from(below: (entry: T) => boolean): Generator<T> {
    for (let at = this.#first(below); at < this.#entries.length; at++) yield this.#entries[at] as T;
  }

  /** The entries of a stretch. */
  stretch({ before, until, most, lastFirst }: Stretch<T>): T[] {
    const first = this.#first(before);
    const end = this.#first(until);
    if (lastFirst) return this.#entries.slice(Math.max(first, end - most), Math.max(first, end)).reverse();
    return this.#entries.slice(first, Math.min(end, first + most));
  }

  #place(entry: T): number {
    const entries = this.#entries;
    const compare = this.#compare;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(entries[middle] as T, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isAt(at: number, entry: T): boolean {
    return at < this.#entries.length && this.#compare(this.#entries[at] as T, entry) === 0;
  }

  #first(below: (entry: T) => boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (below(this.#entries[middle] as T)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
