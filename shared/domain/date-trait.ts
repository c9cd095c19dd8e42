// Decides which instant a date in a trait means: a day is its first moment in the person's zone, an instant is itself.
import { type Instant, parseInstant } from "./instant.ts";
import type { Json } from "./json.ts";
import { midnight } from "./midnight.ts";

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Reads "2026-12-01" or an ISO instant; `undefined` for anything else, dates that do not exist included. */
export function parseDateTrait(value: Json | undefined, zone: string): Instant | undefined {
  if (typeof value !== "string") return undefined;
  const at = parseInstant(value);
  const day = DAY.exec(value);
  if (at === undefined || day === null) return at;
  return midnight({ year: Number(day[1]), month: Number(day[2]), day: Number(day[3]) }, zone);
}
