// Decides what is due first: the due times of all items, by item.
import type { Instant } from "../../shared/domain/instant.ts";

/** Asked at every commit, so the first is remembered until it moves. */
export class DueTimes {
  readonly #all = new Map<string, string>();
  /** The first of all, unless that one has moved since. */
  #first: string | undefined;
  #hasMoved = false;

  /** `at`: absent when the item is not due at any time. */
  set(name: string, at: string | undefined): void {
    const before = this.#all.get(name);
    if (before === at) return;
    if (at === undefined) this.#all.delete(name);
    else this.#all.set(name, at);
    if (before !== undefined && before === this.#first) this.#hasMoved = true;
    if (at !== undefined && (this.#first === undefined || at < this.#first)) this.#first = at;
  }

  first(): Instant | undefined {
    if (this.#hasMoved) {
      this.#first = undefined;
      for (const at of this.#all.values()) if (this.#first === undefined || at < this.#first) this.#first = at;
      this.#hasMoved = false;
    }
    return this.#first === undefined ? undefined : Date.parse(this.#first);
  }

  names(): string[] {
    return [...this.#all.keys()];
  }
}
