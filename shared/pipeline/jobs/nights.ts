// Decides when the shop's numbers are counted anew: every night, or when somebody asks.
import { DAY_MS, HOUR_MS, type Instant } from "../../domain/instant.ts";
import type { Ports } from "../ports.ts";
import { changeJob, newJob, waiting } from "./job-record.ts";

/** The one job of kind `nightly`. */
const NIGHTLY = "nightly";
const NIGHT_HOUR_UTC = 2;

/** The next start of the nightly job after an instant. */
export function nextNight(after: Instant): Instant {
  const start = Math.floor(after / DAY_MS) * DAY_MS + NIGHT_HOUR_UTC * HOUR_MS;
  return start > after ? start : start + DAY_MS;
}

/** Makes sure that the nightly job comes round. */
export async function ensureNightly({ table, clock }: Pick<Ports, "table" | "clock">): Promise<void> {
  const createdAt = clock.now();
  await changeJob({ table }, NIGHTLY, (job) => {
    if (job === undefined) return nightlyAt(createdAt, nextNight(createdAt));
    return job.state === "failed" ? waiting(job, nextNight(createdAt)) : job;
  });
}

/** Has the nightly job start over at an instant: now, for example after an import, or later, where nights are skipped. */
export async function startNightly({ table, clock }: Pick<Ports, "table" | "clock">, at: Instant): Promise<void> {
  const createdAt = clock.now();
  await changeJob({ table }, NIGHTLY, (job) => (job === undefined ? nightlyAt(createdAt, at) : waiting(job, at)));
}

function nightlyAt(createdAt: Instant, startsAt: Instant) {
  return newJob({ id: NIGHTLY, kind: "nightly", params: {} }, { createdAt, startsAt });
}
