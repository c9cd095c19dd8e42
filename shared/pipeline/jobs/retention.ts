// Decides how it comes that people who were not heard of for long are erased: every night where the shop wants it, or when
// somebody asks.
import { loadCatalogue } from "../catalogue-store.ts";
import { erasePerson } from "../erasure/erase.ts";
import { isHeardOf, keptSince, overdueIn } from "../erasure/retention.ts";
import type { Ports } from "../ports.ts";
import { changeJob, type Job, newJob, type PageResult, waiting } from "./job-record.ts";
import { nextNight } from "./nights.ts";
import type { WalkCursor } from "./walk.ts";

/** The one job of kind `retention`. */
const RETENTION = "retention";

/** `isAsked`: somebody started it, whatever the settings say. */
type Params = { isAsked?: true };

/** One page of profiles; `done` counts those looked at, `erased` those whose erasure has begun. Repeats change nothing. */
export async function retentionPage(ports: Ports, { params, cursor, counts }: Job): Promise<PageResult> {
  const catalogue = await loadCatalogue(ports);
  const now = ports.clock.now();
  const over = (counted: Job["counts"]): PageResult => ({
    next: "wait",
    until: nextNight(ports.clock.now(), RETENTION),
    counts: counted,
    params: {},
  });
  if (!catalogue.settings.retention.automatic && !(params as Params).isAsked) return over(counts);
  const from = cursor as WalkCursor | undefined;
  const due = { catalogue, before: keptSince(catalogue, now) };
  const page = await overdueIn(ports, due, from && { cursor: from });
  let erased = counts["erased"] ?? 0;
  for (const { profileId } of page.overdue) {
    // Whoever does something at this moment is kept.
    const unless = () => isHeardOf(ports, profileId, due);
    if ((await erasePerson(ports, profileId, { by: "retention", unless })) !== undefined) erased++;
  }
  const counted = { done: (counts["done"] ?? 0) + page.looked, erased };
  return page.next === undefined ? over(counted) : { next: "page", cursor: page.next, counts: counted };
}

/** Has it erase now; answers the job's id. */
export async function startRetention(ports: Pick<Ports, "table" | "clock" | "ids">): Promise<string> {
  const now = ports.clock.now();
  const params: Params = { isAsked: true };
  await changeJob(ports, RETENTION, (job) => {
    const known = job ?? newJob({ id: RETENTION, kind: RETENTION, params }, { createdAt: now, startsAt: now });
    return { ...waiting(known, now), params };
  });
  return RETENTION;
}
