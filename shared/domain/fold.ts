// Decides how an event changes what is known of a profile. The result does not depend on the order of arrival.
import { nextBirthday } from "./birthday.ts";
import type { Catalogue } from "./catalogue.ts";
import { churnAfter } from "./churn.ts";
import { consentsIn, heard } from "./consent.ts";
import { countEvent } from "./counter.ts";
import { type Deciding, effect, OWN_SOURCE } from "./deciding.ts";
import { normalAddress } from "./email-address.ts";
import type { Event } from "./event.ts";
import type { JsonObject } from "./json.ts";
import { isMoney } from "./money.ts";
import type { Activity, Profile } from "./profile.ts";
import { addPurchase } from "./purchase-days.ts";
import { supersedes, textTrait, traitNamed } from "./trait.ts";
import { zoneOf } from "./zone.ts";

export const PURCHASE_COMPLETED = "purchase.completed";

type FoldContext = Pick<Catalogue, "settings" | "counters" | "constants">;

/** Applies one event to a draft, in place. */
export function fold(draft: Profile, event: Event, context: FoldContext): void {
  draft.createdAt = Math.min(draft.createdAt, event.occurredAt);
  if (event.traits !== undefined) foldTraits(draft, event, context);
  draft.activity[event.type] = activityAfter(draft.activity[event.type], event);
  const specs = context.counters.get(event.type);
  if (specs !== undefined) countEvent(draft.counters, event, specs);
  if (event.type === PURCHASE_COMPLETED) foldPurchase(draft, event, context);
}

/** Applies one event to the draft of a decision, and notes what was heard of what the person agrees to. */
export function learn(deciding: Deciding, event: Event): void {
  const { draft, catalogue } = deciding;
  const known = event.traits?.["consent"] === undefined ? draft.consents : { ...draft.consents };
  fold(draft, event, catalogue);
  if (known === draft.consents) return;
  const email = normalAddress(textTrait(draft.traits, "email") ?? "");
  for (const after of Object.values(draft.consents)) {
    const before = known[after.purpose];
    const { source, late } = event;
    const change = { before, after, source, late, ...(email !== undefined && { email }) };
    if (after !== before) effect(deciding, { kind: "consent-changed", ...change });
  }
}

/** At one instant a step of a campaign speaks last, since it speaks because of what was said: "~" sorts behind letters. */
function stampBy({ source, id }: Event): string {
  return source === OWN_SOURCE ? `~${source}/${id}` : `${source}/${id}`;
}

/** Folds traits and consents; `null` takes a trait away. */
function foldTraits(draft: Profile, event: Event, context: FoldContext): void {
  const stamp = { at: event.occurredAt, by: stampBy(event) };
  const { consent: _consent, ...traits } = event.traits as JsonObject;
  for (const [name, value] of Object.entries(traits)) {
    if (supersedes(stamp, traitNamed(draft.traits, name))) draft.traits[name] = { value, ...stamp };
  }
  for (const said of consentsIn(event, stamp.by, context.settings.consent)) {
    draft.consents[said.purpose] = heard(draft.consents[said.purpose], said);
  }
  armBirthday(draft, context);
}

/** Computes when the next birthday comes, as known now; nothing of the settled past comes back. */
export function armBirthday(draft: Profile, { settings }: Pick<FoldContext, "settings">): void {
  const birthday = textTrait(draft.traits, "birthday");
  const reachedYear = draft.birthday?.reachedYear;
  const nextAt =
    birthday === undefined
      ? undefined
      : nextBirthday(birthday, {
          zone: zoneOf(draft.traits, settings.timezone),
          at: settings.birthday.at,
          after: draft.settledAt,
          reachedYear,
        });
  if (nextAt === undefined && reachedYear === undefined) delete draft.birthday;
  else draft.birthday = { ...(nextAt !== undefined && { nextAt }), ...(reachedYear !== undefined && { reachedYear }) };
}

function activityAfter(known: Activity | undefined, { occurredAt, properties }: Event): Activity {
  const activity: Activity =
    known === undefined
      ? { count: 1, firstAt: occurredAt, lastAt: occurredAt }
      : {
          ...known,
          count: known.count + 1,
          firstAt: Math.min(known.firstAt, occurredAt),
          lastAt: Math.max(known.lastAt, occurredAt),
        };
  const amount = properties["amount"];
  if (isMoney(amount)) {
    activity.sums = { ...known?.sums, [amount.currency]: (known?.sums?.[amount.currency] ?? 0) + amount.amount };
  }
  return activity;
}

function foldPurchase(draft: Profile, event: Event, { constants }: FoldContext): void {
  const days = addPurchase(draft.purchaseDays, event.occurredAt);
  const lastAt = (draft.activity[PURCHASE_COMPLETED] as Activity).lastAt;
  draft.purchaseDays = days;
  draft.churn = churnAfter({ days, lastAt }, constants.gapDays, draft.churn);
}
