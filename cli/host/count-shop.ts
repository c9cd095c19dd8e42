// Decides how the shop is counted where nights are skipped: at once, and by the nightly job only when nobody counts any more.
import { DAY_MS } from "../../shared/domain/instant.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { recountShop } from "../../shared/pipeline/recount.ts";

/** Longer than the distance at which those who skip nights count. */
const WITHOUT_NIGHTS_MS = 31 * DAY_MS;

/** Counts the shop's numbers and puts the nightly job off: every night of years would take longer than all the rest. */
export async function countShop(ports: Ports): Promise<void> {
  await recountShop(ports);
  await startNightly(ports, ports.clock.now() + WITHOUT_NIGHTS_MS);
}
