// Decides when a scheduled campaign comes round: once, or daily, weekly, monthly at a local time.
import * as z from "zod";
import type { Instant } from "./instant.ts";
import { oneOf } from "./one-of.ts";
import { timeSchema, zoneSchema } from "./settings.ts";
import { type LocalDate, localDate, localInstant, nextDay, weekdayNumber } from "./zone.ts";

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof weekdays)[number];
export const weekdaySchema = z.enum(weekdays, { error: "must be a day such as monday" });

const onceSchema = z.string().refine((text) => parseLocalTime(text) !== undefined, {
  error: 'must be a date and time such as "2026-12-01 09:00"',
});
const zone = zoneSchema.optional();

const schemas = {
  once: z.strictObject({ once: onceSchema, zone }),
  daily: z.strictObject({ daily: timeSchema, zone }),
  weekly: z.strictObject({ weekly: timeSchema, on: z.array(weekdaySchema).min(1), zone }),
  monthly: z.strictObject({
    monthly: timeSchema,
    on: z.union([z.int().min(1).max(31), z.literal("last")], { error: "must be a day from 1 to 31, or last" }),
    zone,
  }),
};
/** As a marketer writes it; without `zone` in the shop's own. */
export type Schedule = z.infer<(typeof schemas)[keyof typeof schemas]>;

export const scheduleSchema = oneOf<Schedule>(schemas, `needs exactly one of ${Object.keys(schemas).join(", ")}`);

type LocalTime = { date: LocalDate; time: string };

/** Reads "2026-12-01 09:00"; `undefined` for a date that does not exist. */
function parseLocalTime(text: string): LocalTime | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})[ T]((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text);
  if (!match) return undefined;
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const exists = date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= daysIn(date);
  return exists ? { date, time: match[4] as string } : undefined;
}

const daysIn = ({ year, month }: Pick<LocalDate, "year" | "month">) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Longest way to the next occurrence: a weekly one on one day, a monthly one on a day every month has. */
const MAX_DAYS_AHEAD = 62;

/**
 * The first occurrence strictly after an instant; `undefined` when there is none any more. A time that a clock change
 * skips becomes the first valid instant after it; the 31st of a shorter month is its last day.
 */
export function nextOccurrence(schedule: Schedule, after: Instant, shopZone: string): Instant | undefined {
  const zoneName = schedule.zone ?? shopZone;
  if ("once" in schedule) {
    const { date, time } = parseLocalTime(schedule.once) as LocalTime;
    const at = localInstant(date, time, zoneName);
    return at > after ? at : undefined;
  }
  const time = "daily" in schedule ? schedule.daily : "weekly" in schedule ? schedule.weekly : schedule.monthly;
  let date = localDate(after, zoneName);
  for (let ahead = 0; ahead <= MAX_DAYS_AHEAD; ahead++, date = nextDay(date)) {
    if (!fallsOn(schedule, date)) continue;
    const at = localInstant(date, time, zoneName);
    if (at > after) return at;
  }
  return undefined;
}

function fallsOn(schedule: Exclude<Schedule, { once: string }>, date: LocalDate): boolean {
  if ("daily" in schedule) return true;
  if ("weekly" in schedule) return schedule.on.includes(weekdays[weekdayNumber(date)] as Weekday);
  const last = daysIn(date);
  return date.day === (schedule.on === "last" ? last : Math.min(schedule.on, last));
}
