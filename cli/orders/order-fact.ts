// Decides how one row of an order file becomes a fact, or why it cannot.
import { createHash } from "node:crypto";
import { type Instant, iso, parseInstant } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { type Money, parseAmount } from "../../shared/domain/money.ts";
import type { ImportedFact } from "../../shared/pipeline/import-page.ts";
import type { CsvRow } from "./csv-file.ts";
import { isCurrency, type OrderColumns } from "./order-columns.ts";

/** One order as written, before it has an id. */
export type Order = {
  customer: string;
  at: Instant;
  amount: Money;
  orderId?: string;
  quantity?: number;
  category?: string;
};

/** Reads a row, or says what is wrong with it. Dates without a time are midnight UTC. */
export function readOrder({ cells, problem }: CsvRow, columns: OrderColumns): Order | { problem: string } {
  if (problem !== undefined) return { problem };
  const cell = (index: number) => (cells[index] ?? "").trim();
  const customer = cell(columns.customer);
  if (customer === "") return { problem: "names no customer" };
  const at = parseInstant(cell(columns.at));
  if (at === undefined)
    return { problem: `"${cell(columns.at)}" is not a date such as 1997-01-31 or 1997-01-31T10:00:00Z` };
  const currency = "code" in columns.currency ? columns.currency.code : cell(columns.currency.column).toUpperCase();
  if (!isCurrency(currency)) return { problem: `"${currency}" is not a currency such as EUR` };
  const amount = parseAmount(plainNumber(cell(columns.amount)), currency);
  if (amount === undefined)
    return { problem: `"${cell(columns.amount)}" is not an amount of ${currency} such as 29.90` };
  if (amount.amount < 0) return { problem: `${cell(columns.amount)} is negative; a refund is not a purchase` };
  const order: Order = { customer, at, amount };
  if (columns.id !== undefined) {
    order.orderId = cell(columns.id);
    if (order.orderId === "") return { problem: "has no order id" };
  }
  if (columns.quantity !== undefined) {
    order.quantity = Number(plainNumber(cell(columns.quantity)));
    if (cell(columns.quantity) === "" || !(order.quantity >= 0))
      return { problem: `"${cell(columns.quantity)}" is not a quantity` };
  }
  if (columns.category !== undefined && cell(columns.category) !== "") order.category = cell(columns.category);
  return order;
}

/** "1.234,56", "1,234.56" and "12,50" as "1234.56" and "12.50"; what could be read two ways ("1,234") stays as it is. */
function plainNumber(text: string): string {
  if (/^-?\d{1,3}(\.\d{3})+,\d{1,2}$/.test(text)) return text.replaceAll(".", "").replace(",", ".");
  if (/^-?\d{1,3}(,\d{3})+\.\d{1,2}$/.test(text)) return text.replaceAll(",", "");
  return /^-?\d+,\d{1,2}$/.test(text) ? text.replace(",", ".") : text;
}

/** Gives orders ids that are the same in every run, so that importing a file again changes nothing. */
export class OrderIds {
  readonly #seen = new Map<number, number>();

  /**
   * The order's own id, or a hash of what it says and how many equal rows came before: two equal orders of one day are
   * two. An own id that stands for something else in an earlier row is a problem.
   */
  idOf(order: Order): string | { problem: string } {
    const meaning = createHash("sha256")
      .update(JSON.stringify([order.customer, order.at, order.amount, order.quantity, order.category]))
      .digest();
    const short = shortOf(meaning);
    if (order.orderId === undefined) {
      const before = this.#seen.get(short) ?? 0;
      this.#seen.set(short, before + 1);
      return `${meaning.toString("base64url").slice(0, 22)}-${before + 1}`;
    }
    const key = shortOf(createHash("sha256").update(order.orderId).digest());
    const known = this.#seen.get(key);
    if (known !== undefined && known !== short) {
      return {
        problem: `order ${order.orderId} stood in an earlier row with other values; if a row is one line of an order, leave out --id`,
      };
    }
    this.#seen.set(key, short);
    return order.orderId;
  }
}

/** 48 bits are enough to tell rows of one file apart, and small enough to keep one per row. */
const shortOf = (hash: Buffer) => hash.readUIntBE(0, 6);

/**
 * The fact of an order, as the import door takes it. A live order without an id of its own gets the row's, because
 * campaigns tell entries apart by order.
 */
export function orderFact(order: Order, { type, id, live }: { type: string; id: string; live: boolean }): ImportedFact {
  const { customer, at, amount, quantity, category } = order;
  const orderId = order.orderId ?? (live ? id : undefined);
  const properties: JsonObject = {
    amount,
    ...(orderId !== undefined && { order_id: orderId }),
    ...(quantity !== undefined && { quantity }),
    ...(category !== undefined && { category }),
  };
  return { type, userId: customer, id, occurredAt: iso(at), declaredAt: iso(at), properties };
}
