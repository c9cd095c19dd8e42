// Decides which links to somebody's page also download and erase: those that were asked for and mailed to them just now.
import type { Campaign } from "./campaign.ts";
import type { Catalogue } from "./catalogue.ts";
import { DAY_MS, type Instant } from "./instant.ts";
import type { Links } from "./link-token.ts";

/** The event of asking for the link. Mails that answer it carry a fresh one, all others never: those get passed on. */
export const LINK_REQUESTED = "preferences.requested";

const FRESH_MS = DAY_MS;

/** What the link in a mail says of its freshness, by what caused the mail. */
export function freshness(causeType: string | undefined, sentAt: Instant): Pick<Links["preferences"], "freshUntil"> {
  return causeType === LINK_REQUESTED ? { freshUntil: sentAt + FRESH_MS } : {};
}

export function isFresh({ freshUntil }: Links["preferences"], now: Instant): boolean {
  return freshUntil !== undefined && now < freshUntil;
}

/**
 * Whether whoever asks is mailed a fresh link, whatever else is known of them. A campaign that leaves some people out, or answers
 * once only, does not count: they would be without a way to their data. Switches that are off for a while do not matter.
 */
export function mailsFreshLinks({ byTrigger }: Pick<Catalogue, "byTrigger">): boolean {
  return (byTrigger.get(LINK_REQUESTED) ?? []).some(answersEverybody);
}

function answersEverybody({ status, on, audience, purpose, holdout, reentry, steps }: Campaign): boolean {
  const isForAll = on.kind === "event" && on.where === undefined && audience === undefined && holdout === 0;
  // Within that time the link of the mail before is still fresh.
  const isForEachRequest = reentry.kind === "always" || (reentry.kind === "after" && reentry.ms <= FRESH_MS);
  const sends = steps.some(({ kind }) => kind === "send");
  return status === "live" && purpose === "service" && isForAll && isForEachRequest && sends;
}
