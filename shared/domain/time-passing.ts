// Decides what time alone brings: birthdays and churn risk, as events of Relance's own.
import { BIRTHDAY_REACHED } from "./birthday.ts";
import { CHURN_RISK_DETECTED } from "./churn.ts";
import { type Deciding, isFull, ownEvent } from "./deciding.ts";
import { derive } from "./derive.ts";
import { triggerTold } from "./enter.ts";
import type { Event } from "./event.ts";
import { armBirthday } from "./fold.ts";
import { DAY_MS, type Instant, iso } from "./instant.ts";
import type { Profile } from "./profile.ts";
import { earliest } from "./verdict.ts";
import { localYear, zoneOf } from "./zone.ts";

/** Lets everything happen that time brought between what is settled and an instant, in order, and settles it. */
export function letTimePass(deciding: Deciding, until: Instant): void {
  const { draft } = deciding;
  for (let dueAt = nextByTime(draft); dueAt !== undefined && dueAt <= until; dueAt = nextByTime(draft)) {
    // What does not fit any more comes with the next decision, at its own instant.
    if (isFull(deciding)) return;
    draft.settledAt = Math.max(draft.settledAt, dueAt);
    const event = draft.birthday?.nextAt === dueAt ? reachBirthday(deciding, dueAt) : detectChurnRisk(deciding, dueAt);
    derive(deciding, event);
    triggerTold(deciding);
  }
  draft.settledAt = Math.max(draft.settledAt, until);
}

/** When the next event by time alone comes; what lies in the settled past never does. */
export function nextByTime({ birthday, churn, settledAt }: Profile): Instant | undefined {
  const risk = churn !== undefined && !churn.detected && churn.atRiskAt > settledAt ? churn.atRiskAt : undefined;
  return earliest([birthday?.nextAt, risk]);
}

function reachBirthday(deciding: Deciding, at: Instant): Event {
  const { draft, catalogue } = deciding;
  const year = localYear(at, zoneOf(draft.traits, catalogue.settings.timezone));
  draft.birthday = { reachedYear: year };
  armBirthday(draft, catalogue);
  const born = /^(\d{4})-/.exec(String(draft.traits["birthday"]?.value))?.[1];
  const age = born === undefined ? {} : { age: year - Number(born) };
  return ownEvent(deciding, { type: BIRTHDAY_REACHED, at }, { year, ...age });
}

function detectChurnRisk(deciding: Deciding, at: Instant): Event {
  const churn = deciding.draft.churn as NonNullable<Profile["churn"]>;
  deciding.draft.churn = { ...churn, detected: true };
  const silentDays = Math.round((at - churn.lastAt) / DAY_MS);
  return ownEvent(deciding, { type: CHURN_RISK_DETECTED, at }, { lastPurchaseAt: iso(churn.lastAt), silentDays });
}
