// Decides when mail stops by itself: after each bounce or complaint the campaign, and the account, are judged.
import { pauseReason } from "../domain/reputation.ts";
import { Contention } from "./faults.ts";
import type { Ports } from "./ports.ts";
import { type Judged, type Judgement, loadReputations } from "./reputation.ts";
import { readStops } from "./stop-state.ts";
import { stopWrite } from "./stop-switch.ts";

const MAX_TRIES = 10;

/**
 * Pauses those of the campaigns, and the account, whose bounces or complaints are too many. Does not wait until nothing is
 * claimed any more: that is so `PAUSE_GRACE_MS` later.
 */
export async function pauseIfTooBad(
  ports: Pick<Ports, "table" | "clock" | "log">,
  campaigns: Iterable<string>,
): Promise<void> {
  const all: Judged[] = [...[...campaigns].map((campaign) => `CAMPAIGN#${campaign}` as const), "ACCOUNT"];
  for (let attempt = 1; ; attempt++) {
    const stops = await readStops(ports);
    const going = all.filter((of) =>
      of === "ACCOUNT" ? stops.account === undefined : !Object.hasOwn(stops.campaigns, of.slice("CAMPAIGN#".length)),
    );
    try {
      for (const judgement of await loadReputations(ports, going)) await judge(ports, judgement);
      return;
    } catch (error) {
      if (!(error instanceof Contention) || attempt === MAX_TRIES) throw error;
    }
  }
}

/** Only while nobody resumed since the counts were read: an old count must not undo a resume. */
async function judge(
  { table, clock, log }: Pick<Ports, "table" | "clock" | "log">,
  { of, reputation, isCurrent }: Judgement,
): Promise<void> {
  const reason = pauseReason(of === "ACCOUNT" ? "account" : "campaign", reputation);
  if (reason === undefined) return;
  await table.transact([stopWrite(of, { at: clock.now(), by: "automatic", reason }), isCurrent]);
  log.error("paused by itself", { what: of, reason });
}
