// Decides which instant a time in a test means: local in the shop's zone, an instant with a zone, or so long after a line.
import { type Instant, MINUTE_MS, parseDuration, parseInstant } from "../../domain/instant.ts";
import { localInstant, nextDay } from "../../domain/zone.ts";

/** A stretch of time: `until` is not in it. */
export type Span = { from: Instant; until: Instant };

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[ T]((?:[01]\d|2[0-3]):[0-5]\d))?$/;
const NOON = "12:00";

/** What is wrong with a time as written; `undefined` when nothing is. */
export function timeProblem(text: string): string | undefined {
  if (text.startsWith("+")) {
    return parseDuration(text.slice(1)) === undefined
      ? 'must be a duration such as "+4 hours" or "+3 days"'
      : undefined;
  }
  if (parseInstant(text) !== undefined) return undefined;
  return LOCAL.test(text)
    ? "is a day that does not exist"
    : 'must be a time such as "2026-03-02 10:00", or "+4 hours" after the line above';
}

/** The instant of a checked time; `before` is that of the line above. */
export function instantOf(text: string, { zone, before }: { zone: string; before: Instant }): Instant {
  return spanOf(text, { zone, before }).noon;
}

/** What a checked time covers: a day alone the whole day, everything else its minute. */
export function spanOf(text: string, { zone, before }: { zone: string; before: Instant }): Span & { noon: Instant } {
  const minute = (at: Instant) => ({ from: at, until: at + MINUTE_MS, noon: at });
  if (text.startsWith("+")) return minute(before + (parseDuration(text.slice(1)) as number));
  const [, year, month, day, time] = LOCAL.exec(text) ?? [];
  if (year === undefined) return minute(parseInstant(text) as Instant);
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  if (time !== undefined) return minute(localInstant(date, time, zone));
  return {
    from: localInstant(date, "00:00", zone),
    until: localInstant(nextDay(date), "00:00", zone),
    noon: localInstant(date, NOON, zone),
  };
}
