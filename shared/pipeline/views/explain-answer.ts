// Decides the answer itself: one honest sentence on whether somebody got a campaign's mail, and why or why not.
import type { Campaign, Purpose } from "../../domain/campaign.ts";
import { factsAt } from "../../domain/deciding.ts";
import { placeOf } from "../../domain/definition.ts";
import { decisivePhrase } from "../../domain/explain.ts";
import { iso } from "../../domain/instant.ts";
import { basisFor, isBasisOpen } from "../../domain/lawful-basis.ts";
import { TOO_LATE } from "../../domain/ledger.ts";
import { countryOf } from "../../domain/trait.ts";
import type { EventRecord } from "../records/event-record.ts";
import { type AheadView, aheadViews } from "./explain-ahead.ts";
import { type DecisionView, decisionViews } from "./explain-decisions.ts";
import { type EntryView, entryViews, type RunView, runViews } from "./explain-runs.ts";
import type { Story } from "./explain-story.ts";
import { lastTrigger, type TriggerView, triggerView } from "./explain-trigger.ts";
import { type Looking, sendView } from "./send-view.ts";
import { stoppedNow } from "./stops.ts";

/** Everything of a story that is about one campaign. */
export type Told = {
  story: Story;
  campaign: Campaign;
  last: EventRecord | undefined;
  trigger: TriggerView;
  runs: RunView[];
  entries: EntryView[];
  decisions: DecisionView[];
  sends: ReturnType<typeof sendView>[];
  ahead: { items: AheadView[]; more?: number };
};

/** Picks what a story tells about one campaign. */
export function tellCampaign(story: Story, campaign: Campaign): Told {
  const last = lastTrigger(story, campaign);
  const own = story.sends.filter(({ send }) => send.campaign === campaign.id);
  return {
    story,
    campaign,
    last,
    trigger: triggerView(story, campaign, last),
    runs: runViews(story, campaign),
    entries: entryViews(story, campaign.id),
    decisions: decisionViews(story, campaign),
    sends: own
      .map((record) => sendView(record, lookingAt(story)))
      .sort((a, b) => (a.intendedAt < b.intendedAt ? -1 : 1)),
    ahead: aheadViews(story, { campaign: campaign.id }),
  };
}

/** Today's switches say nothing about another day. */
function lookingAt({ at, is, stops, catalogue }: Story): Looking {
  return { now: at, ...(is === "now" && { stoppedBy: (campaign) => stoppedNow(stops, catalogue, campaign) }) };
}

const MOST_AHEAD = 4;

/** The answer as of the story's instant; of another instant than now it says which. */
export function answerOf(told: Told): string {
  const { story, ahead } = told;
  const answer = presentAnswer(told);
  if (story.is === "now") return answer;
  if (story.is === "past") return `Then, at ${iso(story.at)}: ${answer}`;
  const { items } = ahead;
  if (items.length === 0) return `If nothing happens until ${iso(story.at)}, nothing changes: ${answer}`;
  const told4 = items.slice(0, MOST_AHEAD).map(({ at, says }) => `${says} at ${at}`);
  const rest = items.length > MOST_AHEAD ? ", and more" : "";
  return `If nothing else happens until ${iso(story.at)}: ${told4.join(", ")}${rest}.`;
}

function presentAnswer(told: Told): string {
  const { runs, entries, sends, campaign } = told;
  const run = runs.at(-1);
  const send = sends.at(-1);
  if (run?.state === "held") return `Held: the campaign is paused, and the run stands at ${run.step} (${run.at}).`;
  if (run?.state === "waiting") return `Under way: the next step is due ${run.dueAt} (${run.step}, ${run.at}).`;
  if (run !== undefined) return `Waiting for facts that are still unknown, until ${run.dueAt}: ${missing(told)}.`;
  if (send !== undefined) return `${sendAnswer(send)}${again(told)}.`;
  const entry = entries.at(-1);
  if (entry?.ended !== undefined) {
    const why = "ended" in entry ? `the run ended on ${entry.endedAt}: ${entry.ended}` : "";
    return `Entered ${entry.enteredAt}, no mail became due, ${why}${again(told)}.`;
  }
  if (entry !== undefined)
    return `Entered ${entry.enteredAt}${told.story.is === "past" ? ", and was under way" : ""}${again(told)}.`;
  return campaign.status === "archived" ? `${archived(campaign)}.` : notEntered(told);
}

const archived = ({ definition }: Campaign) =>
  `Not entered: the campaign is archived (${placeOf(definition, "status")})`;

