// Decides how "why did this person get it, or why not" is answered: clause by clause, then gate by gate.
import type { Campaign } from "../../domain/campaign.ts";
import type { Catalogue } from "../../domain/catalogue.ts";
import type { Clause, Facts } from "../../domain/clause.ts";
import { factsAt } from "../../domain/deciding.ts";
import { type Definition, placeOf } from "../../domain/definition.ts";
import { gates } from "../../domain/gate.ts";
import { type Instant, iso } from "../../domain/instant.ts";
import type { Json } from "../../domain/json.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Send } from "../../domain/send.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import { profilePk } from "../keys.ts";
import { itemsOfRange } from "../pages.ts";
import type { Ports } from "../ports.ts";
import { type EventRecord, readEvent } from "../records/event-record.ts";
import { readSend } from "../records/send-record.ts";
import { loadState } from "../records/state.ts";
import { factsOfProfile } from "../send-facts.ts";
import { sendView } from "./send-view.ts";
import { churnView } from "./timeline.ts";

export type ClauseView = {
  says: string;
  at: string;
  verdict: "true" | "false" | "unknown";
  found?: Json;
  since?: string;
  flipsAt?: string;
  parts?: ClauseView[];
};

/** A clause with the value it found and its verdict at an instant; `at` is file:line:column. */
export function clauseView(clause: Clause, given: { facts: Facts; at: Instant; definition: Definition }): ClauseView {
  const verdict = clause.judge(given.facts, given.at);
  const found = clause.found(given.facts, given.at);
  return {
    says: clause.says,
    at: placeOf(given.definition, clause.path),
    verdict: verdict.is === undefined ? "unknown" : verdict.is ? "true" : "false",
    ...(found !== undefined && { found }),
    ...(verdict.since !== undefined && { since: iso(verdict.since) }),
    ...(verdict.flipAt !== undefined && { flipsAt: iso(verdict.flipAt) }),
    ...(clause.parts.length > 0 && { parts: clause.parts.map((part) => clauseView(part, given)) }),
  };
}

/** Explains one campaign for one profile; `undefined` when either does not exist. */
export async function explainView(ports: Ports, profileId: string, campaignId: string) {
  const [catalogue, state] = await Promise.all([loadCatalogue(ports), loadState(ports, profileId)]);
  const campaign = catalogue.campaigns.get(campaignId);
  if (campaign === undefined || state === undefined) return undefined;
  const { profile } = state;
  const now = ports.clock.now();
  const trigger = await lastTrigger(ports, profileId, campaign.eventType);
  const sends = await sendsOf(ports, profileId, campaignId);
  const clauses = clausesOf({ catalogue, campaign, profile, now }, trigger);
  const asked = await askGates(ports, { catalogue, campaign, profile, now });
  const decided = trigger?.judgements?.find((judgement) => judgement.campaign === campaignId);
  const run = profile.runs.find((candidate) => candidate.campaign === campaignId);
  return {
    now: iso(now),
    profileId,
    campaign: { id: campaign.id, title: campaign.title, at: placeOf(campaign.definition, "") },
    answer: answerOf({ campaign, trigger, sends, clauses, run: run && { state: run.state, dueAt: iso(run.dueAt) } }),
    trigger: {
      event: campaign.eventType,
      at: placeOf(campaign.definition, "on"),
      ...(trigger && { last: { id: trigger.id, occurredAt: iso(trigger.occurredAt), late: trigger.late } }),
    },
    ...clauses,
    ...(decided && { decided }),
    ...(run && { run: { key: run.key, state: run.state, step: run.step, dueAt: iso(run.dueAt) } }),
    sends,
    gatesNow: asked,
    ...(profile.churn && { churn: churnView(profile.churn) }),
  };
}

type Subject = { catalogue: Catalogue; campaign: Campaign; profile: Profile; now: Instant };

