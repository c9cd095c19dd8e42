// Decides what a publication writes: the pointer to what is active, its place in the history, and the jobs that bring existing
// profiles in line.
import { type Catalogue, liveSinceAfter, statusOf } from "../domain/catalogue.ts";
import { definitionHash } from "../domain/definition.ts";
import type { Instant } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import { backfillJobs, changesFor } from "./jobs/backfill-jobs.ts";
import { jobWrite } from "./jobs/job-record.ts";
import { releaseWrite } from "./jobs/release-jobs.ts";
import { activeKey, campaignsEverKey, historyKey, SCHEMA } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";

/** What is kept of a publication in the history: who made it, and why. */
export type Told = { by?: string; note?: string };

/** All that makes `next` active after `before`, to be written together: 25 items at most, if nobody else published. */
export async function publicationWrites(
  { table, clock }: Pick<Ports, "table" | "clock">,
  { before, ever, next, told }: { before: Catalogue | undefined; ever: string[]; next: Catalogue; told: Told },
): Promise<Write[]> {
  const { revision, seq } = next;
  const { by, note } = told;
  const publishedAt = clock.now();
  const publication = { schema: SCHEMA, revision, publishedAt };
  const liveSince = liveSinceAfter(before?.liveSince, next, publishedAt) as unknown as JsonObject;
  const campaigns = [...new Set([...ever, ...next.campaigns.keys()])].sort();
  const changes = await changesFor({ table }, before, next);
  return [
    {
      put: { ...activeKey, ...publication, version: seq, liveSince, earlier: next.earlier.map(definitionHash) },
      if: before === undefined ? { absent: true } : { version: before.seq },
    },
    { put: { ...historyKey(seq), ...publication, ...(by && { by }), ...(note && { note }) }, if: { absent: true } },
    { put: { ...campaignsEverKey, schema: SCHEMA, campaigns } },
    ...backfillJobs({ seq, publishedAt, changes }).map((job) => jobWrite(job)),
    ...(await releaseWrites({ table }, { before, next, publishedAt })),
  ];
}

/** More campaigns than this are released together. */
const MAX_RELEASES = 20;

/**
 * Sends of campaigns that were paused in the catalogue and are not any more are to be judged again; also those of campaigns that
 * are archived now, since a stop switch may have held them.
 */
async function releaseWrites(
  ports: Pick<Ports, "table">,
  { before, next, publishedAt }: { before: Catalogue | undefined; next: Catalogue; publishedAt: Instant },
): Promise<Write[]> {
  const changed = [...(before?.campaigns.values() ?? [])].filter(({ id, status }) => {
    const now = statusOf(next, id);
    return status === "paused" ? now !== "paused" : status === "live" && now === "archived";
  });
  const resumed = changed.map(({ id }) => id);
  const jobs = resumed.length > MAX_RELEASES ? [undefined] : resumed;
  return Promise.all(jobs.map((campaign) => releaseWrite(ports, campaign, publishedAt)));
}
