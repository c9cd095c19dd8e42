// Decides when a yearly day comes: on the local day, never in the year it began, 29 February on 28 February of other years.
import { DAY_MS, type Instant } from "./instant.ts";
import { midnight } from "./midnight.ts";
import { celebratedIn, type MonthDay } from "./month-day.ts";
import { localYear } from "./zone.ts";

/** `year`: when it began; unknown for "--MM-DD", which every year has. */
export type Yearly = MonthDay & { year?: number };

/** The time in which an anniversary is there or about to come, from midnight to midnight of the person's own zone. */
type Stretch = { from: Instant; until: Instant };

/** No zone is more than a day away from UTC: only around New Year the calendar has to be asked. */
function yearIn(at: Instant, zone: string): number {
  const before = new Date(at - DAY_MS).getUTCFullYear();
  return before === new Date(at + DAY_MS).getUTCFullYear() ? before : localYear(at, zone);
}

/**
 * The last stretch that has begun at the instant and the next one to come; a stretch is the local day itself and the `days`
 * before it. `undefined` where there is none: an anniversary begins a year after its date.
 */
export function stretchesAround(
  yearly: Yearly,
  at: Instant,
  { zone, days }: { zone: string; days: number },
): { last: Stretch | undefined; next: Stretch } {
  const stretchOf = (year: number): Stretch => {
    const day = celebratedIn(year, yearly);
    return { from: midnight(day, zone, -days), until: midnight(day, zone, 1) };
  };
  const first = yearly.year === undefined ? Number.NEGATIVE_INFINITY : yearly.year + 1;
  // A stretch of the year after may have begun already; that of the year before has begun for sure.
  let year = Math.max(first, yearIn(at, zone) - 1);
  let last: Stretch | undefined;
  for (let next = stretchOf(year); ; next = stretchOf(year)) {
    if (next.from > at) return { last, next };
    last = next;
    year += 1;
  }
}
