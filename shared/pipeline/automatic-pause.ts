// Decides when mail stops by itself: after each bounce or complaint the campaign, and the account, are judged.
import { pauseReason } from "../domain/reputation.ts";
import { type Act, auditWrite } from "./audit.ts";
import { insist } from "./insist.ts";
import { reputationPk } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { type Judged, type Judgement, loadReputations } from "./reputation.ts";
import { readStops } from "./stop-state.ts";
import { stopWrite } from "./stop-switch.ts";

/**
 * Pauses those of the campaigns, and the account, whose bounces or complaints are too many. Does not wait until nothing is
 * claimed any more: that is so `PAUSE_GRACE_MS` later.
 */
export async function pauseIfTooBad(
  ports: Pick<Ports, "table" | "clock" | "ids" | "log">,
  campaigns: Iterable<string>,
): Promise<void> {
  const all: Judged[] = [...[...campaigns].map((campaign) => `CAMPAIGN#${campaign}` as const), "ACCOUNT"];
  await insist(ports, reputationPk, async () => {
    const stops = await readStops(ports);
    const going = all.filter((of) =>
      of === "ACCOUNT" ? stops.account === undefined : !Object.hasOwn(stops.campaigns, of.slice("CAMPAIGN#".length)),
    );
    for (const judgement of await loadReputations(ports, going)) await judge(ports, judgement);
  });
}

/** Only while nobody resumed since the counts were read: an old count must not undo a resume. */
async function judge(
  ports: Pick<Ports, "table" | "clock" | "ids" | "log">,
  { of, reputation, isCurrent }: Judgement,
): Promise<void> {
  const reason = pauseReason(of === "ACCOUNT" ? "account" : "campaign", reputation);
  if (reason === undefined) return;
  const stop = stopWrite(of, { at: ports.clock.now(), by: "automatic", reason });
  await ports.table.transact([stop, isCurrent, auditWrite(ports, actOf(of))]);
  ports.log.error("paused by itself", { what: of, reason });
}

function actOf(of: Judged): Act {
  if (of === "ACCOUNT") return { principal: "relance", action: "account.pause", subject: { account: "all mail" } };
  return { principal: "relance", action: "campaign.pause", subject: { campaign: of.slice("CAMPAIGN#".length) } };
}