function sendAnswer({ step, state, reason, detail, at, ...send }: Told["sends"][number]): string {
  const word = state.toLowerCase();
  const why = [reason === word ? undefined : reason, detail].filter((part) => part !== undefined).join(": ");
  if (state === "SENT") return `Sent: ${step} left ${at}`;
  if (reason === TOO_LATE) return `Not sent, and too late by now: ${step} was worth sending until ${send.expiresAt}`;
  if (send.stoppedBy !== undefined)
    return `Not sent yet: ${step} waits since ${at}: ${send.why}; worth sending until ${send.expiresAt}`;
  if (state === "PENDING")
    return `Not sent yet: ${step} is waiting to be judged since ${at}${reason ? ` (${reason})` : ""}`;
  return `Not sent: ${step} is ${word}${why ? ` (${why})` : ""} since ${at}`;
}

/** What became of a trigger that came after the last entry. */
function again({ entries, decisions, campaign }: Told): string {
  const latest = decisions[0];
  const since = entries.at(-1)?.enteredAt ?? "";
  if (latest?.outcome === "not-entered" && latest.at > since) return `; at ${latest.at} ${latest.says}`;
  return campaign.status === "live" ? "" : `; the campaign is ${campaign.status} now`;
}

/** What a settling run waits for: an unknown condition, or what a mail needs. */
function missing({ story, campaign, last }: Told): string {
  const { profile, catalogue, at } = story;
  const facts = factsAt({ draft: profile, catalogue }, at, { properties: last?.properties ?? {} });
  const explaining = { facts, at, definition: campaign.definition };
  const rules = [campaign.on.kind === "segment" ? undefined : campaign.on.where, campaign.audience];
  const unknown = rules.find((rule) => rule !== undefined && rule.holds(facts, at) === undefined);
  if (unknown !== undefined) return decisivePhrase(unknown, explaining);
  const other = profile.consents[campaign.purpose] === undefined && missingForLaw(story, campaign.purpose);
  return other ? `an e-mail address or ${other} is missing` : "an e-mail address is missing";
}

function missingForLaw({ profile, catalogue: { settings } }: Story, purpose: Purpose): string | undefined {
  if (purpose === "service") return undefined;
  const country = countryOf(profile.traits);
  if (basisFor(settings, purpose, country) === "consent") return "a word about consent";
  return isBasisOpen(settings, purpose, country) ? "the country" : undefined;
}

function notEntered(told: Told): string {
  const { last, campaign, decisions, story } = told;
  const liveAt = story.catalogue.liveSince.campaigns[campaign.id]?.at;
  if (liveAt !== undefined && story.at < liveAt)
    return `Not triggered: the campaign was first published ${iso(liveAt)}.`;
  if (last === undefined) return notTriggered(told);
  const { type, occurredAt, late, id } = last;
  if (late) return `Not triggered: the last ${type} came as history (${iso(occurredAt)}).`;
  const latest = decisions[0];
  if (latest?.event.id === id && latest.outcome !== "settling") return `${capital(latest.says)}.`;
  const { on, definition } = campaign;
  if (on.kind === "event" && on.where !== undefined) {
    const facts = factsAt({ draft: story.profile, catalogue: story.catalogue }, occurredAt, last);
    const truth = on.where.holds(facts, occurredAt);
    const why = decisivePhrase(on.where, { facts, at: occurredAt, definition });
    if (truth !== true)
      return `Not triggered: the last ${type} does not match the trigger's where (${truth ?? "unknown"}): ${why}.`;
  }
  return `Not entered: the campaign was not live when the last ${type} came.`;
}

function notTriggered({ campaign, story, trigger }: Told): string {
  const { on, id } = campaign;
  const { profile, catalogue, at } = story;
  const paused =
    campaign.status === "paused" ? `the campaign is paused (${placeOf(campaign.definition, "status")})` : "";
  if (on.kind === "event") return `Not triggered: no ${on.eventType} yet${paused && `; ${paused}`}.`;
  if (on.kind === "schedule") {
    const { lastOccurrenceAt: last, nextOccurrenceAt: next } = trigger;
    if (paused) return `Not triggered: ${paused}.`;
    const comes = next === undefined ? "it does not come round again" : `it comes round next ${next}`;
    const liveAt = catalogue.liveSince.campaigns[id]?.at ?? 0;
    if (last === undefined || last < iso(liveAt)) return `Not triggered: ${comes}.`;
    return `Not entered: at the last occurrence, ${last}, outside its segment or audience; ${comes}.`;
  }
  const since = profile.memberships[on.segment];
  const wasSo = "before anybody waited for that, which starts nothing";
  if (on.change === "left")
    return since === undefined
      ? `Not triggered: has not left ${on.segment} since the campaign is there.`
      : `Not triggered: still in ${on.segment}, since ${iso(since)}.`;
  if (since !== undefined) return `Not triggered: in ${on.segment} since ${iso(since)}, ${wasSo}.`;
  const segment = catalogue.segmentById.get(on.segment);
  if (segment === undefined) return `Not triggered: there is no segment ${on.segment} any more.`;
  const facts = factsAt({ draft: profile, catalogue }, at);
  return `Not triggered: not in ${on.segment}: ${decisivePhrase(segment.rule, { facts, at, definition: segment.definition })}.`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
