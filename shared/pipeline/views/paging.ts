// Decides how lists are cut into pages for the outside: `{items, next}`, over several partitions as if they were one.
import { Fault } from "../faults.ts";
import type { IndexEntry, Page, Range } from "../ports.ts";

export type PageRequest = { limit: number; next?: string };
export type PageOf<T> = { items: T[]; next?: string };

/**
 * Walks partitions one after the other; the cursor names the partition and the place in it. Throws the fault
 * `bad_page_token` for a cursor that no page gave.
 */
export async function pageOver<T>(
  pks: readonly string[],
  request: PageRequest,
  fetch: (range: Range) => Promise<Page<T>>,
): Promise<PageOf<T>> {
  const [start, from] = readCursor(request.next, pks.length);
  const items: T[] = [];
  let after = from;
  for (let index = start; index < pks.length; index++) {
    for (;;) {
      const page = await fetch({
        pk: pks[index] as string,
        limit: request.limit - items.length,
        ...(after !== undefined && { after }),
      });
      items.push(...page.items);
      after = page.next;
      if (items.length >= request.limit) {
        if (after !== undefined) return { items, next: writeCursor(index, after) };
        return index + 1 < pks.length ? { items, next: writeCursor(index + 1, undefined) } : { items };
      }
      if (after === undefined) break;
    }
  }
  return { items };
}

/** Merges partitions by the index sort key (ascending) into one page; the cursor is the last sort key given. */
export async function mergeByTime(
  pks: readonly string[],
  request: { limit: number; from?: string; to?: string },
  fetch: (range: Range) => Promise<Page<IndexEntry>>,
): Promise<IndexEntry[]> {
  const bounds = {
    ...(request.from !== undefined && { from: request.from }),
    ...(request.to !== undefined && { to: request.to }),
  };
  const pages = await Promise.all(pks.map((pk) => fetch({ pk, limit: request.limit + 1, ...bounds })));
  return pages
    .flatMap((page) => page.items)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(0, request.limit + 1);
}

/** A cursor as it stands in an address: nothing in it needs escaping. */
export const asToken = (cursor: string): string => Buffer.from(cursor, "utf8").toString("base64url");

/** The cursor of a token; `undefined` for a text that is none. */
export function ofToken(token: string): string | undefined {
  const cursor = Buffer.from(token, "base64url").toString("utf8");
  return cursor !== "" && asToken(cursor) === token ? cursor : undefined;
}

function writeCursor(index: number, after: string | undefined): string {
  return asToken(after === undefined ? `${index}` : `${index}:${after}`);
}

function readCursor(text: string | undefined, parts: number): [number, string | undefined] {
  if (text === undefined) return [0, undefined];
  const match = /^(\d{1,6})(?::(.*))?$/s.exec(ofToken(text) ?? "");
  if (match && Number(match[1]) < parts) return [Number(match[1]), match[2]];
  throw new Fault("bad_page_token", "next is not one that an earlier page returned.", { retryable: false });
}
