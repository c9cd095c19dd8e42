// Decides what the nightly job does: a page of the count, and at the end the summary's numbers and the shop's constants.
import type { Json } from "../../domain/json.ts";
import type { Ports } from "../ports.ts";
import { type Count, concludeCount, countPage, newCount } from "../recount.ts";
import type { Job, PageResult } from "./job-record.ts";
import { nextNight } from "./nights.ts";

/** One page of the count. What was counted is saved before the job waits for the next night: a crash in between only repeats it. */
export async function nightlyPage(ports: Ports, { cursor }: Job): Promise<PageResult> {
  const count = await countPage(ports, (cursor as Count | undefined) ?? newCount());
  const counts = { done: count.tally.profiles };
  if (count.cursor !== undefined) return { next: "page", cursor: count as unknown as Json, counts };
  await concludeCount(ports, count.tally);
  return { next: "wait", until: nextNight(ports.clock.now()), counts };
}
