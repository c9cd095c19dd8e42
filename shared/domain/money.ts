// Decides what money is: whole minor units of one currency, never compared across currencies.
import type { Json } from "./json.ts";

/** `amount` is an integer in minor units (cents); `currency` an ISO 4217 code. */
export type Money = { amount: number; currency: string };

const CURRENCY = /^[A-Z]{3}$/;

const ZERO_DECIMALS = new Set([
  "BIF",
  "CLP",
  "DJF",
  "GNF",
  "ISK",
  "JPY",
  "KMF",
  "KRW",
  "PYG",
  "RWF",
  "UGX",
  "UYI",
  "VND",
  "VUV",
  "XAF",
  "XOF",
  "XPF",
]);
const THREE_DECIMALS = new Set(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]);

/** How many decimals the currency's minor unit has (ISO 4217; every code not listed has two). */
export function decimalsOf(currency: string): number {
  return ZERO_DECIMALS.has(currency) ? 0 : THREE_DECIMALS.has(currency) ? 3 : 2;
}

/** Reads a decimal text or number ("29.33", 29.33) exactly into minor units; `undefined` when it is none or too precise. */
export function parseAmount(value: string | number, currency: string): Money | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/.exec(typeof value === "number" ? decimalText(value) : value.trim());
  if (!match) return undefined;
  const decimals = decimalsOf(currency);
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return undefined;
  const amount = Number(`${match[2]}${fraction.padEnd(decimals, "0")}`);
  return { amount: match[1] === "-" && amount !== 0 ? -amount : amount, currency };
}

/** Floats such as 0.1 + 0.2 carry noise behind the sixth decimal. */
function decimalText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(6))) : "";
}

/** Reads "80 EUR" or "80.50 EUR"; `undefined` when the text is no such amount. */
export function parseMoney(text: string): Money | undefined {
  const match = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(text.trim());
  return match ? parseAmount(match[1] as string, match[2] as string) : undefined;
}

/** Whether a plain value is money. */
export function isMoney(value: Json | undefined): value is Money {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Number.isSafeInteger(value["amount"]) &&
    typeof value["currency"] === "string" &&
    CURRENCY.test(value["currency"])
  );
}

/** The minor units of an amount in one currency; `undefined` for anything else, other currencies included. */
export function minorUnitsIn(currency: string, value: Json | undefined): number | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value["currency"] !== currency)
    return undefined;
  const { amount } = value;
  return Number.isSafeInteger(amount) ? (amount as number) : undefined;
}

/** Writes "80.50 EUR". */
export function moneyText({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${amount < 0 ? "-" : ""}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ""} ${currency}`;
}

/** The same for a computed number (an order's total): rounded to the currency's minor unit, half away from zero. */
export function roundAmount(value: number, currency: string): Money | undefined {
  const minor = Math.round(Math.abs(value) * 10 ** decimalsOf(currency) + 1e-7);
  return Number.isSafeInteger(minor) ? { amount: value < 0 && minor !== 0 ? -minor : minor, currency } : undefined;
}
