// Decides how a restored table forgets again: every erasure that is remembered outside it takes effect once more.

import { reapplyErasure } from "../erasure/reapply-erasure.ts";
import type { Ports } from "../ports.ts";
import { changeJob, type Job, newJob, type PageResult, waiting } from "./job-record.ts";

/** The one job of kind `reapply`. */
const REAPPLY = "reapply";

/** One page of erasures; `done` counts them, `erased` those the table did not know of. Repeats change nothing. */
export async function reapplyPage(ports: Ports, { cursor, counts }: Job): Promise<PageResult> {
  const { items, next } = await ports.erasures.list(cursor as string | undefined);
  let erased = counts["erased"] ?? 0;
  for (const erasure of items) if (await reapplyErasure(ports, erasure)) erased++;
  const counted = { done: (counts["done"] ?? 0) + items.length, erased };
  return next === undefined
    ? { next: "end", state: "done", counts: counted }
    : { next: "page", cursor: next, counts: counted };
}

/** Starts it; answers the job's id. */
export async function startReapply(ports: Pick<Ports, "table" | "clock" | "ids">): Promise<string> {
  const now = ports.clock.now();
  await changeJob(ports, REAPPLY, (job) =>
    waiting(job ?? newJob({ id: REAPPLY, kind: "reapply", params: {} }, { createdAt: now, startsAt: now }), now),
  );
  return REAPPLY;
}
