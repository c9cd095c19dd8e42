// Decides how long work is done: a job does pages, keeps its cursor and counts, and comes back through the due index.
import { MIN_SHOP_GAPS, shopGap } from "../domain/churn.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import { publishConstants } from "./catalogue-store.ts";
import { Contention } from "./faults.ts";
import { due, jobKey, SCHEMA } from "./keys.ts";
import type { Item, Ports } from "./ports.ts";
import { type Count, countPage, newCount, saveRollUp } from "./recount.ts";

/** The nightly job: counts the shop's numbers anew, and its mean gap between purchase days. */
export const NIGHTLY = "nightly";
const NIGHT_HOUR_UTC = 2;
/** Pages a call does before it hands back; the rest follows through the due index. */
const PAGES_PER_CALL = 200;

/** The next start of the nightly job after an instant. */
export function nextNight(after: Instant): Instant {
  const start = Math.floor(after / DAY_MS) * DAY_MS + NIGHT_HOUR_UTC * HOUR_MS;
  return start > after ? start : start + DAY_MS;
}

/** Makes sure the nightly job exists. */
export async function ensureNightly({ table, clock }: Pick<Ports, "table" | "clock">): Promise<void> {
  const item = jobItem({ id: NIGHTLY, version: 0 }, newCount(), nextNight(clock.now()));
  try {
    await table.write({ put: item, if: { absent: true } });
  } catch (error) {
    if (!(error instanceof Contention)) throw error;
  }
}

/** Has the nightly job start over now, for example after an import. */
export async function startNightlyNow({ table, clock }: Pick<Ports, "table" | "clock">): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const item = await table.get(jobKey(NIGHTLY));
    const version = item?.version ?? 0;
    const put = jobItem({ id: NIGHTLY, version }, newCount(), clock.now());
    try {
      return await table.write({ put, if: item === undefined ? { absent: true } : { version } });
    } catch (error) {
      if (!(error instanceof Contention) || attempt === 10) throw error;
    }
  }
}

function jobItem(job: { id: string; version: number }, count: Count, dueAt: Instant): Item {
  return {
    ...jobKey(job.id),
    ...due("JOB", job.id, dueAt),
    schema: SCHEMA,
    version: job.version + 1,
    kind: job.id,
    cursor: (count.cursor ?? null) as JsonObject | null,
    counts: count.tally as unknown as JsonObject,
  };
}

/** Does pages of a job. Repeating one is harmless: cursor and counts are committed together, if nobody else did. */
export async function work(ports: Ports, jobId: string): Promise<void> {
  const item = await ports.table.get(jobKey(jobId));
  if (item === undefined || jobId !== NIGHTLY) return;
  let count = { tally: item["counts"], cursor: item["cursor"] ?? undefined } as unknown as Count;
  for (let page = 0; page < PAGES_PER_CALL && count.cursor !== undefined; page++) count = await countPage(ports, count);
  const version = item.version as number;
  if (count.cursor !== undefined) {
    await ports.table.write({ put: jobItem({ id: jobId, version }, count, ports.clock.now()), if: { version } });
    return;
  }
  await ports.table.write({
    put: jobItem({ id: jobId, version }, newCount(), nextNight(ports.clock.now())),
    if: { version },
  });
  await saveRollUp(ports, count.tally);
  const { gaps } = count.tally;
  if (gaps.count < MIN_SHOP_GAPS) return;
  await publishConstants(ports, { gapDays: shopGap(gaps), gaps: gaps.count, computedAt: ports.clock.now() });
}
