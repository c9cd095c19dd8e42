// Decides in which time zone a person lives, and when a local date and time comes there.
import { Temporal } from "temporal-polyfill";
import type { Instant } from "./instant.ts";
import { countryOf, type Traits, textTrait } from "./trait.ts";

/** Zone of profiles that name none: by country, else the default. */
export type ZoneSettings = { default: string; byCountry: Record<string, string> };

const known = new Map<string, boolean>();

/** Whether the text is an IANA zone name this runtime knows. */
export function isZone(name: string): boolean {
  let valid = known.get(name);
  if (valid === undefined) {
    valid = /^[A-Za-z]/.test(name) && canReckonIn(name);
    if (known.size < 2_000) known.set(name, valid);
  }
  return valid;
}

/** Asks the very library that reckons in the zone later: `Intl` alone also takes names such as IST, which Temporal refuses. */
function canReckonIn(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** The profile's zone: its `timezone` trait, else its country's, else the default. A zone that does not exist counts as none. */
export function zoneOf(traits: Traits, settings: ZoneSettings): string {
  const named = textTrait(traits, "timezone");
  if (named !== undefined && isZone(named)) return named;
  const country = countryOf(traits);
  return (country !== undefined && settings.byCountry[country]) || settings.default;
}

/** The instant of a local date and time ("09:00"); a time that a clock change skips becomes the first valid instant after. */
export function localInstant(date: LocalDate, time: string, zone: string): Instant {
  const wanted = Temporal.PlainDate.from(date).toPlainDateTime(Temporal.PlainTime.from(time));
  const zoned = wanted.toZonedDateTime(zone, { disambiguation: "compatible" });
  if (zoned.toPlainDateTime().equals(wanted)) return zoned.epochMilliseconds;
  const before = wanted.toZonedDateTime(zone, { disambiguation: "earlier" });
  return before.getTimeZoneTransition("next")?.epochMilliseconds ?? zoned.epochMilliseconds;
}

/** A day of the calendar, in whatever zone; months and days count from 1. */
export type LocalDate = { year: number; month: number; day: number };

/** The calendar day in the zone at the instant. */
export function localDate(at: Instant, zone: string): LocalDate {
  const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return { year, month, day };
}

/** The day after, or `days` days after (before, when negative). */
export function nextDay(date: LocalDate, days = 1): LocalDate {
  const { year, month, day } = Temporal.PlainDate.from(date).add({ days });
  return { year, month, day };
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayNumber(date: LocalDate): number {
  return Temporal.PlainDate.from(date).dayOfWeek - 1;
}

/** The calendar year in the zone at the instant. */
export function localYear(at: Instant, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).year;
}

/** What the clock on the wall shows in the zone at the instant, to the minute: "23:10". */
export function localTime(at: Instant, zone: string): string {
  const { hour, minute } = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