function clausesOf({ catalogue, campaign, profile, now }: Subject, trigger: EventRecord | undefined) {
  const deciding = { draft: profile, effects: [], catalogue, now, taken: new Set<string>() };
  const facts = factsAt(deciding, now, trigger?.properties ?? {});
  const given = { facts, at: now, definition: campaign.definition };
  return {
    ...(campaign.where && { where: clauseView(campaign.where, given) }),
    ...(campaign.audience && { audience: clauseView(campaign.audience, given) }),
  };
}

async function lastTrigger(ports: Ports, profileId: string, type: string): Promise<EventRecord | undefined> {
  for await (const page of itemsOfRange(ports.table, {
    pk: profilePk(profileId),
    prefix: "EVENT#",
    newestFirst: true,
  })) {
    const item = page.find((candidate) => candidate["type"] === type);
    if (item !== undefined) return readEvent(item);
  }
  return undefined;
}

async function sendsOf(ports: Ports, profileId: string, campaign: string) {
  const found: ReturnType<typeof sendView>[] = [];
  for await (const page of itemsOfRange(ports.table, { pk: profilePk(profileId), prefix: "SEND#" })) {
    for (const item of page) {
      const { send, ledger } = readSend(item);
      if (send.campaign === campaign) found.push(sendView(send, ledger));
    }
  }
  return found.sort((a, b) => (a.intendedAt < b.intendedAt ? -1 : 1));
}

/** Every gate's word on a send that would be made now. */
async function askGates(ports: Ports, { catalogue, campaign, profile, now }: Subject) {
  const { facts } = await factsOfProfile(ports, catalogue, { profile, purpose: campaign.purpose });
  const send: Send = {
    id: "",
    profileId: profile.id,
    campaign: campaign.id,
    revision: campaign.revision,
    step: "",
    key: "",
    channel: "email",
    template: "",
    purpose: campaign.purpose,
    priority: campaign.priority,
    causeSk: "",
    causeAt: now,
    intendedAt: now,
    expiresAt: now + campaign.sendBeforeMs,
  };
  return Object.entries(gates).map(([name, ask]) => {
    const result = ask(send, facts, now);
    if (result === undefined || result.kind === "claim") return { gate: name, answer: "pass" };
    return {
      gate: name,
      answer: result.kind,
      reason: result.reason,
      ...(result.kind === "hold" && { until: iso(result.until) }),
    };
  });
}

type Known = {
  campaign: Campaign;
  trigger: EventRecord | undefined;
  sends: ReturnType<typeof sendView>[];
  clauses: { where?: ClauseView; audience?: ClauseView };
  run: { state: string; dueAt: string } | undefined;
};

/** The whole in one sentence. */
function answerOf({ campaign, trigger, sends, clauses, run }: Known): string {
  const last = sends.at(-1);
  if (run?.state === "waiting") return `Under way: the next step is due ${run.dueAt}.`;
  if (last?.state === "SENT") return `Sent: ${last.step} left ${last.at}.`;
  if (last !== undefined)
    return `Not sent: ${last.step} is ${last.state.toLowerCase()}${last.reason ? ` (${last.reason})` : ""} since ${last.at}.`;
  if (trigger === undefined) return `Not triggered: no ${campaign.eventType} yet.`;
  if (trigger.late)
    return `Not triggered: the last ${campaign.eventType} came as history (${iso(trigger.occurredAt)}).`;
  if (run !== undefined) return `Waiting for facts that are still unknown, until ${run.dueAt}.`;
  if (clauses.where !== undefined && clauses.where.verdict !== "true")
    return `Not triggered: the last ${campaign.eventType} does not match the trigger's where (${clauses.where.verdict}).`;
  const judged = trigger.judgements?.find((judgement) => judgement.campaign === campaign.id);
  if (judged?.reason !== undefined)
    return `Not entered: ${judged.reason}${judged.clause ? ` (${placeOf(campaign.definition, judged.clause)})` : ""}.`;
  return `Not entered: the campaign was not live when the last ${campaign.eventType} came.`;
}
