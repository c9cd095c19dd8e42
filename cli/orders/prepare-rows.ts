// Decides which rows of an order file are handed on; the others are handed back with a reason.
import { type CsvFile, csvRows } from "./csv-file.ts";
import type { Importing, PreparedRow } from "./import-pages.ts";
import type { OrderColumns } from "./order-columns.ts";
import { OrderIds, orderFact, readOrder } from "./order-fact.ts";

/** `live`: the rows may trigger. */
export type Source = { file: CsvFile; columns: OrderColumns; type: string; live: boolean };

/** The sound rows in the order of the file; counts every row and rejects the unsound. */
export async function* preparedRows(
  { file, columns, type, live }: Source,
  { count, rejects }: Pick<Importing, "count" | "rejects">,
): AsyncGenerator<PreparedRow> {
  const ids = new OrderIds();
  for await (const row of csvRows(file)) {
    count.rows++;
    const order = readOrder(row, columns);
    const id = "problem" in order ? order : ids.idOf(order);
    if ("problem" in order || typeof id === "object") {
      rejects.add(row, (id as { problem: string }).problem);
      count.rejected++;
      continue;
    }
    yield { row: { line: row.line, text: row.text }, order, fact: orderFact(order, { type, id, live }) };
  }
}
