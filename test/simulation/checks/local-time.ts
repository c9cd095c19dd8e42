// Decides what the clock on the wall shows somewhere, by nothing but Intl: the checks' own reckoning.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { SettingsRules } from "../rules.ts";

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) {
    try {
      const how = { timeZone: zone, hourCycle: "h23", dateStyle: "short", timeStyle: "medium" } as const;
      formats.set(zone, new Intl.DateTimeFormat("sv-SE", how));
    } catch {
      formats.set(zone, undefined);
    }
  }
  return formats.get(zone);
}

/** "2026-03-29 02:59:59" where the zone is. */
export function wallClock(at: Instant, zone: string): string {
  return (formatOf(zone) as Intl.DateTimeFormat).format(at);
}

/** Where a person lives, from what they said. */
export function zoneFor(
  { timezone, country }: { timezone: string | undefined; country: string | undefined },
  settings: SettingsRules["timezone"],
): string {
  if (timezone !== undefined && formatOf(timezone) !== undefined) return timezone;
  return (country === undefined ? undefined : settings.byCountry[country]) ?? settings.default;
}

/** Whether the wall clock shows a time from `from` on and before `to`, over midnight where that is earlier. */
export function isWithin(clock: string, { from, to }: { from: string; to: string }): boolean {
  const time = clock.slice(11, 16);
  return from < to ? from <= time && time < to : time >= from || time < to;
}

const STEP_MS = 10 * 60_000;

/** Whether it is quiet from an instant until just before another one. */
export function isQuietUntil(span: { zone: string; hours: { from: string; to: string }; at: Instant; until: Instant }) {
  const { zone, hours, at, until } = span;
  const isQuiet = (instant: Instant) => isWithin(wallClock(instant, zone), hours);
  if (!(until > at) || !isQuiet(at) || !isQuiet(until - 1)) return false;
  for (let instant = at + STEP_MS; instant < until; instant += STEP_MS) if (!isQuiet(instant)) return false;
  return true;
}
