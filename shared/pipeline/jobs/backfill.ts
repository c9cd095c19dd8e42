// Decides how existing profiles meet newly published rules: each is touched once, and decides for itself what that means.
import type { Instant } from "../../domain/instant.ts";
import { DAY_MS } from "../../domain/instant.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { loadRollUp } from "../recount.ts";
import type { BackfillParams } from "./backfill-jobs.ts";
import type { Job, PageResult } from "./job-record.ts";
import { armSchedules } from "./schedules.ts";
import { nextProfiles, touchProfiles, WALK_START, type WalkCursor } from "./walk.ts";

/** First the profiles are counted, so that progress can be shown, then they are walked. */
type Cursor = WalkCursor & { phase: "count" | "walk" };

/** Keys that are counted at once. */
const COUNTED = 1_000;
/** A nightly count that is younger says how many profiles there are. */
const RECENT_MS = DAY_MS;

/**
 * One page. Interrupted anywhere it ends the same: touching a profile twice changes nothing. Schedules come first, then the
 * profiles, if the publication changed anything for them. A newer publication takes over what is left.
 */
export async function backfillPage(ports: Ports, job: Job): Promise<PageResult> {
  const { seq, publishedAt, changes } = job.params as BackfillParams;
  const { counts } = job;
  const cursor = job.cursor as Cursor | undefined;
  const catalogue = await loadCatalogue(ports);
  if (catalogue.seq !== seq) return { next: "end", state: "superseded", counts };
  if (cursor === undefined) {
    await armSchedules(ports, catalogue, publishedAt);
    return changes.length === 0 ? { next: "end", state: "done", counts } : firstCursor(ports);
  }
  if (cursor.phase === "count") return countKeys(ports, cursor, counts);
  const { ids, next } = await nextProfiles(ports, cursor);
  const touched = await touchProfiles({ ports, catalogue }, ids, { counts });
  if (next !== undefined) return { next: "page", cursor: { phase: "walk", ...next }, counts: touched };
  return { next: "end", state: "done", counts: { ...touched, total: touched["done"] as number } };
}

async function firstCursor(ports: Ports): Promise<PageResult> {
  const rollUp = await loadRollUp(ports);
  const now: Instant = ports.clock.now();
  if (rollUp === undefined || now - rollUp.asOf > RECENT_MS) {
    return { next: "page", cursor: { phase: "count", ...WALK_START }, counts: { done: 0 } };
  }
  return {
    next: "page",
    cursor: { phase: "walk", ...WALK_START },
    counts: { done: 0, total: rollUp.tally.profiles },
  };
}

async function countKeys(ports: Ports, cursor: Cursor, counts: Job["counts"]): Promise<PageResult> {
  const { ids, next } = await nextProfiles(ports, cursor, { limit: COUNTED });
  const counted = { ...counts, total: (counts["total"] ?? 0) + ids.length };
  return next === undefined
    ? { next: "page", cursor: { phase: "walk", ...WALK_START }, counts: counted }
    : { next: "page", cursor: { phase: "count", ...next }, counts: counted };
}
