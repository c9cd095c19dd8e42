// Decides when a day begins in a zone, quickly: reckoning in zones takes microseconds, and rules ask for the same days again.
import type { Instant } from "./instant.ts";
import { type LocalDate, localInstant, nextDay } from "./zone.ts";

/** What was computed lately. Only a store: the same question always has the same answer. */
const known = new Map<string, Instant>();
const MAX_KNOWN = 5_000;

/** The first instant of a local day, or of the one so many days after it (before, when negative). */
export function midnight(date: LocalDate, zone: string, days = 0): Instant {
  const key = `${date.year}-${date.month}-${date.day} ${days} ${zone}`;
  let at = known.get(key);
  if (at === undefined) {
    at = localInstant(days === 0 ? date : nextDay(date, days), "00:00", zone);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, at);
  }
  return at;
}
