// Decides how the release of held sends is started: one job per campaign, and one for the whole account.
import type { Instant } from "../../domain/instant.ts";
import type { Ports, Write } from "../ports.ts";
import { jobWrite, loadJob, newJob, waiting } from "./job-record.ts";

/** Without `campaign` those of every campaign. `released`: in the passes before. */
export type ReleaseParams = { campaign?: string; pass: 1 | 2; released: number };

/**
 * The write that has the job start, or start over, at an instant; part of the transaction that ends the stop. Concurrent
 * starts meet at its version.
 */
export async function releaseWrite(
  { table }: Pick<Ports, "table">,
  campaign: string | undefined,
  at: Instant,
): Promise<Write> {
  const id = `release#${campaign ?? "ACCOUNT"}`;
  const params: ReleaseParams = { ...(campaign !== undefined && { campaign }), pass: 1, released: 0 };
  const known = await loadJob({ table }, id);
  if (known === undefined) return jobWrite(newJob({ id, kind: "release", params }, { createdAt: at, startsAt: at }));
  return jobWrite(waiting({ ...known, params }, at));
}
