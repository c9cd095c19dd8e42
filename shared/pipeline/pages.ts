// Decides how long lists are walked: page by page, never more than one page in memory.
import type { IndexName, Item, Key, Range, Table } from "./ports.ts";

/** Every entry of an index partition, page by page, as whole items (1 read unit per 4 KB). */
export async function* itemsOfIndex(table: Table, index: IndexName, range: Range): AsyncGenerator<Item[]> {
  for (let after = range.after; ; ) {
    const page = await table.queryIndex(index, {
      ...range,
      limit: range.limit ?? 100,
      ...(after !== undefined && { after }),
    });
    if (page.items.length > 0) yield await table.getMany(page.items.map(({ pk, sk }) => ({ pk, sk })));
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** Every item of a key range, page by page. */
export async function* itemsOfRange(table: Table, range: Range): AsyncGenerator<Item[]> {
  for (let after = range.after; ; ) {
    const page = await table.query({ ...range, ...(after !== undefined && { after }) });
    if (page.items.length > 0) yield page.items;
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** What one call of `getMany` takes. */
const MOST_KEYS = 100;

/** Whole items of any number of keys; those that do not exist are left out. */
export async function itemsAt(table: Table, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    items.push(...(await table.getMany(keys.slice(start, start + MOST_KEYS).map(({ pk, sk }) => ({ pk, sk })))));
  }
  return items;
}
