// Decides how the table lies in the local data file: one row an item, its keys and index keys as columns, the item as JSON.
import type { StatementSync } from "node:sqlite";
import { type CancelReason, ConditionFailed, TransactionCanceled } from "../../pipeline/faults.ts";
import type { IndexEntry, IndexName, Item, Key, Page, Range, Table, Write } from "../../pipeline/ports.ts";
import { readToken, writeToken } from "../page-token.ts";
import { continuedSpan, keySpan } from "./key-order.ts";
import type { SqliteStore } from "./sqlite-store.ts";
import * as rules from "./table-rules.ts";

type Row = { bytes: number; body: string };

/** In SQLite every blob sorts behind every text, so an empty one is the end of all keys. */
const END = new Uint8Array(0);
/** Changes are numbered from here on after each start, so that numbers of an earlier run stay below. */
const CHANGES_PER_START = 2 ** 32;

const COLUMNS = { due: ["due_pk", "due_at"], list: ["list_pk", "list_sk"] } as const;

/** The table in the local data file. Calls never overlap: each is done within one turn of the process. */
export class SqliteTable implements Table {
  readonly #store: SqliteStore;
  readonly #get: StatementSync;
  readonly #version: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #query: { oldest: StatementSync; newest: StatementSync };
  readonly #index: Record<IndexName, { oldest: StatementSync; newest: StatementSync }>;
  readonly #scan: StatementSync;
  readonly #nextDue: StatementSync;
  #changes: number;

