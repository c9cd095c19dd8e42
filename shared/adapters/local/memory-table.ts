// Decides how the table behaves in memory, for the simulation: DynamoDB's limits, conditions and cancelled transactions.
import { type CancelReason, ConditionFailed, TransactionCanceled } from "../../pipeline/faults.ts";
import type { IndexEntry, IndexName, Item, Key, Page, Range, Table, Write } from "../../pipeline/ports.ts";
import { readToken, writeToken } from "../page-token.ts";
import { compareKeys, continuedSpan, type KeySpan, keySpan } from "./key-order.ts";
import { compareEntries, itemOf, type MemoryEntry, type MemoryRow, MemoryRows, rowOf } from "./memory-rows.ts";
import * as rules from "./table-rules.ts";

/** A write whose item is already copied and measured. */
type Ready = { key: Key; row: MemoryRow | undefined; write: Write };

/**
 * A table in memory. A write takes effect in one step after `turn`; until then its items are under way, and a
 * transaction (or a write beside a transaction) that names one of them is cancelled, as DynamoDB does it.
 */
export class MemoryTable implements Table {
  readonly #rows = new MemoryRows();
  readonly #inTransaction = new Set<string>();
  readonly #inWrite = new Map<string, number>();
  readonly #turn: () => Promise<void>;
  readonly #committed: (writes: readonly Write[]) => void;

  /**
   * `turn` is awaited while a write is under way; without it a write takes one microtask. `committed` is told what takes
   * effect, at the moment it does.
   */
  constructor(options: { turn?: () => Promise<void>; committed?: (writes: readonly Write[]) => void } = {}) {
    this.#turn = options.turn ?? (() => Promise.resolve());
    this.#committed = options.committed ?? (() => undefined);
  }

  /** Takes over at once what another table holds; `committed` is told item by item. */
  copyFrom(other: MemoryTable): void {
    for (const row of other.#rows.segment({ segment: 0, segments: 1 }, undefined)) {
      this.#rows.put(row);
      this.#committed([{ put: itemOf(row) }]);
    }
  }

  async get(key: Key): Promise<Item | undefined> {
    const row = this.#rows.get(key);
    return row && itemOf(row);
  }

  async getMany(keys: Key[]): Promise<Item[]> {
    const rows = rules.distinctKeys(keys).map((key) => this.#rows.get(key));
    return rows.filter((row) => row !== undefined).map(itemOf);
  }

  async query(range: Range): Promise<Page<Item>> {
    const rows = this.#rows.partition(range.pk);
    if (!rows) return { items: [] };
    const span = continuedSpan(range);
    const inSpan = rows.stretch({
      before: (row) => startsAfter(span, row.sk),
      until: (row) => isBefore(row.sk, span),
      most: range.limit ?? Number.POSITIVE_INFINITY,
      lastFirst: range.newestFirst === true,
    });
    const page = rules.takePage(inSpan, range.limit, (row) => row.bytes);
    return pageOf(page.rows.map(itemOf), page.cut ? page.rows.at(-1)?.sk : undefined);
  }

  async queryIndex(index: IndexName, range: Range): Promise<Page<IndexEntry>> {
    const entries = this.#rows.index(index, range.pk);
    if (!entries) return { items: [] };
    const found = entriesIn(entries, range);
    const page = rules.takePage(found, range.limit, (entry) => rules.entryBytes(range.pk, entry));
    const last = page.cut ? page.rows.at(-1) : undefined;
    const items = page.rows.map(({ at, pk, sk }) => ({ at, pk, sk }));
    return pageOf(items, last && writeToken([last.at, last.pk, last.sk]));
  }

  async write(write: Write): Promise<void> {
    const ready = readied(write);
    const text = rules.keyText(ready.key);
    if (this.#inTransaction.has(text)) throw new TransactionCanceled(["conflict"]);
    this.#inWrite.set(text, (this.#inWrite.get(text) ?? 0) + 1);
    try {
      await this.#turn();
      if (!this.#holds(ready)) throw new ConditionFailed();
      this.#apply(ready);
      this.#committed([write]);
    } finally {
      const others = (this.#inWrite.get(text) ?? 1) - 1;
      if (others > 0) this.#inWrite.set(text, others);
      else this.#inWrite.delete(text);
    }
  }

  async transact(writes: Write[]): Promise<void> {
    rules.checkTransaction(writes);
    const ready = writes.map(readied);
    rules.checkTransactionBytes(ready.reduce((sum, { row }) => sum + (row?.bytes ?? 0), 0));
    const texts = ready.map(({ key }) => rules.keyText(key));
    const busy = (text: string) => this.#inTransaction.has(text) || this.#inWrite.has(text);
    cancelUnlessAllNone(texts.map((text) => (busy(text) ? "conflict" : "none")));
    for (const text of texts) this.#inTransaction.add(text);
    try {
      await this.#turn();
      cancelUnlessAllNone(ready.map((one) => (this.#holds(one) ? "none" : "condition")));
      for (const one of ready) this.#apply(one);
      this.#committed(writes);
    } finally {
      for (const text of texts) this.#inTransaction.delete(text);
    }
  }

  async scan(part: { segment: number; segments: number; after?: string; limit?: number }): Promise<Page<Item>> {
    const [pk = "", sk = ""] = part.after === undefined ? [] : readToken(part.after, 2);
    const rows = this.#rows.segment(part, part.after === undefined ? undefined : { pk, sk });
    const page = rules.takePage(rows, part.limit, (row) => row.bytes);
    const last = page.cut ? page.rows.at(-1) : undefined;
    return pageOf(page.rows.map(itemOf), last && writeToken([last.pk, last.sk]));
  }

  #holds({ key, write }: Ready): boolean {
    return rules.holds(write.if, this.#rows.get(key));
  }

  #apply({ key, row, write }: Ready): void {
    if (row) this.#rows.put(row);
    else if ("delete" in write) this.#rows.delete(key);
  }
}

/** Copies what is needed now: the caller may change its objects while the write is under way. */
function readied(write: Write): Ready {
  const { pk, sk } = rules.keyOf(write);
  return { key: { pk, sk }, row: "put" in write ? rowOf(write.put) : undefined, write: { ...write } };
}

function cancelUnlessAllNone(reasons: CancelReason[]): void {
  if (reasons.some((reason) => reason !== "none")) throw new TransactionCanceled(reasons);
}

function entriesIn(entries: NonNullable<ReturnType<MemoryRows["index"]>>, range: Range): MemoryEntry[] {
  const span = keySpan(range);
  const [at = "", pk = "", sk = ""] = range.after === undefined ? [] : readToken(range.after, 3);
  const isFirst = range.after === undefined;
  const behind = (entry: IndexEntry) => (isFirst ? 0 : compareEntries(entry, { at, pk, sk }));
  const lastFirst = range.newestFirst === true;
  return entries.stretch({
    before: (entry) => startsAfter(span, entry.at) || (!isFirst && !lastFirst && behind(entry) <= 0),
    until: (entry) => isBefore(entry.at, span) && (isFirst || !lastFirst || behind(entry) < 0),
    most: range.limit ?? Number.POSITIVE_INFINITY,
    lastFirst,
  });
}

function isBefore(key: string, span: KeySpan): boolean {
  return span.until === undefined || compareKeys(key, span.until) < 0;
}

function startsAfter(span: KeySpan, key: string): boolean {
  return compareKeys(key, span.from) < 0;
}

function pageOf<T>(items: T[], next: string | undefined): Page<T> {
  return next === undefined ? { items } : { items, next };
}
