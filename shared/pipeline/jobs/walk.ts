// Decides how a job goes over many profiles: a page of ids at a time, each profile decided and committed by itself.
import type { Catalogue } from "../../domain/catalogue.ts";
import type { Occurrence } from "../../domain/replay.ts";
import { announce } from "../announce.ts";
import { applyToProfile, newOutcome, type ProfileOutcome } from "../apply-to-profile.ts";
import { errorText } from "../error-text.ts";
import { Fault } from "../faults.ts";
import { inParallel } from "../in-parallel.ts";
import { LIST_SHARDS, memberPk, profileIdOf, profileListPks } from "../keys.ts";
import type { Ports } from "../ports.ts";
import type { Job } from "./job-record.ts";

/** Which part of the list, and behind which key of it. */
export type WalkCursor = { part: number; after?: string };

const PAGE = 100;
const PARALLEL = 10;

export const WALK_START: WalkCursor = { part: 0 };

/** The next ids of a segment's members, or of all profiles; `next` is absent behind the last. */
export async function nextProfiles(
  { table }: Pick<Ports, "table">,
  { part, after }: WalkCursor,
  { segment, limit = PAGE }: { segment?: string; limit?: number } = {},
): Promise<{ ids: string[]; next: WalkCursor | undefined }> {
  const from = { limit, ...(after !== undefined && { after }) };
  const page =
    segment === undefined
      ? await table.queryIndex("list", { pk: profileListPks[part] as string, ...from })
      : await table.query({ pk: memberPk(segment, part), ...from });
  const ids = page.items.map(({ pk, sk }) => (segment === undefined ? profileIdOf(pk) : sk));
  if (page.next !== undefined) return { ids, next: { part, after: page.next } };
  return { ids, next: part + 1 < LIST_SHARDS ? { part: part + 1 } : undefined };
}

/**
 * Has every profile decide what time, the rules of now and the occurrence bring; a profile that has had it already changes
 * nothing. Adds to the counts: `done`, `entered` (entries made here; those that a repeated page finds are not among them)
 * and `failed`, profiles that no trying again can help. Throws when some must be tried again, after all others are committed.
 */
export async function touchProfiles(
  { ports, catalogue }: { ports: Ports; catalogue: Catalogue },
  ids: string[],
  { counts, occurrence }: { counts: Job["counts"]; occurrence?: Occurrence },
): Promise<Job["counts"]> {
  const wokenAt = Math.max(ports.clock.now(), occurrence?.at ?? 0);
  const shell = { ports, catalogue };
  const outcomes: ProfileOutcome[] = [];
  let failed = counts["failed"] ?? 0;
  try {
    await inParallel(PARALLEL, ids, async (profileId) => {
      const outcome = newOutcome();
      outcomes.push(outcome);
      try {
        const touch = { profileId, wokenAt, inputs: [], isTouched: true as const, ...(occurrence && { occurrence }) };
        await applyToProfile(shell, touch, outcome);
      } catch (error) {
        if (!(error instanceof Fault) || error.retryable) throw error;
        failed++;
        ports.log.error("profile left out of a job", { profileId, error: errorText(error) });
      }
    });
  } finally {
    await announce({ ports, catalogue }, outcomes);
  }
  const entered = outcomes.flatMap((outcome) => outcome.entered);
  const ofThis = occurrence === undefined ? entered : entered.filter((campaign) => campaign === occurrence.campaign);
  return {
    ...counts,
    done: (counts["done"] ?? 0) + ids.length,
    entered: (counts["entered"] ?? 0) + ofThis.length,
    ...(failed > 0 && { failed }),
  };
}
