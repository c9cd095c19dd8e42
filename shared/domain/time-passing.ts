// Decides what time alone brings: birthdays and churn risk, as events of Relance's own.
import { BIRTHDAY_REACHED } from "./birthday.ts";
import { CHURN_RISK_DETECTED } from "./churn.ts";
import { causeOf, type Deciding } from "./deciding.ts";
import { enterCampaigns } from "./enter.ts";
import type { Event } from "./event.ts";
import { armBirthday, fold } from "./fold.ts";
import { DAY_MS, type Instant, iso } from "./instant.ts";
import type { JsonObject } from "./json.ts";
import type { Profile } from "./profile.ts";
import { earliest } from "./verdict.ts";
import { localYear, zoneOf } from "./zone.ts";

/** Source name of Relance's own events. */
export const OWN_SOURCE = "relance";

/** Lets everything happen that time brought between what is settled and an instant, in order, and settles it. */
export function letTimePass(deciding: Deciding, until: Instant): void {
  const { draft } = deciding;
  for (let dueAt = nextByTime(draft); dueAt !== undefined && dueAt <= until; dueAt = nextByTime(draft)) {
    draft.settledAt = Math.max(draft.settledAt, dueAt);
    const event = draft.birthday?.nextAt === dueAt ? reachBirthday(deciding, dueAt) : detectChurnRisk(draft, dueAt);
    fold(draft, event, deciding.catalogue);
    deciding.effects.push({ kind: "event-derived", event });
    enterCampaigns(deciding, causeOf(event));
  }
  draft.settledAt = Math.max(draft.settledAt, until);
}

/** When the next event by time alone comes; what lies in the settled past never does. */
export function nextByTime({ birthday, churn, settledAt }: Profile): Instant | undefined {
  const risk = churn !== undefined && !churn.detected && churn.atRiskAt > settledAt ? churn.atRiskAt : undefined;
  return earliest([birthday?.nextAt, risk]);
}

function reachBirthday({ draft, catalogue }: Deciding, at: Instant): Event {
  const year = localYear(at, zoneOf(draft.traits, catalogue.settings.timezone));
  draft.birthday = { reachedYear: year };
  armBirthday(draft, catalogue);
  const born = /^(\d{4})-/.exec(String(draft.traits["birthday"]?.value))?.[1];
  return own(
    { type: BIRTHDAY_REACHED, profileId: draft.id, at },
    { year, ...(born !== undefined && { age: year - Number(born) }) },
  );
}

function detectChurnRisk(draft: Profile, at: Instant): Event {
  const churn = draft.churn as NonNullable<Profile["churn"]>;
  draft.churn = { ...churn, detected: true };
  const silentDays = Math.round((at - churn.lastAt) / DAY_MS);
  return own({ type: CHURN_RISK_DETECTED, profileId: draft.id, at }, { lastPurchaseAt: iso(churn.lastAt), silentDays });
}

/** Many people celebrate at one instant: the opaque id keeps the event's id unique within its source. */
function own({ type, profileId, at }: { type: string; profileId: string; at: Instant }, properties: JsonObject): Event {
  return {
    id: `${type}@${iso(at)}/${profileId}`,
    source: OWN_SOURCE,
    type,
    occurredAt: at,
    declaredAt: at,
    receivedAt: at,
    late: false,
    hops: 0,
    properties,
  };
}
