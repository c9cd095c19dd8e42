// Decides what a forecast says: the funnel of every campaign, mails per day, collisions, the peak, the cost, samples.
import { addressesOf, type Outcome, outcomesOf } from "./forecast-outcomes.ts";
import type { CatalogueFacts, EntrySample, ForecastTally, SegmentTally, Side } from "./forecast-tally.ts";
import { dayOf } from "./forecast-tally.ts";
import { DAY_MS, HOUR_MS, type Instant } from "./instant.ts";
import type { Arm } from "./run.ts";
import type { SimulatedSend } from "./simulate-sends.ts";

/** The way from trigger to mail in the one order. `held`: still waiting for room under the cap when the time ends. */
export type Funnel = {
  triggered: number;
  notEntered: Record<string, number>;
  entered: Partial<Record<Arm, number>>;
  intended: number;
  refused: Record<string, number>;
  held: number;
  sent: number;
};

export type CampaignForecast = {
  id: string;
  title: string;
  funnel: Funnel;
  /** The same over the same time under what is live now. */
  before?: Funnel;
  /** UTC days that have any. */
  perDay: Record<string, { entered: number; sent: number }>;
};

/** Profiles that would get a mail of `campaign` and one of `other` within a day. */
export type Collision = { campaign: string; other: string; profiles: number };

export type Sample = EntrySample & {
  mails: { step: string; state: SimulatedSend["state"]; reason?: string; at: Instant }[];
};

export type Forecast = {
  from: Instant;
  until: Instant;
  profiles: number;
  events: number;
  campaigns: CampaignForecast[];
  segments: Record<string, SegmentTally>;
  collisions: Collision[];
  /** The hour with most mails. */
  peak?: { at: Instant; mails: number };
  /** Mails in all, and what SES takes for them. */
  mails: number;
  mailsBefore?: number;
  costUsd: number;
  samples: Sample[];
};

/** What Amazon SES takes for a thousand mails. */
export const SES_PRICE = { usdPerThousand: 0.1, asOf: "2026-11" };
const COLLISION_MS = DAY_MS;
const MAX_SAMPLES = 10;

export type ForecastContext = { from: Instant; until: Instant; draft: CatalogueFacts; live?: CatalogueFacts };

/** Sums up everything: holds and caps are simulated over all people at once. Pure. */
export function forecastOf(tally: ForecastTally, { from, until, draft, live }: ForecastContext): Forecast {
  const addresses = addressesOf(tally);
  const outcomes = outcomesOf(tally.draft, { facts: draft, addresses, until });
  const before = live && tally.live ? outcomesOf(tally.live, { facts: live, addresses, until }) : undefined;
  const sent = outcomes.filter(({ result }) => result.state === "sent");
  const funnels = funnelsOf(tally.draft, outcomes);
  const beforeFunnels = tally.live && before ? funnelsOf(tally.live, before) : undefined;
  const perDay = daysOf(tally.draft, sent);
  const peak = peakOf(sent);
  return {
    from,
    until,
    profiles: tally.profiles,
    events: tally.events,
    campaigns: Object.entries({ ...live?.campaigns, ...draft.campaigns }).map(([id, { title }]) => ({
      id,
      title,
      funnel: funnels.get(id) ?? newFunnel(),
      ...(beforeFunnels && live?.campaigns[id] && { before: beforeFunnels.get(id) ?? newFunnel() }),
      perDay: perDay.get(id) ?? {},
    })),
    segments: tally.segments,
    collisions: collisionsOf(sent),
    ...(peak && { peak }),
    mails: sent.length,
    ...(before && { mailsBefore: before.filter(({ result }) => result.state === "sent").length }),
    costUsd: (sent.length / 1_000) * SES_PRICE.usdPerThousand,
    samples: samplesOf(tally.samples, outcomes),
  };
}

const newFunnel = (): Funnel => ({
  triggered: 0,
  notEntered: {},
  entered: {},
  intended: 0,
  refused: {},
  held: 0,
  sent: 0,
});

