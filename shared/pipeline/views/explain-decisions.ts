// Decides how decisions that were made are told: what was decided about a campaign when its trigger came, and why.
import type { Campaign } from "../../domain/campaign.ts";
import { placeOf } from "../../domain/definition.ts";
import type { Judgement } from "../../domain/effect.ts";
import { clauseAt, phraseOf, valueText } from "../../domain/explain.ts";
import { lengthText, reentryText } from "../../domain/in-words.ts";
import { iso } from "../../domain/instant.ts";
import type { EventRecord } from "../records/event-record.ts";
import type { Story } from "./explain-story.ts";

/** One recorded decision with the event that caused it, under the campaign's revision of then; `says` tells it in words. */
export type DecisionView = Omit<Judgement, "campaign"> & {
  at: string;
  event: { type: string; id: string };
  revision?: string;
  says: string;
};

const MOST_DECISIONS = 20;

/** The latest decisions about a campaign, newest first. */
export function decisionViews({ events, profile, publications }: Story, { id }: Campaign): DecisionView[] {
  const found: DecisionView[] = [];
  for (let index = events.length - 1; index >= 0 && found.length < MOST_DECISIONS; index--) {
    const event = events[index] as EventRecord;
    const judgement = event.judgements?.find((candidate) => candidate.campaign === id);
    if (judgement === undefined) continue;
    const campaign = publications.campaignAt(id, event.receivedAt);
    found.push(decisionView({ judgement, event, profile, campaign }));
  }
  return found;
}

/** Everything that was decided because of an event. */
export function decisionsOn({ profile, publications }: Story, event: EventRecord) {
  return (event.judgements ?? []).map((judgement) => {
    const campaign = publications.campaignAt(judgement.campaign, event.receivedAt);
    return {
      campaign: judgement.campaign,
      outcome: judgement.outcome,
      says: textOf({ judgement, event, profile, campaign }),
    };
  });
}

/** `campaign`: as it was published then, where that is known. */
type Decision = {
  judgement: Judgement;
  event: EventRecord;
  profile: Story["profile"];
  campaign: Campaign | undefined;
};

function decisionView(decision: Decision): DecisionView {
  const { campaign: _campaign, ...judged } = decision.judgement;
  const { type, id, occurredAt } = decision.event;
  const revision = decision.campaign?.revision;
  return {
    at: iso(occurredAt),
    event: { type, id },
    ...judged,
    ...(revision !== undefined && { revision }),
    says: textOf(decision),
  };
}

function textOf({ judgement, campaign, ...decision }: Decision): string {
  const { outcome, arm, reason = "no reason was recorded", found } = judgement;
  if (outcome === "settling") return "waiting for facts that are still unknown";
  if (outcome === "entered") return arm === undefined ? "entered" : `entered, in the arm ${arm}`;
  const value = found === undefined ? "" : `, found ${valueText(found)}`;
  return `not entered: ${campaign === undefined ? reason + value : reasonText(campaign, { judgement, ...decision })}`;
}

/** Why somebody was not let in, with the place in the campaign that says so. */
function reasonText(campaign: Campaign, { judgement, event, profile }: Omit<Decision, "campaign">): string {
  const { definition, reentry, on, sendBeforeMs } = campaign;
  const place = (path: string) => `(${placeOf(definition, path)})`;
  const enteredAt = profile.entries[campaign.id];
  const lastAt = enteredAt !== undefined && enteredAt <= event.occurredAt ? enteredAt : undefined;
  const entered = lastAt === undefined ? "entered already" : `entered already, last on ${iso(lastAt)}`;
  switch (judgement.reason) {
    case "audience":
      return clauseText(campaign, judgement);
    case "already-entered":
      return `${entered}; re-entry: ${reentryText(reentry)} ${place("reentry")}`;
    case "reentry-too-soon": {
      const until = reentry.kind === "after" && lastAt !== undefined ? `, again from ${iso(lastAt + reentry.ms)}` : "";
      return `${entered}${until} ${place("reentry")}`;
    }
    case "entry-key-missing": {
      const key = on.kind === "event" ? on.keyProperty : undefined;
      return `${event.type} came without ${key}, which tells entries apart ${place("on.key")}`;
    }
    case "expired":
      return `noticed later than ${lengthText(sendBeforeMs)} after it happened ${place("sendBefore")}`;
    case "paused":
      return `the campaign was paused then ${place("status")}`;
    default:
      return judgement.reason ?? "no reason was recorded";
  }
}

/** The clause that settled it, as it was written. */
function clauseText(campaign: Campaign, { clause: path = "", found }: Judgement): string {
  const { on, audience, definition } = campaign;
  const where = on.kind === "segment" ? undefined : on.where;
  const clause = clauseAt([where, audience], path) ?? { says: path, path };
  const part = path.startsWith("on.") ? (on.kind === "schedule" ? "the segment" : "the trigger's where") : "audience";
  return `${part}, ${phraseOf(clause, found, placeOf(definition, path))}`;
}
