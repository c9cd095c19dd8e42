// Decides which instant somebody asks about: written out, as a date, or as a length of time from now.
import { EARLIEST_AT } from "./event.ts";
import { DAY_MS, type Instant, parseInstant, parseOffset } from "./instant.ts";

/** How far ahead can be asked: rules look no further back either. */
const MAX_AHEAD_DAYS = 1_827;

/** What can be asked, in one phrase. */
export const ASKED_INSTANTS =
  'an instant such as 2026-03-01T10:00:00Z, a date such as 2026-03-01 (its start in UTC), or a length of time from now such as "-3 days" or "2 weeks"';

/** Whether a text is one of these, whatever the time. */
export function isAskedInstant(text: string): boolean {
  return parseOffset(text) !== undefined || parseInstant(text.trim()) !== undefined;
}

/** Reads what was asked; `undefined` when it is no instant, before 1900, or more than five years ahead. */
export function parseAskedInstant(text: string, now: Instant): Instant | undefined {
  const offset = parseOffset(text);
  const at = offset === undefined ? parseInstant(text.trim()) : now + offset;
  return at !== undefined && at >= EARLIEST_AT && at <= now + MAX_AHEAD_DAYS * DAY_MS ? at : undefined;
}
