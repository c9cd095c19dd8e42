// Decides when a birthday is celebrated: once per calendar year, in the morning of the person's own zone.
import type { Instant } from "./instant.ts";
import { localInstant, localYear } from "./zone.ts";

export const BIRTHDAY_REACHED = "birthday.reached";

export type BirthdaySettings = { at: string };
type MonthDay = { month: number; day: number };

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Reads "YYYY-MM-DD" or "--MM-DD" (year unknown); `undefined` for a date that does not exist. */
export function parseBirthday(text: string): MonthDay | undefined {
  const match = /^(?:(\d{4})|-)-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (day < 1 || day > (DAYS_IN_MONTH[month - 1] ?? 0)) return undefined;
  const leapDayOfPlainYear = month === 2 && day === 29 && match[1] !== undefined && !isLeap(Number(match[1]));
  return leapDayOfPlainYear ? undefined : { month, day };
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** 29 February is celebrated on 28 February in years that have none. */
function celebrated({ month, day }: MonthDay, year: number): MonthDay {
  return month === 2 && day === 29 && !isLeap(year) ? { month, day: 28 } : { month, day };
}

/**
 * The first birthday morning strictly after an instant, in a year later than `reachedYear`: so a changed birthday or a
 * changed zone never brings a second one in one year.
 */
export function nextBirthday(
  birthday: string,
  when: { zone: string; at: string; after: Instant; reachedYear?: number | undefined },
): Instant | undefined {
  const date = parseBirthday(birthday);
  if (date === undefined) return undefined;
  const firstYear = Math.max(localYear(when.after, when.zone), (when.reachedYear ?? 0) + 1);
  for (const year of [firstYear, firstYear + 1]) {
    const morning = localInstant({ year, ...celebrated(date, year) }, when.at, when.zone);
    if (morning > when.after) return morning;
  }
  return undefined;
}
