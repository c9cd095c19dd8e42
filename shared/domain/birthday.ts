// Decides when a birthday is celebrated: once per calendar year, in the morning of the person's own zone.
import type { Instant } from "./instant.ts";
import { celebratedIn, type MonthDay, parseMonthDay } from "./month-day.ts";
import { localInstant, localYear } from "./zone.ts";

export const BIRTHDAY_REACHED = "birthday.reached";

export type BirthdaySettings = { at: string };

/** Reads "YYYY-MM-DD" or "--MM-DD" (year unknown); `undefined` for a date that does not exist. */
export function parseBirthday(text: string): MonthDay | undefined {
  const date = parseMonthDay(text);
  return date && { month: date.month, day: date.day };
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
    const morning = localInstant(celebratedIn(year, date), when.at, when.zone);
    if (morning > when.after) return morning;
  }
  return undefined;
}
