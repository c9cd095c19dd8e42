// Decides what one person's page shows: the profile, and everything that happened, was decided and was sent, in order.
import { iso } from "../../domain/instant.ts";
import type { Profile } from "../../domain/profile.ts";
import { profilePk } from "../keys.ts";
import { itemsOfRange } from "../pages.ts";
import type { Ports } from "../ports.ts";
import { type EventRecord, readEvent } from "../records/event-record.ts";
import { readSend } from "../records/send-record.ts";
import { loadState } from "../records/state.ts";
import { sendView } from "./send-view.ts";

/** One event as the outside sees it, with the decisions it led to. */
export function eventView(record: EventRecord) {
  return {
    type: record.type,
    id: record.id,
    source: record.source,
    occurredAt: iso(record.occurredAt),
    receivedAt: iso(record.receivedAt),
    ...(record.late && { late: true }),
    ...(record.traits && { traits: record.traits }),
    properties: record.properties,
    ...(record.judgements && { decisions: record.judgements }),
    ...(record.changes && {
      segments: record.changes.map(({ segment, change, at }) => ({ segment, change, at: iso(at) })),
    }),
  };
}

/** What is known of a profile; `undefined` when there is none. */
export async function profileView(ports: Ports, profileId: string) {
  const state = await loadState(ports, profileId);
  if (state === undefined) return undefined;
  const { profile } = state;
  return {
    id: profile.id,
    identities: profile.identities,
    createdAt: iso(profile.createdAt),
    traits: mapValues(profile.traits, ({ value }) => value),
    consents: mapValues(profile.consents, ({ state: said, at, by }) => ({ state: said, at: iso(at), by })),
    segments: mapValues(profile.memberships, iso),
    activity: mapValues(profile.activity, ({ count, firstAt, lastAt, sums }) => ({
      count,
      firstAt: iso(firstAt),
      lastAt: iso(lastAt),
      ...(sums && { sums }),
    })),
    ...(profile.purchaseDays && { purchaseDays: profile.purchaseDays.count }),
    ...(profile.churn && { churn: churnView(profile.churn) }),
    ...(profile.birthday?.nextAt !== undefined && { nextBirthdayAt: iso(profile.birthday.nextAt) }),
    runs: profile.runs.map(({ campaign, key, state: runState, step, dueAt }) => ({
      campaign,
      key,
      state: runState,
      step,
      dueAt: iso(dueAt),
    })),
    ...(profile.wakeAt !== undefined && { nextCheckAt: iso(profile.wakeAt) }),
  };
}

export function churnView({ atRiskAt, lastAt, gapDays, shopGapDays, detected }: NonNullable<Profile["churn"]>) {
  return { atRiskAt: iso(atRiskAt), lastPurchaseAt: iso(lastAt), gapDays, shopGapDays, detected };
}

/** Events and sends of a profile in order of time; `undefined` when there is no such profile. */
export async function timelineView(ports: Ports, profileId: string) {
  const pk = profilePk(profileId);
  if ((await ports.table.get({ pk, sk: "STATE#PROFILE" })) === undefined) return undefined;
  const items: ({ kind: "event" | "send"; at: string } & { [field: string]: unknown })[] = [];
  for await (const page of itemsOfRange(ports.table, { pk, prefix: "EVENT#" })) {
    for (const item of page) {
      const view = eventView(readEvent(item));
      items.push({ kind: "event", at: view.occurredAt, ...view });
    }
  }
  for await (const page of itemsOfRange(ports.table, { pk, prefix: "SEND#" })) {
    for (const item of page) {
      const { send, ledger } = readSend(item);
      items.push({ kind: "send", ...sendView(send, ledger) });
    }
  }
  return { items: items.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) };
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
