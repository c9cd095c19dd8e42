// Decides which columns of a CSV file hold what of an order.
import { closest } from "../../shared/domain/closest.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Arguments } from "../command.ts";
import { UsageError } from "../usage-error.ts";
import type { CsvFile } from "./csv-file.ts";

/** Positions of the columns; `currency` is a code for all rows, or a column. */
export type OrderColumns = {
  customer: number;
  at: number;
  amount: number;
  currency: { code: string } | { column: number };
  id?: number;
  quantity?: number;
  category?: number;
};

const currencies = new Set(Intl.supportedValuesOf("currency"));
export const isCurrency = (text: string): boolean => currencies.has(text);

/** Finds the columns that the options name; a name that is not in the header is answered with the nearest. */
export function orderColumns(args: Arguments, file: CsvFile): OrderColumns {
  const column = (option: string) => columnOf(file, args.text(option) as string);
  const optional = (option: "id" | "quantity" | "category") =>
    args.text(option) === undefined ? {} : { [option]: column(option) };
  return {
    customer: column("customer"),
    at: column("at"),
    amount: column("amount"),
    currency: currencyOf(file, args.text("currency") as string),
    ...optional("id"),
    ...optional("quantity"),
    ...optional("category"),
  };
}

function columnOf({ columns, shownAs }: CsvFile, name: string): number {
  const index = columns.indexOf(name);
  if (index >= 0 && columns.indexOf(name, index + 1) >= 0) {
    throw new Fault("column_twice", `${shownAs} has two columns "${name}"; rename one of them.`, { retryable: false });
  }
  if (index >= 0) return index;
  const near = nearest(name, columns);
  const message = `${shownAs} has no column "${name}".${near ? ` Did you mean ${near}?` : ""} Its columns: ${columns.join(", ")}.`;
  throw new Fault("no_such_column", message, { retryable: false });
}

function nearest(name: string, columns: string[]): string | undefined {
  const lower = name.toLowerCase();
  const within = columns.find(
    (column) => column.toLowerCase().includes(lower) || (column !== "" && lower.includes(column.toLowerCase())),
  );
  return closest(name, columns) ?? within;
}

function currencyOf(file: CsvFile, given: string): OrderColumns["currency"] {
  if (file.columns.includes(given) && !isCurrency(given)) return { column: columnOf(file, given) };
  if (isCurrency(given)) return { code: given };
  if (isCurrency(given.toUpperCase()))
    throw new UsageError(`Currencies are written in capitals: --currency ${given.toUpperCase()}.`);
  const near = nearest(given, file.columns);
  throw new UsageError(
    `--currency takes a code such as EUR, or a column; "${given}" is neither.${near ? ` Did you mean ${near}?` : ""} Columns of ${file.shownAs}: ${file.columns.join(", ")}.`,
  );
}
