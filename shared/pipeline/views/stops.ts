// Decides what is shown of a stop switch: whether mail is held, since when, by whom and why, and what else holds it.
import { type Catalogue, statusOf } from "../../domain/catalogue.ts";
import { iso } from "../../domain/instant.ts";
import { TOO_LATE } from "../../domain/ledger.ts";
import type { StoppedBy } from "../../domain/send-words.ts";
import type { Stop } from "../../domain/stop.ts";
import { earliest } from "../../domain/verdict.ts";
import { campaignsEver, loadCatalogue, NothingPublished } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { heldSends } from "../recount.ts";
import { readStops, type Stops } from "../stop-state.ts";
import type { Paused, Resumed } from "../stop-switch.ts";

/** Something that lets no mail of a campaign, or of the account, out. */
export type StopView = {
  what: StoppedBy;
  at?: string;
  by?: string;
  who?: string;
  reason?: string;
};

const stopView = (what: StopView["what"], { at, by, who, reason }: Stop): StopView => ({
  what,
  at: iso(at),
  by,
  ...(who !== undefined && { who }),
  ...(reason !== undefined && { reason }),
});

/** The switch of a campaign, beside its status: `{ stopped }` where it is on. */
export function stoppedView({ campaigns }: Stops, campaign: string) {
  const stop = campaigns[campaign];
  if (stop === undefined) return {};
  const { what: _what, ...stopped } = stopView("campaign", stop);
  return { stopped };
}

/** What lets no mail of a campaign out, by today's switches and what is published today. */
export function stoppedNow(stops: Stops, catalogue: Catalogue, campaign: string): StoppedBy[] {
  return [
    ...(stops.campaigns[campaign] === undefined ? [] : ["campaign" as const]),
    ...(statusOf(catalogue, campaign) === "paused" ? ["catalogue" as const] : []),
    ...(stops.account === undefined ? [] : ["account" as const]),
    ...(stops.provider?.state === "paused" ? ["provider" as const] : []),
  ];
}

/**
 * What waits for a resume: how many mails, how many of these too late already, and when the next one will be. `more`: these
 * are not all.
 */
export type HeldView = { total: number; tooLate: number; nextExpiresAt?: string; more?: true };

/** The held mails of a campaign, or of all; `undefined` when there are none. */
export async function heldView(ports: Ports, campaign: string | undefined): Promise<HeldView | undefined> {
  const { tally, isCut } = await heldSends(ports, campaign === undefined ? await campaignsEver(ports) : [campaign]);
  const counts = Object.values(tally.campaigns);
  const total = counts.reduce((sum, { states }) => sum + (states["PENDING"] ?? 0), 0);
  if (total === 0) return undefined;
  const next = earliest(counts.map(({ nextExpiresAt }) => nextExpiresAt));
  return {
    total,
    tooLate: counts.reduce((sum, { reasons }) => sum + (reasons["PENDING"]?.[TOO_LATE] ?? 0), 0),
    ...(next !== undefined && { nextExpiresAt: iso(next) }),
    ...(isCut && { more: true }),
  };
}

/** The answer to a pause or a resume; without `campaign` of the account. `was`: the stop that has ended; `stops`: all that holds its mail now; `held`: what waited when it was asked. */
export async function switchView(
  ports: Ports,
  { campaign, turned, held }: { campaign: string | undefined; turned: Paused | Resumed; held: HeldView | undefined },
) {
  const was = "was" in turned ? turned.was : undefined;
  return {
    ...(campaign !== undefined && { campaign }),
    changed: turned.changed,
    ...(was !== undefined && { was: stopView(campaign === undefined ? "account" : "campaign", was) }),
    stops: await stopsOf(ports, campaign),
    ...(held !== undefined && { held }),
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
