// Decides which back-fill a publication needs: what it changes for profiles that exist already.
import { type Catalogue, campaignState } from "../../domain/catalogue.ts";
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Ports } from "../ports.ts";
import { type Job, loadJob, newJob } from "./job-record.ts";

/** What a publication may change for existing profiles. */
export type Change = "segments" | "counters" | "campaigns" | "drop";

/** `changes` also has what the back-fill before did not get done. */
export type BackfillParams = { seq: number; publishedAt: Instant; changes: Change[] };

/**
 * Longer than any function lives. A batch that was under way with the older catalogue may commit behind the back-fill; by
 * then it has, and profiles are touched once more.
 */
const OLDER_BATCHES_MS = 2 * MINUTE_MS;

const backfillId = (seq: number) => `backfill#${seq}`;
const recheckId = (seq: number) => `recheck#${seq}`;

/** The jobs of a publication: the back-fill, due now, and where it walks profiles, the same again a little later. */
export function backfillJobs({ seq, publishedAt, changes }: BackfillParams): Job[] {
  const job = (id: string, startsAt: Instant) =>
    newJob({ id, kind: "backfill", params: { seq, publishedAt, changes } }, { createdAt: publishedAt, startsAt });
  const first = job(backfillId(seq), publishedAt);
  return changes.length === 0 ? [first] : [first, job(recheckId(seq), publishedAt + OLDER_BATCHES_MS)];
}

/** Whether existing profiles are still being brought in line with a publication. */
export async function isBackfilling(ports: Pick<Ports, "table">, seq: number): Promise<boolean> {
  const job = await loadJob(ports, backfillId(seq));
  return job?.state === "waiting" || job?.state === "running";
}

/** What existing profiles must meet: what differs from the active catalogue, and what that one's own back-fill still owes. */
export async function changesFor(
  ports: Pick<Ports, "table">,
  active: Catalogue | undefined,
  next: Catalogue,
): Promise<Change[]> {
  // Before the first publication there are no profiles.
  if (active === undefined) return [];
  const jobs = await Promise.all([backfillId(active.seq), recheckId(active.seq)].map((id) => loadJob(ports, id)));
  const owed = jobs.flatMap((job) =>
    job === undefined || job.state === "done" ? [] : (job.params as BackfillParams).changes,
  );
  return [...new Set([...differences(active, next), ...owed])].sort();
}

function differences(active: Catalogue, next: Catalogue): Change[] {
  const rules = ({ segments }: Catalogue) => segments.map(({ id, ruleHash }) => `${id} ${ruleHash}`);
  const campaigns = (of: Catalogue) =>
    [...of.campaigns.values()].map((campaign) => `${campaign.id} ${campaignState(campaign)}`);
  const dropped = ({ settings }: Catalogue) => settings.drop.traits;
  const changes: Change[] = [];
  if (active.countersHash !== next.countersHash) changes.push("counters");
  if (!sameSet(rules(active), rules(next))) changes.push("segments");
  if (!sameSet(campaigns(active), campaigns(next))) changes.push("campaigns");
  if (dropped(next).some((name) => !dropped(active).includes(name))) changes.push("drop");
  return changes;
}

function sameSet(a: string[], b: string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}
