// Decides how the table contract writes small items and reads whole answers.
import { expect } from "vitest";
import type { Item, Page, Table } from "../../shared/pipeline/ports.ts";

/** A small item. */
export function put(pk: string, sk: string, more: Partial<Item> = {}): Item {
  return { schema: 1, ...more, pk, sk };
}

/** The sort keys of a page, in its order. */
export function keysOf(page: Page<{ sk: string }>): string[] {
  return page.items.map((item) => item.sk);
}

/** All sort keys of a partition. */
export async function texts(table: Table, pk: string): Promise<string[]> {
  return (await every((after) => table.query({ pk, ...after }))).map((item) => item.sk);
}

/** Follows `next` to the end. */
export async function every<T>(page: (after: { after?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 1_000; pages++) {
    const answer: Page<T> = await page(after === undefined ? {} : { after });
    items.push(...answer.items);
    if (answer.next === undefined) return items;
    after = answer.next;
  }
  expect.unreachable("The pages never end.");
}
