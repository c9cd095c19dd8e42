// Decides which days a profile bought on: distinct UTC days, several purchases on one day count as one.
import { type Instant, utcDay } from "./instant.ts";

/** More distinct days than this are kept as a number: only a purchase that arrives later than all of them is not told apart. */
const MAX_DAYS = 366;

/** `count` distinct days since `first`; `days` holds the most recent ones, ascending. Day numbers count from 1970-01-01. */
export type PurchaseDays = { count: number; first: number; days: number[] };

/** The days after one more purchase. Order of arrival does not matter within the most recent 366 purchase days. */
export function addPurchase(known: PurchaseDays | undefined, at: Instant): PurchaseDays {
  const day = utcDay(at);
  if (known === undefined) return { count: 1, first: day, days: [day] };
  const forgotten = known.count > known.days.length;
  if (known.days.includes(day) || (forgotten && day < (known.days[0] as number))) return known;
  const position = known.days.findLastIndex((other) => other < day) + 1;
  const days = known.days.toSpliced(position, 0, day).slice(-MAX_DAYS);
  return { count: known.count + 1, first: Math.min(known.first, day), days };
}

/** Number of gaps between successive purchase days, and their sum in days. */
export function gapsOf(known: PurchaseDays): { count: number; sumDays: number } {
  return { count: known.count - 1, sumDays: (known.days.at(-1) as number) - known.first };
}
