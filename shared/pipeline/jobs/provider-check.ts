// Decides when it is looked again whether the mail provider lets more through: every few minutes while it does not.
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Ports, Write } from "../ports.ts";
import { readStops } from "../stop-state.ts";
import { type Job, jobWrite, loadJob, newJob, type PageResult, waiting } from "./job-record.ts";

const PROVIDER_CHECK = "provider-check";
const EVERY_MS = 5 * MINUTE_MS;

/** The write that has it looked again; part of the transaction that keeps what the provider said. */
export async function providerCheckWrite({ table }: Pick<Ports, "table">, at: Instant): Promise<Write> {
  const known = await loadJob({ table }, PROVIDER_CHECK);
  const when = { createdAt: at, startsAt: at + EVERY_MS };
  return jobWrite(
    known === undefined
      ? newJob({ id: PROVIDER_CHECK, kind: "provider-check", params: {} }, when)
      : waiting(known, when.startsAt),
  );
}

/**
 * Asks nothing itself: each tick does, and where ticks come only when something is due, this is what is due. Sends that wait
 * for the provider are in no due index.
 */
export async function providerCheckPage({ table, clock }: Ports, { counts }: Job): Promise<PageResult> {
  const { provider } = await readStops({ table, clock });
  return provider === undefined ? { next: "drop" } : { next: "wait", until: clock.now() + EVERY_MS, counts };
}
