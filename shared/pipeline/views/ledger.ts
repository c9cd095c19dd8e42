// Decides what the ledger shows: per campaign and in all, how many mails were planned and what became of every one.
import { iso } from "../../domain/instant.ts";
import { ledgerOf, type SendLedger, sumOfLedgers } from "../../domain/ledger.ts";
import { sendsIn, type Tally } from "../../domain/tally.ts";
import { campaignsEver, loadCatalogue } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { freshRollUp } from "../recount.ts";

/** `archived`: published once, and no longer. */
export type CampaignLedger = { campaign: string; title: string; archived?: true } & SendLedger;

/**
 * The ledger of all campaigns ever published, or of one, with the total; counted at `asOf`. `undefined` when there never was
 * such a campaign.
 */
export async function ledgerView(ports: Ports, campaign?: string) {
  const ever = await campaignsEver(ports);
  if (campaign !== undefined && !ever.includes(campaign)) return undefined;
  const { tally, asOf } = await freshRollUp(ports);
  const { campaigns } = await loadCatalogue(ports);
  const items = (campaign === undefined ? ever : [campaign]).map(
    (id): CampaignLedger => ({
      campaign: id,
      title: campaigns.get(id)?.title ?? id,
      ...(!campaigns.has(id) && { archived: true }),
      ...campaignLedger(tally, id),
    }),
  );
  return { now: iso(ports.clock.now()), asOf: iso(asOf), items, total: sumOfLedgers(items) };
}

export type LedgerView = NonNullable<Awaited<ReturnType<typeof ledgerView>>>;

/** One campaign's ledger, as counted. */
export const campaignLedger = (tally: Tally, campaign: string): SendLedger => ledgerOf(sendsIn(tally, campaign));
