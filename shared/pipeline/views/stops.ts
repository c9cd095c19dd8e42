// Decides what is shown of a stop switch: whether mail is held, since when, by whom and why, and what else holds it.
import { statusOf } from "../../domain/catalogue.ts";
import { iso } from "../../domain/instant.ts";
import type { Stop } from "../../domain/stop.ts";
import { loadCatalogue, NothingPublished } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { readStops } from "../stop-state.ts";
import type { Paused, Resumed } from "../stop-switch.ts";

/** Something that lets no mail of a campaign, or of the account, out; `catalogue`: its file says `status: paused`. */
export type StopView = {
  what: "campaign" | "catalogue" | "account" | "provider";
  at?: string;
  by?: string;
  reason?: string;
};

const stopView = (what: StopView["what"], { at, by, reason }: Stop): StopView => ({
  what,
  at: iso(at),
  by,
  ...(reason !== undefined && { reason }),
});

/** The answer to a pause or a resume; without `campaign` of the account. `was`: the stop that has ended; `stops`: all that holds its mail now. */
export async function switchView(ports: Ports, campaign: string | undefined, turned: Paused | Resumed) {
  const was = "was" in turned ? turned.was : undefined;
  return {
    ...(campaign !== undefined && { campaign }),
    changed: turned.changed,
    ...(was !== undefined && { was: stopView(campaign === undefined ? "account" : "campaign", was) }),
    stops: await stopsOf(ports, campaign),
  };
}

export type SwitchView = Awaited<ReturnType<typeof switchView>>;

async function stopsOf(ports: Ports, campaign: string | undefined): Promise<StopView[]> {
  const { campaigns, account, provider } = await readStops(ports);
  const own = campaign !== undefined && Object.hasOwn(campaigns, campaign) ? campaigns[campaign] : undefined;
  const isInCatalogue = campaign !== undefined && (await isPausedInCatalogue(ports, campaign));
  return [
    ...(own === undefined ? [] : [stopView("campaign", own)]),
    ...(isInCatalogue ? [{ what: "catalogue" as const }] : []),
    ...(account === undefined ? [] : [stopView("account", account)]),
    ...(provider?.state === "paused" ? [{ what: "provider" as const, at: iso(provider.at) }] : []),
  ];
}

async function isPausedInCatalogue(ports: Ports, campaign: string): Promise<boolean> {
  try {
    return statusOf(await loadCatalogue(ports), campaign) === "paused";
  } catch (error) {
    if (error instanceof NothingPublished) return false;
    throw error;
  }
}
