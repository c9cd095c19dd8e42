// Decides how a command waits for a job that it has started: until it has done its work, or for as long as somebody waits.
import { setTimeout as pause } from "node:timers/promises";
import type { JobView } from "../shared/pipeline/views/jobs.ts";
import type { Client } from "./client.ts";

const EVERY_MS = 100;
/** On AWS a job begins within a minute; a person has gone on by then. */
const PATIENCE_MS = 20_000;
/** The newest jobs come first. */
const LOOKED_AT = 100;

/** The job when it runs no more since it was started; `undefined` when that takes longer than somebody waits. */
export function jobAtRest(client: Client, jobId: string): Promise<JobView | undefined> {
  return within(client, async () => {
    const job = await client.get<JobView>(`/api/jobs/${encodeURIComponent(jobId)}`);
    return isAtRest(job) ? job : undefined;
  });
}

/** Waits until no erasure is under way any more; whose these are is not asked. */
export async function erasuresAtRest(client: Client): Promise<void> {
  await within(client, async () => {
    const { items } = await client.get<{ items: JobView[] }>("/api/jobs", { limit: LOOKED_AT });
    return items.filter(({ kind }) => kind === "erasure").every(isAtRest) || undefined;
  });
}

const isAtRest = ({ finishedAt, state }: JobView) => finishedAt !== undefined && state !== "running";

async function within<T>(client: Client, look: () => Promise<T | undefined>): Promise<T | undefined> {
  // In this process it is done now; a running server does it by itself.
  await client.settle();
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += EVERY_MS) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(EVERY_MS);
  }
  return undefined;
}
