// Decides how an occurrence of a scheduled campaign reaches everybody it is for: a page of profiles at a time.
import { MINUTE_MS } from "../../domain/instant.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { isBackfilling } from "./backfill-jobs.ts";
import type { Job, PageResult } from "./job-record.ts";
import { type BroadcastParams, isScheduled, paramsAfter } from "./schedules.ts";
import { nextProfiles, touchProfiles, WALK_START, type WalkCursor } from "./walk.ts";

/** `segment`: whose members are walked. */
type Cursor = WalkCursor & { segment?: string };

/**
 * One page. The profiles are decided here and not by messages, so that live events do not queue behind them. A repeated
 * page is harmless: an occurrence is an entry of its own. While the campaign is paused its occurrences pass.
 */
export async function broadcastPage(ports: Ports, job: Job): Promise<PageResult> {
  const { campaign: id, occurrenceAt } = job.params as BroadcastParams;
  const catalogue = await loadCatalogue(ports);
  const campaign = catalogue.campaigns.get(id);
  if (!isScheduled(campaign)) return { next: "drop" };
  const over = (counts: Job["counts"]): PageResult => {
    const params = paramsAfter(catalogue, campaign, Math.max(ports.clock.now(), occurrenceAt));
    return params === undefined
      ? { next: "end", state: "done", counts }
      : { next: "wait", until: params.occurrenceAt, params, counts };
  };
  if (campaign.status === "paused") return over(job.counts);
  const { segment } = campaign.on;
  const cursor = job.cursor as Cursor | undefined;
  // Another segment was published on the way: its members have not been walked.
  const from: WalkCursor = cursor === undefined || cursor.segment !== segment ? WALK_START : cursor;
  const where = segment === undefined ? {} : { segment };
  // A segment may be as new as the campaign: its members are known once the back-fill is done.
  if (segment !== undefined && from === WALK_START && (await isBackfilling(ports, catalogue.seq))) {
    return { next: "wait", until: ports.clock.now() + MINUTE_MS, counts: job.counts };
  }
  const { ids, next } = await nextProfiles(ports, from, where);
  const occurrence = { campaign: id, at: occurrenceAt };
  const counts = await touchProfiles({ ports, catalogue }, ids, { counts: job.counts, occurrence });
  return next === undefined ? over(counts) : { next: "page", cursor: { ...where, ...next }, counts };
}
