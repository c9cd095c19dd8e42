// Decides which campaigns a happening lets a profile enter: an event, a change of membership, an occurrence of a schedule.
import { consider } from "./admit.ts";
import type { Campaign } from "./campaign.ts";
import { statusOf } from "./catalogue.ts";
import { causeOf, type Deciding, effect, factsAt, isFull, ownEvent } from "./deciding.ts";
import type { EntryRefusal } from "./effect.ts";
import type { Event } from "./event.ts";
import { eventKey, keyText } from "./event-key.ts";
import { type Instant, iso } from "./instant.ts";
import type { MembershipChange } from "./memberships.ts";
import type { Cause } from "./run.ts";

/**
 * Judges every campaign that an event triggers, and starts the runs. The entry key is the order's number where the campaign
 * names one, once for ever, or each event by itself.
 */
export function enterCampaigns(deciding: Deciding, cause: Cause): void {
  const campaigns = deciding.catalogue.byTrigger.get(cause.type);
  if (campaigns === undefined) return;
  const facts = factsAt(deciding, cause.at, { properties: cause.properties });
  // An id that is no plain text becomes a hash: once, not for every campaign.
  let ownKey: string | undefined;
  const keyOf = ({ on, reentry }: Campaign): string | undefined => {
    if (on.kind === "event" && on.keyProperty !== undefined) return eventKey(cause.properties, on.keyProperty);
    if (reentry.kind === "never") return "once";
    ownKey ??= keyText(`${cause.source}/${cause.id}`);
    return ownKey;
  };
  for (const campaign of campaigns) {
    const { on } = campaign;
    if (on.kind !== "event") continue;
    const where = on.where === undefined || on.where.holds(facts, cause.at);
    if (where === true || (where === undefined && !on.whereIsOfEvent)) {
      consider(deciding, campaign, { cause, key: keyOf(campaign) });
    }
  }
}

/** Judges every campaign that the events Relance told itself trigger, and those that their steps tell in turn. */
export function triggerTold(deciding: Deciding): void {
  for (let cause = deciding.told.shift(); cause !== undefined; cause = deciding.told.shift()) {
    enterCampaigns(deciding, cause);
  }
}

/** Judges every campaign that waits for the change. The change becomes an event of Relance's own, if anybody does. */
export function enterBySegment(deciding: Deciding, { segment, change, at }: MembershipChange): void {
  const campaigns = deciding.catalogue.byTrigger.get(`${change} ${segment}`);
  if (campaigns === undefined) return;
  const event = ownEvent(deciding, { type: `segment.${change}`, at, of: segment }, { segment });
  effect(deciding, { kind: "event-derived", event: { ...event, hops: deciding.chain.length } });
  const cause = causeOf(event, [...deciding.chain, `${change} ${segment}`]);
  for (const campaign of campaigns) consider(deciding, campaign, { cause, key: timedKey(campaign, at) });
}

/** Has a member of long standing enter a campaign that asks for it when it is published; `asOf`: since when it could. */
export function enterOnBackfill(deciding: Deciding, campaignId: string, asOf: Instant): void {
  const campaign = deciding.catalogue.campaigns.get(campaignId);
  if (campaign?.on.kind !== "segment" || isFull(deciding)) return;
  const { segment } = campaign.on;
  const enteredAt = deciding.draft.memberships[segment];
  if (enteredAt === undefined) return;
  const event = ownEvent(
    deciding,
    { type: "segment.entered", at: Math.max(enteredAt, asOf), of: segment },
    { segment },
  );
  enterAs(deciding, campaign, { event, key: timedKey(campaign, enteredAt), isNoted: () => false });
}

/** Type of the event that an occurrence of a scheduled campaign is for one profile. */
export const SCHEDULE_OCCURRED = "schedule.occurred";

/**
 * Judges a scheduled campaign for this profile. Who is outside its audience gets no event of it; who is in already does not
 * hear of it twice, whatever page of the list is done again.
 */
export function enterOccurrence(deciding: Deciding, campaignId: string, at: Instant): void {
  const campaign = deciding.catalogue.campaigns.get(campaignId);
  if (campaign?.on.kind !== "schedule" || statusOf(deciding.catalogue, campaignId) === "archived") return;
  const event = ownEvent(deciding, { type: SCHEDULE_OCCURRED, at, of: campaignId }, { campaign: campaignId });
  const isNoted = (reason: EntryRefusal) => reason !== "audience" && reason !== "already-entered";
  enterAs(deciding, campaign, { event, key: timedKey(campaign, at), isNoted });
}

/** Judges an entry by an event that is only kept when it leads to one, or to a refusal that is noted. */
function enterAs(
  deciding: Deciding,
  campaign: Campaign,
  entry: { event: Event; key: string; isNoted: (reason: EntryRefusal) => boolean },
): void {
  const { event, key, isNoted } = entry;
  const { effects } = deciding;
  const before = effects.length;
  consider(deciding, campaign, { cause: causeOf(event), key });
  const judged = effects[before];
  const reason = judged?.kind === "judged" ? judged.judgement.reason : undefined;
  const follows = effects.splice(before);
  if (reason !== undefined && !isNoted(reason)) return;
  effect(deciding, { kind: "event-derived", event });
  effects.push(...follows);
}

/** Each membership and each occurrence is an entry of its own, unless one enters only once. */
function timedKey({ reentry }: Campaign, at: Instant): string {
  return reentry.kind === "never" ? "once" : iso(at);
}
