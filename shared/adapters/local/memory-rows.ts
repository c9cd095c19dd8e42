// Decides how the memory table's rows lie: partitions in key order, and the two sparse indexes kept beside them.
import type { Json } from "../../domain/json.ts";
import type { IndexEntry, IndexName, Item, Key } from "../../pipeline/ports.ts";
import { compareKeys } from "./key-order.ts";
import { SortedList } from "./sorted-list.ts";
import { measuredItem, segmentOf } from "./table-rules.ts";

/** An entry of an index; `of` is the index's partition. */
export type MemoryEntry = IndexEntry & { of: string };

/** A stored item: a copy that nobody else has, and that nobody changes. */
export type MemoryRow = Key & {
  version: number | undefined;
  bytes: number;
  item: Item;
  due: MemoryEntry | undefined;
  list: MemoryEntry | undefined;
};

/** Makes the row of an item; throws `TableLimitExceeded` for an item that DynamoDB would not take. */
export function rowOf(item: Item): MemoryRow {
  const { pk, sk, version, duePk, dueAt, listPk, listSk } = item;
  return {
    pk,
    sk,
    version,
    bytes: measuredItem(item),
    item: plainCopy(item) as Item,
    due: duePk === undefined || dueAt === undefined ? undefined : { of: duePk, at: dueAt, pk, sk },
    list: listPk === undefined || listSk === undefined ? undefined : { of: listPk, at: listSk, pk, sk },
  };
}

/** The item of a row, for somebody who may change it. */
export function itemOf({ item }: MemoryRow): Item {
  return copyOf(item) as Item;
}

function copyOf(value: object): object {
  if (Array.isArray(value)) return value.map((part) => (isNested(part) ? copyOf(part) : part));
  const copy = { ...value } as Record<string, Json | undefined>;
  for (const name in copy) {
    const part = copy[name];
    if (isNested(part)) copy[name] = copyOf(part) as Json;
  }
  return copy;
}

const isNested = (part: unknown): part is object => typeof part === "object" && part !== null;

/** A deep copy as JSON would have it: nothing is undefined, and no zero is negative. */
export function plainCopy(value: object): object {
  if (Array.isArray(value))
    return value.map((part) => (isNested(part) ? plainCopy(part) : part === 0 ? 0 : (part ?? null)));
  const copy = { ...value } as Record<string, Json | undefined>;
  for (const name in copy) {
    const part = copy[name];
    if (isNested(part)) copy[name] = plainCopy(part) as Json;
    else if (part === 0) copy[name] = 0;
    else if (part === undefined) delete copy[name];
  }
  return copy;
}

/** Orders index entries by their sort key, then by the item's own key. */
export function compareEntries(a: IndexEntry, b: IndexEntry): number {
  return compareKeys(a.at, b.at) || compareKeys(a.pk, b.pk) || compareKeys(a.sk, b.sk);
}

const INDEXES = ["due", "list"] as const;

/** All rows of one table. */
export class MemoryRows {
  readonly #pks = new SortedList<string>(compareKeys);
  readonly #partitions = new Map<string, SortedList<Key & Partial<MemoryRow>>>();
  readonly #indexes = {
    due: new Map<string, SortedList<MemoryEntry>>(),
    list: new Map<string, SortedList<MemoryEntry>>(),
  };

  get(key: Key): MemoryRow | undefined {
    return this.#partitions.get(key.pk)?.find(key) as MemoryRow | undefined;
  }

  partition(pk: string): SortedList<MemoryRow> | undefined {
    return this.#partitions.get(pk) as SortedList<MemoryRow> | undefined;
  }

  index(name: IndexName, pk: string): SortedList<MemoryEntry> | undefined {
    return this.#indexes[name].get(pk);
  }

  put(row: MemoryRow): void {
    this.#unlist(this.get(row));
    let rows = this.#partitions.get(row.pk);
    if (!rows) {
      rows = new SortedList((a, b) => compareKeys(a.sk, b.sk));
      this.#partitions.set(row.pk, rows);
      this.#pks.put(row.pk);
    }
    rows.put(row);
    for (const name of INDEXES) {
      const entry = row[name];
      if (!entry) continue;
      const entries = this.#indexes[name].get(entry.of) ?? new SortedList<MemoryEntry>(compareEntries);
      this.#indexes[name].set(entry.of, entries);
      entries.put(entry);
    }
  }

  delete(key: Key): void {
    const row = this.get(key);
    if (!row) return;
    this.#unlist(row);
    const rows = this.#partitions.get(row.pk);
    rows?.remove(row);
    if (rows?.size !== 0) return;
    this.#partitions.delete(row.pk);
    this.#pks.remove(row.pk);
  }

  #unlist(row: MemoryRow | undefined): void {
    for (const name of INDEXES) {
      const entry = row?.[name];
      if (!entry) continue;
      const entries = this.#indexes[name].get(entry.of);
      entries?.remove(entry);
      if (entries?.size === 0) this.#indexes[name].delete(entry.of);
    }
  }

  /** The rows of one scan segment behind a key, in key order. */
  *segment(part: { segment: number; segments: number }, after: Key | undefined): Generator<MemoryRow> {
    const start = after?.pk ?? "";
    for (const pk of this.#pks.from((other) => compareKeys(other, start) < 0)) {
      if (segmentOf(pk, part.segments) !== part.segment) continue;
      const passed = (row: MemoryRow) => pk === after?.pk && compareKeys(row.sk, after.sk) <= 0;
      yield* this.partition(pk)?.from(passed) ?? [];
    }
  }
}
