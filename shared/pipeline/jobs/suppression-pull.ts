// Decides how the mail provider's own suppression list is taken over: every day, what came onto it since the day before.
import { withSuppression } from "../../domain/address.ts";
import { normalAddress } from "../../domain/email-address.ts";
import { HOUR_MS, type Instant } from "../../domain/instant.ts";
import type { Json } from "../../domain/json.ts";
import { Fault } from "../faults.ts";
import { inParallel } from "../in-parallel.ts";
import { addressKey } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { changeAddress } from "../records/address-record.ts";
import type { Job, PageResult } from "./job-record.ts";
import { nextNight } from "./nights.ts";

/** `page`: of the provider; `since`: what this round asks for; `startedAt`: where the next one begins. */
type Cursor = { since: Instant; startedAt: Instant; page?: string };

const PARALLEL = 10;
/** What was added while the round before was under way, or by a clock that is behind, is asked for once more. */
const OVERLAP_MS = HOUR_MS;

/**
 * One page of the list: every address on it is closed, whoever has it or will have it, for the reason and since the instant the
 * provider says. Cost: 1 read unit per address, and 1 write unit for one that was not closed yet.
 */
export async function suppressionPullPage(ports: Ports, job: Job): Promise<PageResult> {
  const now = ports.clock.now();
  const known = job.cursor as Cursor | undefined;
  const cursor = known ?? { since: (job.params["since"] as Instant | undefined) ?? 0, startedAt: now };
  const { since, startedAt, page } = cursor;
  const list = await pageOf(ports, { since, ...(page !== undefined && { next: page }) });
  // The provider has forgotten where this round was: it starts over.
  if (list === undefined) return { next: "page", cursor: { since, startedAt }, counts: { done: 0 } };
  const secret = await ports.secrets.get("identity");
  await inParallel(PARALLEL, list.items, async ({ email, reason, at }) => {
    const address = normalAddress(email);
    if (address === undefined) return;
    await changeAddress(ports, addressKey(secret, address), (one) => withSuppression(one, reason, Math.min(at, now)));
  });
  const counts = { done: (job.counts["done"] ?? 0) + list.items.length };
  if (list.next !== undefined) return { next: "page", cursor: { since, startedAt, page: list.next } as Json, counts };
  return {
    next: "wait",
    until: nextNight(now, "suppression-pull"),
    counts,
    params: { since: Math.max(0, startedAt - OVERLAP_MS) },
  };
}

async function pageOf({ mailer }: Ports, asked: { since: Instant; next?: string }) {
  try {
    return await mailer.suppressed(asked);
  } catch (error) {
    if (error instanceof Fault && error.code === "bad_page_token" && asked.next !== undefined) return undefined;
    throw error;
  }
}
