// Decides how one campaign is explained for one person: trigger, rules, entries, runs, sends, and every gate's word.
import { NEW_ADDRESS } from "../../domain/address.ts";
import type { Campaign } from "../../domain/campaign.ts";
import { factsAt } from "../../domain/deciding.ts";
import { placeOf } from "../../domain/definition.ts";
import { type ClauseView, decisivePhrase, type Explaining, explainClause } from "../../domain/explain.ts";
import { armText, askGates, type GateView } from "../../domain/explain-gates.ts";
import type { GateFacts } from "../../domain/gate-facts.ts";
import { armOf } from "../../domain/holdout.ts";
import { lengthText } from "../../domain/in-words.ts";
import { textTrait } from "../../domain/trait.ts";
import type { Ports } from "../ports.ts";
import { factsOfProfile } from "../send-facts.ts";
import { answerOf, type Told, tellCampaign } from "./explain-answer.ts";
import { reentryView } from "./explain-runs.ts";
import type { Story } from "./explain-story.ts";
import { churnView } from "./timeline.ts";

export type CampaignExplanation = Awaited<ReturnType<typeof campaignExplanation>>;

/** The whole explanation; rules are judged at the story's instant, the trigger's `where` when the trigger came. */
export async function campaignExplanation(ports: Ports, story: Story, campaign: Campaign) {
  const { catalogue, profile, at } = story;
  const told = tellCampaign(story, campaign);
  const { trigger, runs, entries, decisions, sends, ahead } = told;
  const rules = rulesOf(told);
  const globalHoldout = catalogue.settings.holdout;
  const arm = armOf(profile.id, campaign, globalHoldout);
  const facts = await gateFacts(ports, story, campaign);
  const hasEmailTrait = textTrait(profile.traits, "email") !== undefined;
  const gatesNow = askGates(campaign, { profileId: profile.id, facts, globalHoldout, hasEmailTrait, now: at });
  const entry = reentryView(story, campaign);
  const { id, title, status, definition } = campaign;
  return {
    campaign: { id, title, status, at: placeOf(definition, ""), statusAt: placeOf(definition, "status") },
    answer: answerOf(told),
    trigger,
    ...rules,
    entry,
    arm: { arm, says: armText(arm, campaign, globalHoldout) },
    ifTriggeredNow: ifTriggered(told, { entry, gatesNow }),
    runs,
    entries,
    decisions,
    sends,
    gatesNow,
    ...(story.is === "future" && { ahead }),
    ...(profile.churn && { churn: churnView(profile.churn) }),
  };
}

type Rules = {
  where?: ClauseView;
  audience?: ClauseView;
  goal?: ClauseView;
  goalWithin?: string;
  exitWhen?: ClauseView;
};

/** `goal` and `exitWhen` as they would be judged if somebody entered now; runs under way tell their own. */
function rulesOf({ story, campaign, last }: Told): Rules {
  const { profile, catalogue, at } = story;
  const { on, audience, goal, exitWhen, definition } = campaign;
  const judged = { draft: profile, catalogue };
  const properties = last?.properties ?? {};
  const cameAt = on.kind === "event" ? (last?.occurredAt ?? at) : at;
  const then: Explaining = { facts: factsAt(judged, cameAt, { properties }), at: cameAt, definition };
  const now: Explaining = { facts: factsAt(judged, at, { properties }), at, definition };
  const entered: Explaining = { facts: factsAt(judged, at, { properties, enteredAt: at }), at, definition };
  const where = on.kind === "segment" ? undefined : on.where;
  return {
    ...(where && { where: explainClause(where, then) }),
    ...(audience && { audience: explainClause(audience, now) }),
    ...(goal && { goal: explainClause(goal.clause, entered) }),
    ...(goal?.withinMs !== undefined && { goalWithin: lengthText(goal.withinMs) }),
    ...(exitWhen && { exitWhen: explainClause(exitWhen, entered) }),
  };
}

/** What the gates look at, as of the story's instant: what was said of the address after it is not known yet. */
async function gateFacts(
  ports: Ports,
  { catalogue, profile, at, is, stops }: Story,
  campaign: Campaign,
): Promise<GateFacts> {
  const { facts } = await factsOfProfile(ports, catalogue, {
    profile,
    purpose: campaign.purpose,
    campaign: campaign.id,
    stops,
  });
  if (is === "now") return facts;
  const { suppressions, optOuts, claims } = facts.address;
  const by = <T extends object>(said: T) =>
    Object.fromEntries(Object.entries(said).filter(([, saidAt]) => saidAt <= at));
  const address = {
    ...NEW_ADDRESS,
    suppressions: by(suppressions),
    optOuts: by(optOuts),
    claims: claims.filter((claim) => claim.at <= at),
  };
  // Today's switches and counts say nothing about another day.
  const { stop: _stop, campaignCeiling: _campaign, accountCeiling: _account, ...lasting } = facts;
  return { ...lasting, address };
}

/** The gates do not look at the template: that the last mail could not be written may happen again. */
function unlessUnwritten(sends: Told["sends"]): string {
  const last = sends.at(-1);
  if (last?.reason !== "not-renderable") return "";
  return `, if it can be written: the last one could not${last.detail === undefined ? "" : ` (${last.detail})`}`;
}

type Asked = { entry: ReturnType<typeof reentryView>; gatesNow: GateView[] };
type IfTriggered = { would: "enter" | "wait" | "not-enter"; says: string };

/** What a trigger that came now, with the properties of the last one, would come to. */
function ifTriggered({ story, campaign, last, sends }: Told, { entry, gatesNow }: Asked): IfTriggered {
  const { status, on, audience, definition } = campaign;
  if (status !== "live") return { would: "not-enter", says: `would not enter: the campaign is ${status}` };
  if (entry.barred !== undefined) {
    const until = entry.barred.until === undefined ? "" : ` until ${entry.barred.until}`;
    return { would: "not-enter", says: `would not enter: ${entry.barred.reason}${until} (${entry.at})` };
  }
  const { profile, catalogue, at } = story;
  const facts = factsAt({ draft: profile, catalogue }, at, { properties: last?.properties ?? {} });
  const rules = [on.kind === "schedule" ? on.where : undefined, audience];
  const outside = rules.find((rule) => rule !== undefined && rule.holds(facts, at) !== true);
  if (outside !== undefined) {
    const part = outside === audience ? "audience" : "segment";
    const why = `${part}, ${decisivePhrase(outside, { facts, at, definition })}`;
    return on.kind === "event" && outside.holds(facts, at) === undefined
      ? { would: "wait", says: `would wait two minutes for what is unknown, then not enter: ${why}` }
      : { would: "not-enter", says: `would not enter: ${why}` };
  }
  const no = gatesNow.find(({ answer }) => answer !== "pass");
  if (no === undefined && gatesNow.length === 0) return { would: "enter", says: "would enter" };
  if (no === undefined) return { would: "enter", says: `would enter, and a mail may leave${unlessUnwritten(sends)}` };
  const what = no.answer === "hold" ? `held until ${no.until ?? "somebody resumes"}` : "refused";
  return { would: "enter", says: `would enter, and a mail would be ${what}: ${no.reason} (${no.says})` };
}
