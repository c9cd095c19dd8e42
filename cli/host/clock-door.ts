// Decides how time is moved from outside: by a duration or to an instant, forward only.
import { Temporal } from "temporal-polyfill";
import { type Instant, iso, parseInstant } from "../../shared/domain/instant.ts";
import type { LocalHost } from "./host.ts";
import { jsonAnswer, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";

const EXAMPLE = 'Send {"advance":"P3D"} or {"to":"2027-01-01T08:00:00Z"}.';
/** One call does everything in between before it answers; ten years is already a long wait. */
const FARTHEST_YEARS = 10;

type Asked = { until: Instant } | { status: 400 | 409; code: string; message: string };

/** `GET /api/clock`: what time it is here. */
export function showClock({ data }: LocalHost): LocalAnswer {
  return jsonAnswer(200, { now: iso(data.clock.now()) });
}

/** `POST /api/clock`: answers when everything due until then has happened, in order. */
export async function moveClock(host: LocalHost, { body }: LocalRequest): Promise<LocalAnswer> {
  const asked = untilOf(body, host.data.clock.now());
  if ("status" in asked) return problemAnswer(asked.status, asked.code, asked.message);
  await host.advanceTo(asked.until);
  return showClock(host);
}

function untilOf(body: string, now: Instant): Asked {
  const given = parsed(body);
  if (given === undefined) return wrong(`The body is not a JSON object. ${EXAMPLE}`);
  const { advance, to, ...others } = given;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) return wrong(`There is no field "${unknown.slice(0, 40)}" here. ${EXAMPLE}`);
  if ((advance === undefined) === (to === undefined)) return wrong(`Say either advance or to. ${EXAMPLE}`);
  const until = advance === undefined ? instantOf(to) : afterDuration(advance, now);
  if (typeof until !== "number") return until;
  if (until < now) {
    const message = `The clock never goes back: it shows ${iso(now)}, asked for was ${iso(until)}.`;
    return { status: 409, code: "clock_backwards", message };
  }
  const farthest = afterDuration(`P${FARTHEST_YEARS}Y`, now);
  if (typeof farthest === "number" && until > farthest) {
    return wrong(`One call moves the clock by ${FARTHEST_YEARS} years at most, to ${iso(farthest)}.`);
  }
  return { until };
}

/** Months and years are those of the UTC calendar: a month after 31 January is the end of February. */
function afterDuration(text: unknown, now: Instant): Instant | Asked {
  try {
    const duration = Temporal.Duration.from(String(typeof text === "string" ? text : ""));
    return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO("UTC").add(duration).epochMilliseconds;
  } catch {
    return wrong(`advance must be an ISO 8601 duration such as P3D, PT2H, P1W or P1M. ${EXAMPLE}`);
  }
}

function instantOf(text: unknown): Instant | Asked {
  const at = typeof text === "string" ? parseInstant(text) : undefined;
  return at ?? wrong(`to must be an ISO 8601 instant such as 2027-01-01T08:00:00Z. ${EXAMPLE}`);
}

const wrong = (message: string): Asked => ({ status: 400, code: "bad_clock", message });

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
