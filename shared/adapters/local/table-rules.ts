// Decides what DynamoDB would refuse and whether a write's condition holds, for the tables that have no DynamoDB to ask.

import type { Json } from "../../domain/json.ts";
import { TableLimitExceeded } from "../../pipeline/faults.ts";
import type { Condition, Item, Key, Write } from "../../pipeline/ports.ts";

export const MAX_ITEM_BYTES = 400 * 1024;
export const MAX_PAGE_BYTES = 1024 * 1024;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
const MAX_TRANSACTION_ITEMS = 100;
const MAX_READ_KEYS = 100;
const MAX_KEY_BYTES = { pk: 2048, sk: 1024, duePk: 2048, dueAt: 1024, listPk: 2048, listSk: 1024 } as const;
const MAX_DEPTH = 32;

/** Bytes of an item as DynamoDB counts them; throws `TableLimitExceeded` for an item that it would not take. */
export function measuredItem(item: Item): number {
  for (const name of ["pk", "sk", "duePk", "dueAt", "listPk", "listSk"] as const) checkKeyText(name, item[name]);
  let bytes = 0;
  for (const name in item) {
    const value = item[name];
    if (value !== undefined) bytes += textBytes(name) + valueBytes(value, 1);
  }
  if (bytes > MAX_ITEM_BYTES) throw new TableLimitExceeded(`An item of ${bytes} bytes is over the limit of 400 KB.`);
  return bytes;
}

function checkKeyText(name: keyof typeof MAX_KEY_BYTES, text: string | undefined): void {
  if (text === undefined && name !== "pk" && name !== "sk") return;
  if (typeof text !== "string" || text === "") throw new TableLimitExceeded(`The key attribute ${name} is empty.`);
  if (!text.isWellFormed()) throw new TableLimitExceeded(`The key attribute ${name} is not well-formed text.`);
  if (text.length * 3 > MAX_KEY_BYTES[name] && Buffer.byteLength(text) > MAX_KEY_BYTES[name]) {
    throw new TableLimitExceeded(`The key attribute ${name} is over ${MAX_KEY_BYTES[name]} bytes.`);
  }
}

function valueBytes(value: Json, depth: number): number {
  if (typeof value === "string") return textBytes(value);
  if (typeof value === "number") return numberBytes(value);
  if (value === null || typeof value === "boolean") return 1;
  if (depth > MAX_DEPTH) throw new TableLimitExceeded(`A value is nested deeper than ${MAX_DEPTH} levels.`);
  let bytes = 3;
  if (Array.isArray(value)) {
    for (const part of value) bytes += 1 + valueBytes(part, depth + 1);
    return bytes;
  }
  for (const name in value) {
    const part = value[name];
    if (part !== undefined) bytes += 1 + textBytes(name) + valueBytes(part, depth + 1);
  }
  return bytes;
}

/** UTF-8 bytes; most texts are short ASCII, and looking at each letter of those is quicker than asking for the encoding. */
function textBytes(text: string): number {
  const { length } = text;
  if (length > 100) return Buffer.byteLength(text);
  for (let at = 0; at < length; at++) if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** The document client refuses numbers whose integer part JavaScript cannot hold exactly; so does this. */
function numberBytes(value: number): number {
  const size = Math.abs(value);
  if (!(size <= Number.MAX_SAFE_INTEGER) || (size !== 0 && size < 1e-130)) {
    throw new TableLimitExceeded("A number cannot be stored exactly.");
  }
  if (!Number.isInteger(value)) return Math.ceil(String(size).length / 2) + 1;
  let digits = 3;
  for (let above = 1_000; above <= size; above *= 10) digits++;
  return Math.ceil(digits / 2) + 1;
}

/** Throws `TableLimitExceeded` for a transaction with no write, more than 100, or a key that is named twice. */
export function checkTransaction(writes: Write[]): void {
  if (writes.length === 0) throw new TableLimitExceeded("A transaction needs at least one write.");
  if (writes.length > MAX_TRANSACTION_ITEMS) {
    throw new TableLimitExceeded(
      `A transaction of ${writes.length} items is over the limit of ${MAX_TRANSACTION_ITEMS}.`,
    );
  }
  const keys = new Set(writes.map((write) => keyText(keyOf(write))));
  if (keys.size < writes.length) throw new TableLimitExceeded("A transaction may name each key only once.");
}

/** Throws `TableLimitExceeded` when the items of a transaction are together over 4 MB. */
export function checkTransactionBytes(bytes: number): void {
  if (bytes > MAX_TRANSACTION_BYTES)
    throw new TableLimitExceeded(`A transaction of ${bytes} bytes is over the limit of 4 MB.`);
}

/** The keys without repeats; throws `TableLimitExceeded` above 100, as one batch read takes no more. */
export function distinctKeys(keys: Key[]): Key[] {
  const distinct = new Map(keys.map((key) => [keyText(key), key]));
  if (distinct.size > MAX_READ_KEYS)
    throw new TableLimitExceeded(`A read of ${distinct.size} keys is over the limit of ${MAX_READ_KEYS}.`);
  return [...distinct.values()];
}

/** The key that a write is about. */
export function keyOf(write: Write): Key {
  if ("put" in write) return write.put;
  return "delete" in write ? write.delete : write.check;
}

/** One text per key, different for different keys. */
export function keyText(key: Key): string {
  return `${key.pk.length}:${key.pk}${key.sk}`;
}

/** Does the condition hold of what is stored (`undefined`: nothing is)? */
export function holds(
  condition: Condition | undefined,
  stored: { version?: number | null | undefined } | undefined,
): boolean {
  if (condition === undefined) return true;
  if ("absent" in condition) return stored === undefined;
  if ("exists" in condition) return stored !== undefined;
  return stored !== undefined && stored.version === condition.version;
}

/** Takes rows until `limit` or 1 MB; `cut` says that more may follow, which is also so when the last row was just taken. */
export function takePage<T>(
  rows: Iterable<T>,
  limit: number | undefined,
  bytesOf: (row: T) => number,
): { rows: T[]; cut: boolean } {
  const taken: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += bytesOf(row);
    if (bytes > MAX_PAGE_BYTES && taken.length > 0) return { rows: taken, cut: true };
    taken.push(row);
    if (taken.length === limit) return { rows: taken, cut: true };
  }
  return { rows: taken, cut: false };
}

/** Bytes of one entry of an index that carries keys only. */
export function entryBytes(indexPk: string, entry: { at: string } & Key): number {
  return textBytes(indexPk) + textBytes(entry.at) + textBytes(entry.pk) + textBytes(entry.sk) + 15;
}

/** Which of `segments` equal parts of a scan holds the partition (FNV-1a of its key). */
export function segmentOf(pk: string, segments: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < pk.length; i++) hash = Math.imul(hash ^ pk.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % segments;
}
