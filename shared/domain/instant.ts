// Decides how points in time and lengths of time are written: epoch milliseconds inside, ISO 8601 UTC at the edges.

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. Names of instants end in `At`. */
export type Instant = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Writes an instant as ISO 8601 UTC with milliseconds; such strings sort in time order. */
export function iso(at: Instant): string {
  const whole = Math.trunc(at);
  const second = Math.floor(whole / SECOND_MS);
  if (second !== last.second) last = { second, text: new Date(whole).toISOString().slice(0, -4) };
  const ms = whole - second * SECOND_MS;
  return `${last.text}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
}

/** The second written last: mostly it is asked for again. */
let last = { second: Number.NaN, text: "" };

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads an ISO 8601 instant or date (a missing zone means UTC); `undefined` when the text is neither. */
export function parseInstant(text: string): Instant | undefined {
  if (!ISO_INSTANT.test(text)) return undefined;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`;
  const at = Date.parse(zoned.replace(" ", "T").replace(",", "."));
  if (Number.isNaN(at) || iso(at).length !== 24) return undefined;
  return sameCalendarDay(text, at, zoned) ? at : undefined;
}

/** Guards against 30 February, which `Date.parse` rolls over in some notations. */
function sameCalendarDay(text: string, at: Instant, zoned: string): boolean {
  const offset = /([+-])(\d{2}):?(\d{2})$/.exec(zoned.slice(10));
  const shiftMs = offset
    ? (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * HOUR_MS + Number(offset[3]) * MINUTE_MS)
    : 0;
  return iso(at + shiftMs).slice(0, 10) === text.slice(0, 10);
}

const UNIT_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, year: 365 * DAY_MS } as const;
const DURATION = /^(\d{1,5})\s*(minute|hour|day|week|year)s?$/;

/** Reads "3 days", "90 minutes", "2 weeks", "3 years"; `undefined` when the text is no such duration. Days are 24 hours, years 365 days. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** The same with a sign: "-3 days" is before, "3 days" and "+3 days" after. */
export function parseOffset(text: string): number | undefined {
  const [, sign, length] = /^([+-]?)\s*(.*)$/.exec(text.trim()) as unknown as [string, string, string];
  const ms = parseDuration(length);
  return ms === undefined ? undefined : sign === "-" ? -ms : ms;
}

/** Number of the UTC day that holds the instant, counted from 1970-01-01. */
export function utcDay(at: Instant): number {
  return Math.floor(at / DAY_MS);
}
