// Decides on which day of a year a yearly day falls: 29 February is kept on 28 February in years that have none.

/** A day of every year; months and days count from 1. */
export type MonthDay = { month: number; day: number };

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Reads "YYYY-MM-DD" or "--MM-DD" (year unknown); `undefined` for a date that does not exist. */
export function parseMonthDay(text: string): (MonthDay & { year?: number }) | undefined {
  const match = /^(?:(\d{4})|-)-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (day < 1 || day > (DAYS_IN_MONTH[month - 1] ?? 0)) return undefined;
  if (match[1] === undefined) return { month, day };
  const year = Number(match[1]);
  return month === 2 && day === 29 && !isLeap(year) ? undefined : { year, month, day };
}

/** The day on which it is celebrated in a year. */
export function celebratedIn(year: number, { month, day }: MonthDay): MonthDay & { year: number } {
  return { year, month, day: month === 2 && day === 29 && !isLeap(year) ? 28 : day };
}
