// Decides how erasures are remembered in a table of their own: one item per erased profile or address, all in one partition.
import type { Erasures, Item, NotedErasure, Table } from "../pipeline/ports.ts";
import { notedKey } from "./noted-key.ts";

const PK = "ERASURES";

/** `table` is not the one they are about: that one may be restored to a time before them. */
export function tableErasures(table: Pick<Table, "write" | "query">): Erasures {
  return {
    note: (erasure) => table.write({ put: { pk: PK, sk: notedKey(erasure), schema: 1, erasure } }),
    list: async (next) => {
      const page = await table.query({ pk: PK, ...(next !== undefined && { after: next }) });
      return { items: page.items.map(erasureIn), ...(page.next !== undefined && { next: page.next }) };
    },
  };
}

const erasureIn = (item: Item) => item["erasure"] as NotedErasure;
