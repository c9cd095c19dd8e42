// Decides how a job is kept: what it is to do, where it stands, and when it goes on.
import type { Instant } from "../../domain/instant.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { insist } from "../insist.ts";
import { due, jobIdOf, jobKey, jobList, SCHEMA } from "../keys.ts";
import type { Item, Ports, Write } from "../ports.ts";

export type JobKind =
  | "nightly"
  | "backfill"
  | "broadcast"
  | "release"
  | "provider-check"
  | "suppression-pull"
  | "erasure"
  | "retention"
  | "reapply";

/**
 * `waiting` for its start, `running` page by page, or at its end: `done`, `superseded` by a newer job, `failed` by a fault
 * that trying again does not mend. A job at its end keeps its item and is not due any more.
 */
export type JobState = "waiting" | "running" | "done" | "superseded" | "failed";

export type Job = {
  id: string;
  kind: JobKind;
  /** Writes so far; 0 for a job that is not stored yet. */
  version: number;
  params: JsonObject;
  /** Where the next page begins; only its kind reads it. Absent before the first page. */
  cursor?: Json;
  /** What is shown of the progress: `done` profiles (or sends, of a release), of `total` where that is known. */
  counts: Record<string, number>;
  state: JobState;
  createdAt: Instant;
  /** While waiting: when it starts. */
  startsAt?: Instant;
  /** Of the last start. */
  startedAt?: Instant;
  finishedAt?: Instant;
  /** Why it failed. */
  problem?: string;
};

/** What a page of a job came to. */
export type PageResult =
  | { next: "page"; cursor: Json; counts: Job["counts"] }
  /** All is done until the next start. */
  | { next: "wait"; until: Instant; counts: Job["counts"]; params?: JsonObject }
  /** It goes on later: somebody else is at what it needs. */
  | { next: "turn"; until: Instant; counts: Job["counts"]; params: JsonObject }
  | { next: "end"; state: "done" | "superseded"; counts: Job["counts"] }
  | { next: "fail"; problem: string }
  /** What it was for is no longer there. */
  | { next: "drop" };

export function newJob(
  what: Pick<Job, "id" | "kind" | "params">,
  when: { createdAt: Instant; startsAt: Instant },
): Job {
  return { ...what, ...when, version: 0, counts: { done: 0 }, state: "waiting" };
}

/** The job waiting for a start, whatever it did before. */
export function waiting(job: Job, startsAt: Instant): Job {
  const { cursor: _, problem: __, ...rest } = job;
  return { ...rest, state: "waiting", startsAt };
}

/** The write of a job as it is now, if nobody else changed it; `dueAt` while it is running: when it is handed out again. */
export function jobWrite(job: Job, dueAt: Instant | undefined = job.startsAt): Write {
  const { version, kind, params, counts, state, createdAt, cursor, startsAt, startedAt, finishedAt, problem } = job;
  const put: Item = {
    ...jobKey(job.id),
    ...jobList(job),
    ...(dueAt !== undefined && due("JOB", job.id, dueAt)),
    schema: SCHEMA,
    version: version + 1,
    ...{ kind, params, counts, state, createdAt },
    ...(cursor !== undefined && { cursor }),
    ...(startsAt !== undefined && { startsAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(problem !== undefined && { problem }),
  };
  return { put, if: version === 0 ? { absent: true } : { version } };
}

export function readJob(item: Item): Job {
  const { pk, sk: _, schema: __, duePk: ___, dueAt: ____, listPk: _____, listSk: ______, ...rest } = item;
  return { ...(rest as unknown as Omit<Job, "id">), id: jobIdOf(pk) };
}

export async function loadJob({ table }: Pick<Ports, "table">, id: string): Promise<Job | undefined> {
  const item = await table.get(jobKey(id));
  return item && readJob(item);
}

/**
 * Changes a job whatever else happens to it: `change` is asked again when somebody else was quicker. The same job means
 * nothing to write, `undefined` that there is to be none.
 */
export function changeJob(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  id: string,
  change: (job: Job | undefined) => Job | undefined,
): Promise<void> {
  return insist(ports, id, async () => {
    const before = await loadJob(ports, id);
    const after = change(before);
    if (after === before) return;
    if (after !== undefined) await ports.table.write(jobWrite(after));
    else await ports.table.write({ delete: jobKey(id), if: { version: before?.version ?? 0 } });
  });
}
