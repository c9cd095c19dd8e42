// Decides what the summary says: the shop in a page of numbers.
import { iso } from "../../domain/instant.ts";
import { addCounts, ledgerOf, type SendCounts, sumOfLedgers } from "../../domain/ledger.ts";
import { sendsIn } from "../../domain/tally.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { freshRollUp } from "../recount.ts";
import { readStops } from "../stop-state.ts";
import { stoppedView } from "./stops.ts";

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, n) => total + n, 0);

/** The roll-up, counted again when it is older than the configured age. `asOf` says when it was counted. */
export async function summaryView(ports: Ports) {
  const now = ports.clock.now();
  const { tally, asOf } = await freshRollUp(ports);
  const [{ segments, campaigns, constants }, stops] = await Promise.all([loadCatalogue(ports), readStops(ports)]);
  const ids = [...new Set([...campaigns.keys(), ...Object.keys(tally.campaigns)])];
  const numbers = ids.map((id) => ({
    id,
    title: campaigns.get(id)?.title ?? id,
    ...(!campaigns.has(id) && { archived: true }),
    ...stoppedView(stops, id),
    ...campaignNumbers(sendsIn(tally, id)),
  }));
  return {
    now: iso(now),
    asOf: iso(asOf),
    profiles: tally.profiles,
    events: { total: sum(tally.events), byType: tally.events },
    segments: segments.map(({ id, title }) => ({ id, title, members: tally.members[id] ?? 0 })),
    campaigns: numbers,
    ledger: sumOfLedgers(numbers.map(({ ledger }) => ledger)),
    shop: { gapDays: constants.gapDays, gaps: constants.gaps },
  };
}

/** Sends by state, those that never left by reason, and the ledger; `intended` is the total. */
function campaignNumbers(counts: SendCounts) {
  const { states, reasons } = counts;
  const refusals: Record<string, number> = {};
  for (const state of ["REFUSED", "EXPIRED", "REJECTED"]) addCounts(refusals, reasons[state] ?? {});
  return { intended: sum(states), sent: states["SENT"] ?? 0, states, refusals, ledger: ledgerOf(counts) };
}

export type Summary = Awaited<ReturnType<typeof summaryView>>;
