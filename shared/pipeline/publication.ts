// Decides what a publication writes: definitions that never change, the pointer to the active ones, its place in the history,
// and the jobs that bring existing profiles in line.
import { type Catalogue, liveSinceAfter } from "../domain/catalogue.ts";
import { type Definition, definitionHash } from "../domain/definition.ts";
import type { JsonObject } from "../domain/json.ts";
import { inParallel } from "./in-parallel.ts";
import { backfillJobs, changesFor } from "./jobs/backfill-jobs.ts";
import { jobWrite } from "./jobs/job-record.ts";
import { activeKey, campaignsEverKey, definitionKey, historyKey, revisionKey, SCHEMA } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";

/** What is kept of a publication in the history: who made it, and why. */
export type Told = { by?: string; note?: string };

const PARALLEL_WRITES = 10;

/** Stores the items that never change: writing them again, after a crash too, is harmless. */
export async function storeDefinitions(
  { table }: Pick<Ports, "table">,
  definitions: Definition[],
  revision: string,
): Promise<void> {
  await inParallel(PARALLEL_WRITES, definitions, (definition) => {
    const key = definitionKey(definitionHash(definition));
    return table.write({ put: { ...key, schema: SCHEMA, definition: definition as unknown as JsonObject } });
  });
  // The same set in another order is the same revision, and keeps the order it first had.
  if ((await table.get(revisionKey(revision))) !== undefined) return;
  await table.write({
    put: { ...revisionKey(revision), schema: SCHEMA, definitions: definitions.map(definitionHash) },
  });
}

/** All that makes `next` active after `before`, to be written together: five items at most, if nobody else published. */
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
  ];
}
