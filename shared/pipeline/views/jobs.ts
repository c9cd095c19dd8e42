// Decides what is shown of jobs: what they are for, how far they are, and when they go on.
import { type Instant, iso } from "../../domain/instant.ts";
import { type Job, loadJob, readJob } from "../jobs/job-record.ts";
import { jobListPk } from "../keys.ts";
import { itemsAt } from "../pages.ts";
import type { Ports } from "../ports.ts";
import { type PageOf, type PageRequest, pageOver } from "./paging.ts";

/** All jobs, the newest first. */
export function jobsView(ports: Pick<Ports, "table">, page: PageRequest): Promise<PageOf<JobView>> {
  return pageOver([jobListPk], page, async (range) => {
    const entries = await ports.table.queryIndex("list", { ...range, newestFirst: true });
    const jobs = (await itemsAt(ports.table, entries.items)).map(readJob);
    return { ...entries, items: jobs.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).map(jobView) };
  });
}

/** One job; `undefined` when there is none. */
export async function jobDetail(ports: Pick<Ports, "table">, id: string): Promise<JobView | undefined> {
  const job = await loadJob(ports, id);
  return job && jobView(job);
}

/** `progress` is the part that is done, from 0 to 1, where the whole is known; `dueAt` only while a job waits. */
export function jobView({ id, kind, state, counts, params, problem, ...job }: Job) {
  const { done = 0, total } = counts;
  const progress = state === "done" ? 1 : total === undefined ? undefined : Math.min(1, done / Math.max(1, total));
  const campaign = params["campaign"] as string | undefined;
  return {
    id,
    kind,
    state,
    counts,
    ...(campaign !== undefined && { campaign }),
    ...(progress !== undefined && { progress }),
    ...(job.startsAt !== undefined && { dueAt: iso(job.startsAt) }),
    ...instants(job),
    ...(problem !== undefined && { problem }),
  };
}

function instants({ startedAt, finishedAt }: { startedAt?: Instant; finishedAt?: Instant }) {
  return {
    ...(startedAt !== undefined && { startedAt: iso(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: iso(finishedAt) }),
  };
}

export type JobView = ReturnType<typeof jobView>;
