// Decides what is shown of the account: what the provider lets out, what is stopped, what waits, and when all will be out.
import { type Catalogue, statusOf } from "../../domain/catalogue.ts";
import { iso } from "../../domain/instant.ts";
import { resumeReasons } from "../../domain/ledger.ts";
import { type Backlog, type SendOutTime, sendOutTime } from "../../domain/send-out-time.ts";
import type { Stop } from "../../domain/stop.ts";
import type { Tally } from "../../domain/tally.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import type { MailQuota, Ports } from "../ports.ts";
import { openSends } from "../recount.ts";
import { readStops, type Stops } from "../stop-state.ts";
import { campaignLedger } from "./ledger.ts";

/**
 * The mailer's quota, the stop switches, the backlog as counted at `asOf`, and the instant everything will be out by.
 * `allOutBy` is absent when somebody has to do something first; `says` has the reckoning in words. Throws `Unavailable` when
 * the provider does not tell its quota.
 */
export async function accountView(ports: Ports) {
  const now = ports.clock.now();
  const [quota, stops, catalogue, { tally, asOf }] = await Promise.all([
    ports.mailer.quota(),
    readStops(ports),
    loadCatalogue(ports),
    openSends(ports),
  ]);
  const backlog = backlogOf(tally, stops, catalogue);
  const { total, stopped } = backlog;
  const out = outTime(backlog, { quota, stops, now });
  return {
    now: iso(now),
    asOf: iso(asOf),
    mailer: quotaView(quota),
    stops: stopsView(stops, now),
    backlog: { total, stopped },
    ...(out.at !== undefined && { allOutBy: iso(out.at) }),
    says: out.says,
  };
}

export type AccountView = Awaited<ReturnType<typeof accountView>>;

/** Waiting for a resume: whatever is open of a paused campaign, and what others were held for. */
function backlogOf(tally: Tally, stops: Stops, catalogue: Catalogue): Backlog {
  let [total, stopped] = [0, 0];
  for (const campaign of Object.keys(tally.campaigns)) {
    const { held, reasons } = campaignLedger(tally, campaign);
    const isPaused = Object.hasOwn(stops.campaigns, campaign) || statusOf(catalogue, campaign) === "paused";
    const waiting = resumeReasons.reduce((sum, reason) => sum + (reasons.held[reason] ?? 0), 0);
    total += held;
    stopped += isPaused ? held : waiting;
  }
  return { total, stopped, ...(tally.heldUntil !== undefined && { heldUntil: tally.heldUntil }) };
}

type Outside = { quota: MailQuota; stops: Stops; now: number };

function outTime(backlog: Backlog, { quota, stops, now }: Outside): SendOutTime {
  const isProviderPaused = quota.state === "paused" || stops.provider?.state === "paused";
  const closed = stops.account
    ? "all sending is paused"
    : isProviderPaused
      ? "the provider has paused the account"
      : undefined;
  const { quotaUntil } = stops;
  const rate = { ...quota, ...(quotaUntil !== undefined && { quotaUntil }) };
  return sendOutTime(backlog, rate, { now, ...(closed !== undefined && { closed }) });
}

/** Without `perDay` there is no daily limit. */
function quotaView({ perSecond, perDay, sentToday, state }: MailQuota) {
  return { perSecond, ...(perDay < Number.MAX_SAFE_INTEGER && { perDay }), sentToday, state };
}

const stopView = ({ at, by, reason }: Stop) => ({ at: iso(at), by, ...(reason !== undefined && { reason }) });

function stopsView({ campaigns, account, provider, quotaUntil = 0 }: Stops, now: number) {
  return {
    campaigns: Object.entries(campaigns).map(([campaign, stop]) => ({ campaign, ...stopView(stop) })),
    ...(account && { account: stopView(account) }),
    ...(provider && { provider: { state: provider.state, at: iso(provider.at) } }),
    ...(quotaUntil > now && { quotaUntil: iso(quotaUntil) }),
  };
}
