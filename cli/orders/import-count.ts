// Decides how an import is counted and told.
import { decimalsOf, type Money } from "../../shared/domain/money.ts";
import { countText, numberText } from "../output.ts";
import type { Order } from "./order-fact.ts";

export type ImportCount = {
  /** Rows read, header and empty lines not counted. */
  rows: number;
  applied: number;
  duplicates: number;
  rejected: number;
  /** Of people who were erased; absent when there are none. */
  erased?: number;
  profiles: Set<string>;
  /** Minor units per currency, of all rows that were not rejected. */
  totals: Map<string, bigint>;
};

export const newImportCount = (): ImportCount => ({
  rows: 0,
  applied: 0,
  duplicates: 0,
  rejected: 0,
  profiles: new Set(),
  totals: new Map(),
});

/** Counts an order that was taken, now or in an earlier run. */
export function countOrder(count: ImportCount, { customer, amount }: Order): void {
  count.profiles.add(customer);
  count.totals.set(amount.currency, (count.totals.get(amount.currency) ?? 0n) + BigInt(amount.amount));
}

/** What `--json` prints; totals are exact, as text. */
export function importCountJson({ profiles, totals, ...count }: ImportCount) {
  return {
    ...count,
    profiles: profiles.size,
    totals: Object.fromEntries([...totals].map(([currency, minor]) => [currency, decimalText(minor, currency)])),
  };
}

export function importCountText(count: ImportCount, rejectsPath: string): string {
  const taken = count.applied + count.duplicates;
  const totals = [...count.totals]
    .map(([currency, minor]) => `${numberedText(minor, currency)} ${currency}`)
    .join(", ");
  return [
    `${countText(taken, "order")} of ${countText(count.profiles.size, "profile")}${totals ? `, total ${totals}` : ""}`,
    `  ${numberText(count.applied)} new, ${numberText(count.duplicates)} duplicate, ${numberText(count.rejected)} rejected`,
    ...(count.erased === undefined
      ? []
      : [`  ${numberText(count.erased)} left out: these people were erased, and nothing is kept of them`]),
    ...(count.rejected > 0 ? [`  rejected rows with their reasons: ${rejectsPath}`] : []),
    "",
  ].join("\n");
}

function decimalText(minor: bigint, currency: Money["currency"]): string {
  const decimals = decimalsOf(currency);
  const digits = String(minor).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function numberedText(minor: bigint, currency: string): string {
  const [whole = "", fraction] = decimalText(minor, currency).split(".");
  return `${numberText(BigInt(whole))}${fraction === undefined ? "" : `.${fraction}`}`;
}
