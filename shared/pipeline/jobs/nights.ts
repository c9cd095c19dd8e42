// Decides which jobs come round every night, and when: the count of the shop's numbers, which also starts when somebody asks,
// what is taken over from the mail provider, and who is kept no longer.
import { DAY_MS, HOUR_MS, type Instant } from "../../domain/instant.ts";
import type { Ports } from "../ports.ts";
import { changeJob, type Job, type JobKind, newJob, waiting } from "./job-record.ts";

/** The one job of kind `nightly`. */
const NIGHTLY = "nightly";

/** Jobs that are there as long as something is published, one of each kind under its name, and their hours (UTC). */
const HOURS = { nightly: 2, "suppression-pull": 3, retention: 4 } as const satisfies Partial<Record<JobKind, number>>;
type StandingKind = keyof typeof HOURS;

/** The next start of a standing job after an instant. */
export function nextNight(after: Instant, kind: StandingKind = NIGHTLY): Instant {
  const start = Math.floor(after / DAY_MS) * DAY_MS + HOURS[kind] * HOUR_MS;
  return start > after ? start : start + DAY_MS;
}

/** Makes sure that every standing job comes round. */
export async function ensureStandingJobs(ports: Pick<Ports, "table" | "clock" | "ids">): Promise<void> {
  const createdAt = ports.clock.now();
  for (const kind of Object.keys(HOURS) as StandingKind[]) {
    const startsAt = nextNight(createdAt, kind);
    await changeJob(ports, kind, (job) => {
      if (job === undefined) return standing(kind, { createdAt, startsAt });
      return job.state === "failed" ? waiting(job, startsAt) : job;
    });
  }
}

/** Has the nightly job start over at an instant: now, for example after an import, or later, where nights are skipped. */
export async function startNightly(ports: Pick<Ports, "table" | "clock" | "ids">, at: Instant): Promise<void> {
  const when = { createdAt: ports.clock.now(), startsAt: at };
  await changeJob(ports, NIGHTLY, (job) => (job === undefined ? standing(NIGHTLY, when) : waiting(job, at)));
}

function standing(kind: StandingKind, when: { createdAt: Instant; startsAt: Instant }): Job {
  return newJob({ id: kind, kind, params: {} }, when);
}