function funnelsOf(side: Side, outcomes: Outcome[]): Map<string, Funnel> {
  const funnels = new Map<string, Funnel>();
  const of = (id: string): Funnel => {
    const known = funnels.get(id) ?? newFunnel();
    funnels.set(id, known);
    return known;
  };
  for (const [id, { triggered, notEntered, entered }] of Object.entries(side.campaigns))
    Object.assign(of(id), { triggered, notEntered, entered });
  for (const { send, result } of outcomes) {
    const funnel = of(send.campaign);
    funnel.intended++;
    if (result.state === "sent") funnel.sent++;
    else if (result.state === "held") funnel.held++;
    else funnel.refused[result.reason as string] = (funnel.refused[result.reason as string] ?? 0) + 1;
  }
  return funnels;
}

function daysOf(side: Side, sent: Outcome[]): Map<string, CampaignForecast["perDay"]> {
  const days = new Map<string, CampaignForecast["perDay"]>();
  const add = (id: string, day: string, counts: { entered: number; sent: number }) => {
    const campaign = days.get(id) ?? {};
    const known = campaign[day] ?? { entered: 0, sent: 0 };
    campaign[day] = { entered: known.entered + counts.entered, sent: known.sent + counts.sent };
    days.set(id, campaign);
  };
  for (const [id, { byDay }] of Object.entries(side.campaigns))
    for (const [day, entered] of Object.entries(byDay)) add(id, day, { entered, sent: 0 });
  for (const { send, result } of sent) add(send.campaign, dayOf(result.at), { entered: 0, sent: 1 });
  const inOrder = (campaign: CampaignForecast["perDay"]) =>
    Object.fromEntries(Object.entries(campaign).sort(([a], [b]) => (a < b ? -1 : 1)));
  return new Map([...days].map(([id, campaign]) => [id, inOrder(campaign)]));
}

/** Pairs of campaigns that would write to one profile within a day of each other, most first. */
function collisionsOf(sent: Outcome[]): Collision[] {
  const people = Map.groupBy(sent, ({ person }) => person.profile);
  const pairs = new Map<string, Set<string>>();
  for (const [profile, mails] of people) {
    const inTime = mails.toSorted((a, b) => a.result.at - b.result.at);
    for (const [index, { send, result }] of inTime.entries()) {
      for (const later of inTime.slice(index + 1)) {
        if (later.result.at - result.at >= COLLISION_MS) break;
        if (later.send.campaign === send.campaign) continue;
        const pair = [send.campaign, later.send.campaign].sort().join(" ");
        pairs.set(pair, (pairs.get(pair) ?? new Set()).add(profile));
      }
    }
  }
  const collisions = [...pairs].map(([pair, profiles]) => {
    const [campaign, other] = pair.split(" ") as [string, string];
    return { campaign, other, profiles: profiles.size };
  });
  return collisions.sort((a, b) => b.profiles - a.profiles);
}

function peakOf(sent: Outcome[]): Forecast["peak"] {
  const hours = new Map<number, number>();
  for (const { result } of sent) {
    const hour = Math.floor(result.at / HOUR_MS) * HOUR_MS;
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }
  const [first] = [...hours].sort(([a, m], [b, n]) => n - m || a - b);
  return first && { at: first[0], mails: first[1] };
}

/** Ten samples, of as many different endings as there are. */
function samplesOf(samples: EntrySample[], outcomes: Outcome[]): Sample[] {
  const mails = Map.groupBy(outcomes, ({ person, send }) => `${person.profile} ${send.campaign}`);
  const whole = samples.map((sample): Sample => {
    const own = sample.outcome === "entered" ? mails.get(`${sample.profile} ${sample.campaign}`) : undefined;
    const after = (own ?? []).filter(({ send }) => send.at >= sample.at);
    return {
      ...sample,
      mails: after.map(({ send, result: { state, reason, at } }) => ({
        step: send.step,
        state,
        ...(reason && { reason }),
        at,
      })),
    };
  });
  const kinds = Map.groupBy(whole, ({ campaign, outcome, mails: [mail] }) =>
    [campaign, outcome, mail?.state, mail?.reason].join(" "),
  );
  const chosen: Sample[] = [];
  for (let round = 0; chosen.length < MAX_SAMPLES && round < whole.length; round++)
    for (const alike of kinds.values()) if (alike[round] !== undefined) chosen.push(alike[round] as Sample);
  return chosen.slice(0, MAX_SAMPLES);
}
