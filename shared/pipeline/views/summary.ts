// Decides what the summary says: the shop in a page of numbers.
import { iso } from "../../domain/instant.ts";
import type { Tally } from "../../domain/tally.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { loadRollUp, recount } from "../recount.ts";

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, n) => total + n, 0);

/** The roll-up, counted again when it is older than the configured age. `asOf` says when it was counted. */
export async function summaryView(ports: Ports) {
  const now = ports.clock.now();
  const stored = await loadRollUp(ports);
  const fresh = stored !== undefined && now - stored.asOf < ports.summaryMaxAgeMs;
  const { tally, asOf } = fresh ? stored : await recount(ports);
  const { segments, campaigns, constants } = await loadCatalogue(ports);
  return {
    now: iso(now),
    asOf: iso(asOf),
    profiles: tally.profiles,
    events: { total: sum(tally.events), byType: tally.events },
    segments: segments.map(({ id, title }) => ({ id, title, members: tally.members[id] ?? 0 })),
    campaigns: [...new Set([...campaigns.keys(), ...Object.keys(tally.campaigns)])].map((id) => ({
      id,
      title: campaigns.get(id)?.title ?? id,
      ...(!campaigns.has(id) && { archived: true }),
      ...campaignNumbers(tally, id),
    })),
    shop: { gapDays: constants.gapDays, gaps: constants.gaps },
  };
}

/** Sends by state and refusals by reason; `intended` is their total. */
export function campaignNumbers(tally: Tally, campaign: string) {
  const { states, refusals } = tally.campaigns[campaign] ?? { states: {}, refusals: {} };
  return { intended: sum(states), sent: states["SENT"] ?? 0, states, refusals };
}

export type Summary = Awaited<ReturnType<typeof summaryView>>;
