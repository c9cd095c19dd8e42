// Decides in which time zone a person lives, and when a local date and time comes there.
import { Temporal } from "temporal-polyfill";
import type { Instant } from "./instant.ts";
import { type Traits, textTrait } from "./trait.ts";

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
  const country = textTrait(traits, "country")?.toUpperCase();
  return (country !== undefined && settings.byCountry[country]) || settings.default;
}

/** The instant of a local date and time ("09:00"); a time that a clock change skips becomes the first valid instant after. */
export function localInstant(date: { year: number; month: number; day: number }, time: string, zone: string): Instant {
  const wanted = Temporal.PlainDate.from(date).toPlainDateTime(Temporal.PlainTime.from(time));
  const zoned = wanted.toZonedDateTime(zone, { disambiguation: "compatible" });
  if (zoned.toPlainDateTime().equals(wanted)) return zoned.epochMilliseconds;
  const before = wanted.toZonedDateTime(zone, { disambiguation: "earlier" });
  return before.getTimeZoneTransition("next")?.epochMilliseconds ?? zoned.epochMilliseconds;
}

/** The calendar year in the zone at the instant. */
export function localYear(at: Instant, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).year;
}