  constructor(store: SqliteStore) {
    this.#store = store;
    store.define("relance_segment", (pk, segments) => rules.segmentOf(String(pk), Number(segments)));
    this.#get = store.prepare("SELECT body FROM item WHERE pk = ? AND sk = ?");
    this.#version = store.prepare("SELECT version FROM item WHERE pk = ? AND sk = ?");
    this.#put = store.prepare(
      `INSERT INTO item (pk, sk, version, due_pk, due_at, list_pk, list_sk, bytes, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (pk, sk) DO UPDATE SET version = excluded.version, due_pk = excluded.due_pk, due_at = excluded.due_at,
       list_pk = excluded.list_pk, list_sk = excluded.list_sk, bytes = excluded.bytes, body = excluded.body`,
    );
    this.#delete = store.prepare("DELETE FROM item WHERE pk = ? AND sk = ?");
    const query = "SELECT bytes, body FROM item WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk";
    this.#query = { oldest: store.prepare(`${query} LIMIT ?`), newest: store.prepare(`${query} DESC LIMIT ?`) };
    this.#index = { due: indexStatements(store, "due"), list: indexStatements(store, "list") };
    this.#scan = store.prepare(
      "SELECT pk, sk, bytes, body FROM item WHERE (pk, sk) > (?, ?) AND relance_segment(pk, ?) = ? ORDER BY pk, sk LIMIT ?",
    );
    this.#nextDue = store.prepare("SELECT min(due_at) AS at FROM item WHERE due_at IS NOT NULL");
    const starts = Number(store.readMeta("table_starts") ?? 0) + 1;
    store.writeMeta("table_starts", String(starts));
    this.#changes = starts * CHANGES_PER_START;
  }

  /** Grows with every write that took effect, across restarts too: equal numbers mean that nothing was written between. */
  changes(): number {
    return this.#changes;
  }

  /** The earliest due time of all items: what the local host waits for. */
  nextDueAt(): string | undefined {
    return (this.#nextDue.get()?.["at"] ?? undefined) as string | undefined;
  }

  async get(key: Key): Promise<Item | undefined> {
    return this.#read(key);
  }

  async getMany(keys: Key[]): Promise<Item[]> {
    return rules.distinctKeys(keys).flatMap((key) => this.#read(key) ?? []);
  }

  async query(range: Range): Promise<Page<Item>> {
    const { from, until } = continuedSpan(range);
    const statement = range.newestFirst ? this.#query.newest : this.#query.oldest;
    const rows = statement.iterate(range.pk, from, until ?? END, range.limit ?? -1) as Iterable<Row>;
    const page = rules.takePage(rows, range.limit, (row) => row.bytes);
    const items = page.rows.map(itemOf);
    return pageOf(items, page.cut ? items.at(-1)?.sk : undefined);
  }

  async queryIndex(index: IndexName, range: Range): Promise<Page<IndexEntry>> {
    const { from, until } = keySpan(range);
    const after = range.after === undefined ? undefined : readToken(range.after, 3);
    const [at, pk, sk] = after ?? (range.newestFirst ? [END, END, END] : ["", "", ""]);
    const statement = range.newestFirst ? this.#index[index].newest : this.#index[index].oldest;
    const bounds = [from, until ?? END, at ?? "", pk ?? "", sk ?? ""];
    const rows = statement.iterate(range.pk, ...bounds, range.limit ?? -1) as Iterable<IndexEntry>;
    const page = rules.takePage(rows, range.limit, (entry) => rules.entryBytes(range.pk, entry));
    const last = page.cut ? page.rows.at(-1) : undefined;
    const items = page.rows.map((row) => ({ at: row.at, pk: row.pk, sk: row.sk }));
    return pageOf(items, last && writeToken([last.at, last.pk, last.sk]));
  }

  async write(write: Write): Promise<void> {
    const bytes = measured(write);
    this.#store.atomically(() => {
      if (!this.#holds(write)) throw new ConditionFailed();
      this.#apply(write, bytes);
    });
    this.#changes++;
  }

  async transact(writes: Write[]): Promise<void> {
    rules.checkTransaction(writes);
    const sizes = writes.map(measured);
    rules.checkTransactionBytes(sizes.reduce((sum, bytes) => sum + bytes, 0));
    this.#store.atomically(() => {
      const reasons = writes.map((write): CancelReason => (this.#holds(write) ? "none" : "condition"));
      if (reasons.includes("condition")) throw new TransactionCanceled(reasons);
      for (const [i, write] of writes.entries()) this.#apply(write, sizes[i] ?? 0);
    });
    this.#changes++;
  }

  async scan(part: { segment: number; segments: number; after?: string; limit?: number }): Promise<Page<Item>> {
    const [pk = "", sk = ""] = part.after === undefined ? [] : readToken(part.after, 2);
    const rows = this.#scan.iterate(pk, sk, part.segments, part.segment, part.limit ?? -1) as Iterable<Row>;
    const page = rules.takePage(rows, part.limit, (row) => row.bytes);
    const items = page.rows.map(itemOf);
    const last = page.cut ? items.at(-1) : undefined;
    return pageOf(items, last && writeToken([last.pk, last.sk]));
  }

  #read(key: Key): Item | undefined {
    const row = this.#get.get(key.pk, key.sk) as Row | undefined;
    return row && itemOf(row);
  }

  #holds(write: Write): boolean {
    if (write.if === undefined) return true;
    const { pk, sk } = rules.keyOf(write);
    return rules.holds(write.if, this.#version.get(pk, sk) as { version: number | null } | undefined);
  }

  #apply(write: Write, bytes: number): void {
    if ("delete" in write) this.#delete.run(write.delete.pk, write.delete.sk);
    if (!("put" in write)) return;
    const { pk, sk, version, duePk, dueAt, listPk, listSk } = write.put;
    const columns = [version ?? null, duePk ?? null, dueAt ?? null, listPk ?? null, listSk ?? null];
    this.#put.run(pk, sk, ...columns, bytes, JSON.stringify(write.put));
  }
}

function indexStatements(store: SqliteStore, index: IndexName): { oldest: StatementSync; newest: StatementSync } {
  const [partition, sort] = COLUMNS[index];
  // The two "not null" tests are what makes SQLite choose the partial index.
  const sql = (compare: "<" | ">", order: "ASC" | "DESC") =>
    `SELECT ${sort} AS at, pk, sk FROM item INDEXED BY item_${index} WHERE ${partition} IS NOT NULL AND ${sort} IS NOT NULL AND ${partition} = ?
     AND ${sort} >= ? AND ${sort} < ? AND (${sort}, pk, sk) ${compare} (?, ?, ?) ORDER BY ${sort} ${order}, pk ${order}, sk ${order} LIMIT ?`;
  return { oldest: store.prepare(sql(">", "ASC")), newest: store.prepare(sql("<", "DESC")) };
}

function measured(write: Write): number {
  return "put" in write ? rules.measuredItem(write.put) : 0;
}

function itemOf(row: Row): Item {
  return JSON.parse(row.body);
}

function pageOf<T>(items: T[], next: string | undefined): Page<T> {
  return next === undefined ? { items } : { items, next };
}
