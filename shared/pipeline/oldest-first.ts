// Decides in which order the entries of several due partitions come: by time, as if they were one.
import type { IndexEntry, Table } from "./ports.ts";

type Part = { pk: string; entries: IndexEntry[]; after: string | undefined; ended: boolean };

/** Due entries up to an instant, the oldest of all partitions first, in pages of `limit`. Reads each partition page by page. */
export async function* oldestFirst(
  table: Table,
  pks: readonly string[],
  { to, limit }: { to: string; limit: number },
): AsyncGenerator<IndexEntry[]> {
  const parts = pks.map((pk): Part => ({ pk, entries: [], after: undefined, ended: false }));
  const refill = async (part: Part) => {
    while (part.entries.length === 0 && !part.ended) {
      const { after } = part;
      const page = await table.queryIndex("due", { pk: part.pk, to, limit, ...(after !== undefined && { after }) });
      part.entries = page.items;
      part.after = page.next;
      part.ended = page.next === undefined;
    }
  };
  for (let page: IndexEntry[] = []; ; ) {
    await Promise.all(parts.map(refill));
    const open = parts.filter(({ entries }) => entries.length > 0);
    if (open.length === 0) {
      if (page.length > 0) yield page;
      return;
    }
    // Until one of the partitions must be read on, the oldest of their heads is the oldest of all.
    while (page.length < limit && open.every(({ entries }) => entries.length > 0)) {
      const oldest = open.reduce((a, b) => (headOf(b).at < headOf(a).at ? b : a));
      page.push(oldest.entries.shift() as IndexEntry);
    }
    if (page.length < limit) continue;
    yield page;
    page = [];
  }
}

const headOf = (part: Part) => part.entries[0] as IndexEntry;
