// Decides what is shown of the account: what the provider lets out, what is stopped, what waits, and when all will be out.
import { type Catalogue, statusOf } from "../../domain/catalogue.ts";
import { type Instant, iso } from "../../domain/instant.ts";
import { TOO_LATE } from "../../domain/ledger.ts";
import { type Backlog, type DailyCeiling, goingOf, sendOutTime } from "../../domain/send-out-time.ts";
import type { Stop } from "../../domain/stop.ts";
import { sendsIn, type Tally } from "../../domain/tally.ts";
import { earliest } from "../../domain/verdict.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import { ceilingFacts } from "../ceilings.ts";
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
  const closed = closedBy(quota, stops);
  const backlog = backlogOf(tally, { stops, catalogue, isClosed: closed !== undefined });
  const ceilings = await ceilingsOf(ports, catalogue, backlog);
  const quietHours = Object.values(catalogue.settings.quietHours).some((hours) => hours !== undefined);
  const rate = { ...quota, ...(stops.quotaUntil !== undefined && { quotaUntil: stops.quotaUntil }) };
  const limits = { now, ceilings, quietHours, ...(closed !== undefined && { closed }) };
  const out = sendOutTime(backlog.all, rate, limits);
  return {
    now: iso(now),
    asOf: iso(asOf),
    mailer: quotaView(quota),
    stops: stopsView(stops, now),
    backlog: backlogView(backlog, closed !== undefined),
    ...(out.at !== undefined && { allOutBy: iso(out.at) }),
    says: out.says,
  };
}

export type AccountView = Awaited<ReturnType<typeof accountView>>;

/** What is open: in all, what leaves by itself per campaign, and when the first mail that does not will be too late. */
type Open = { all: Backlog; going: Record<string, number>; nextExpiresAt?: Instant };

type Today = { stops: Stops; catalogue: Catalogue; isClosed: boolean };

/** By today's switches and what is published today; what sends were held for when they were looked at may be over. */
function backlogOf(tally: Tally, { stops, catalogue, isClosed }: Today): Open {
  const all: Backlog = { total: 0, stopped: 0, offline: 0, sandboxed: 0, tooLate: 0 };
  const going: Open["going"] = Object.create(null) as Open["going"];
  const expiries: (Instant | undefined)[] = [];
  for (const campaign of Object.keys(tally.campaigns)) {
    const { held, reasons } = campaignLedger(tally, campaign);
    const tooLate = reasons.held[TOO_LATE] ?? 0;
    const worth = held - tooLate;
    const waits = waitingOf(campaign, { stops, catalogue, worth, sandboxed: reasons.held["sandbox"] ?? 0 });
    all.total += held;
    all.tooLate += tooLate;
    for (const [why, n] of Object.entries(waits)) all[why as keyof typeof waits] += n;
    going[campaign] = worth - waits.stopped - waits.offline - waits.sandboxed;
    if (going[campaign] < worth || isClosed) expiries.push(sendsIn(tally, campaign).nextExpiresAt);
  }
  const nextExpiresAt = earliest(expiries);
  return {
    all: { ...all, ...(tally.heldUntil !== undefined && { heldUntil: tally.heldUntil }) },
    going,
    ...(nextExpiresAt !== undefined && { nextExpiresAt }),
  };
}

type Judging = { stops: Stops; catalogue: Catalogue; worth: number; sandboxed: number };

/** What somebody has to do something about first; a switch before the file, and both before the sandbox. */
function waitingOf(campaign: string, { stops, catalogue, worth, sandboxed }: Judging) {
  const none = { stopped: 0, offline: 0, sandboxed: 0 };
  if (stops.campaigns[campaign] !== undefined) return { ...none, stopped: worth };
  if (statusOf(catalogue, campaign) === "paused") return { ...none, offline: worth };
  return stops.provider?.state === "sandbox" ? { ...none, sandboxed } : none;
}

/** Why nothing leaves at all. */
function closedBy({ state }: MailQuota, { account, provider }: Stops): string | undefined {
  if (account) return "all sending is paused";
  return state === "paused" || provider?.state === "paused" ? "the provider has paused the account" : undefined;
}

/** `stopped`: what does not leave by itself. `nextExpiresAt`: when the first of these will be too late to be worth sending. */
function backlogView({ all, nextExpiresAt }: Open, isClosed: boolean) {
  const { total, tooLate } = all;
  const stopped = isClosed ? total - tooLate : total - tooLate - goingOf(all);
  return {
    total,
    stopped,
    tooLate,
    ...(stopped > 0 && nextExpiresAt !== undefined && { nextExpiresAt: iso(nextExpiresAt) }),
  };
}

/** How full the days of all campaigns are that have mails waiting, and the account's (1 read unit per ceiling). */
async function ceilingsOf(ports: Ports, catalogue: Catalogue, { all, going }: Open): Promise<DailyCeiling[]> {
  const waiting = Object.entries(going).filter(([, n]) => n > 0);
  const facts = await Promise.all(waiting.map(([campaign]) => ceilingFacts(ports, catalogue, campaign)));
  const own = facts.flatMap(({ campaignCeiling }, index) => {
    const [campaign, n] = waiting[index] as [string, number];
    return campaignCeiling === undefined ? [] : [{ ...campaignCeiling, of: campaign, going: n }];
  });
  const ofAccount = facts[0]?.accountCeiling;
  return [...own, ...(ofAccount === undefined ? [] : [{ ...ofAccount, of: "the shop", going: goingOf(all) }])];
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
