// Decides when mails wait for the morning: quiet is what the clock on the reader's wall says, also when it is changed.
import { Temporal } from "temporal-polyfill";
import { DAY_MS, type Instant, utcDay } from "./instant.ts";
import { localTime } from "./zone.ts";

/** Local times of day, "21:00"; `from` is quiet, `to` is not any more. With `from` later than `to`: over midnight. */
export type QuietHours = { from: string; to: string };

type Span = { from: Instant; until: Instant };

/** What was computed lately. Only a store: the same question always has the same answer. */
const known = new Map<string, Span[]>();
const MAX_KNOWN = 5_000;

/** When quiet hours that are now end: the first instant from now on that is not quiet; `undefined` when it is not quiet now. */
export function quietUntil(now: Instant, hours: QuietHours, zone: string): Instant | undefined {
  const day = utcDay(now);
  const key = `${hours.from}-${hours.to} ${day} ${zone}`;
  let spans = known.get(key);
  if (spans === undefined) {
    spans = spansAround(day, hours, zone);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, spans);
  }
  return spans.find(({ from, until }) => from <= now && now < until)?.until;
}

/**
 * The quiet spans that touch a UTC day, whole. It becomes or ceases to be quiet only where the wall clock shows `from` or
 * `to`, which it may do twice a day, or where it is changed: at each of those it is asked what the clock shows.
 */
function spansAround(day: number, hours: QuietHours, zone: string): Span[] {
  const isQuiet = quietTimes(hours);
  const instants = [...new Set([...clockShows(day, hours, zone), ...clockChanges(day, zone)])].sort((a, b) => a - b);
  const spans: Span[] = [];
  let from: Instant | undefined;
  for (const at of instants) {
    const quiet = isQuiet(localTime(at, zone));
    if (quiet) from ??= at;
    else if (from !== undefined) {
      spans.push({ from, until: at });
      from = undefined;
    }
  }
  return spans;
}

/** Whether a time of day ("23:10") is quiet. Such texts sort as times do. */
function quietTimes({ from, to }: QuietHours): (time: string) => boolean {
  return from < to ? (time) => time >= from && time < to : (time) => time >= from || time < to;
}

/** Local days reach half a day into the UTC days beside theirs, and a night into the next. */
const DAYS_AROUND = 2;

function clockShows(day: number, { from, to }: QuietHours, zone: string): Instant[] {
  const date = Temporal.Instant.fromEpochMilliseconds(day * DAY_MS)
    .toZonedDateTimeISO("UTC")
    .toPlainDate();
  const instants: Instant[] = [];
  for (let days = -DAYS_AROUND; days <= DAYS_AROUND; days++) {
    for (const time of [from, to]) {
      const wanted = date.add({ days }).toPlainDateTime(time);
      for (const disambiguation of ["earlier", "later"] as const)
        instants.push(wanted.toZonedDateTime(zone, { disambiguation }).epochMilliseconds);
    }
  }
  return instants;
}

function clockChanges(day: number, zone: string): Instant[] {
  const last = (day + 1 + DAYS_AROUND) * DAY_MS;
  const instants: Instant[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds((day - DAYS_AROUND) * DAY_MS).toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds > last) return instants;
    instants.push(next.epochMilliseconds);
    at = next;
  }
}
