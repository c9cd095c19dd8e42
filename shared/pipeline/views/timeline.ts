// Decides what one person's page shows: the profile, and everything that happened, was decided and was sent, in order.
import { type Address, NEW_ADDRESS } from "../../domain/address.ts";
import { normalAddress } from "../../domain/email-address.ts";
import { type Instant, iso } from "../../domain/instant.ts";
import type { Profile } from "../../domain/profile.ts";
import { textTrait } from "../../domain/trait.ts";
import { PROOF, profilePk } from "../keys.ts";
import { itemsOfRange } from "../pages.ts";
import type { Item, Ports } from "../ports.ts";
import { loadAddress } from "../records/address-record.ts";
import type { Proof } from "../records/consent-proof.ts";
import { readEntry } from "../records/entry-record.ts";
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
    ...(await closedView(ports, profile)),
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
    runs: profile.runs.map(({ campaign, key, state: runState, step, dueAt, arm }) => ({
      campaign,
      key,
      state: runState,
      step,
      dueAt: iso(dueAt),
      ...(arm !== "treated" && { arm }),
    })),
    ...(profile.wakeAt !== undefined && { nextCheckAt: iso(profile.wakeAt) }),
  };
}

export function churnView({ atRiskAt, lastAt, gapDays, shopGapDays, detected }: NonNullable<Profile["churn"]>) {
  return { atRiskAt: iso(atRiskAt), lastPurchaseAt: iso(lastAt), gapDays, shopGapDays, detected };
}

/** What keeps mail from the address the profile has now, whoever reads there; what does not hold is left out. */
export async function closedView(ports: Ports, profile: Profile) {
  const { suppressions, optOuts, pauses } = await addressOf(ports, profile);
  const paused = Object.entries(pauses).filter(([, until]) => until > ports.clock.now());
  return {
    ...(Object.keys(suppressions).length > 0 && { suppressions: mapValues(suppressions, iso) }),
    ...(Object.keys(optOuts).length > 0 && { optOuts: mapValues(optOuts, iso) }),
    ...(paused.length > 0 && { pausedUntil: mapValues(Object.fromEntries(paused), iso) }),
  };
}

/** What is known of the address the profile has now: why no mail goes there, no more. */
async function addressOf(ports: Ports, { traits }: Profile): Promise<Address> {
  const email = normalAddress(textTrait(traits, "email") ?? "");
  return email === undefined ? NEW_ADDRESS : (await loadAddress(ports, email)).address;
}

type TimelineItem = {
  kind: "event" | "send" | "feedback" | "run-ended" | "consent" | "address";
  at: string;
  [field: string]: unknown;
};

/**
 * Everything of a profile in order of time: events with their decisions, sends and what came back on them, ends of runs,
 * words on consent that no event tells, and what closed its address. `undefined` when there is no such profile.
 */
export async function timelineView(ports: Ports, profileId: string) {
  const state = await loadState(ports, profileId);
  if (state === undefined) return undefined;
  const pk = profilePk(profileId);
  const now = ports.clock.now();
  const items: TimelineItem[] = [];
  const kinds = { "EVENT#": eventItems, "SEND#": sendItems, "ENTRY#": entryItems, [PROOF]: consentItems };
  for (const [prefix, itemsOf] of Object.entries(kinds)) {
    for await (const page of itemsOfRange(ports.table, { pk, prefix }))
      items.push(...page.flatMap((item) => itemsOf(item, now)));
  }
  items.push(...addressItems(await addressOf(ports, state.profile)));
  return { items: items.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) };
}

function eventItems(item: Item): TimelineItem[] {
  const view = eventView(readEvent(item));
  return [{ kind: "event", at: view.occurredAt, ...view }];
}

function sendItems(item: Item, now: Instant): TimelineItem[] {
  const view = sendView(readSend(item), { now });
  const { sendId, campaign, step } = view;
  const said = Object.entries(view.feedback ?? {});
  return [
    { kind: "send", ...view },
    ...said.map(([what, at]): TimelineItem => ({ kind: "feedback", at, what, sendId, campaign, step })),
  ];
}

/** That a run came to its last step is told by what that step did. */
function entryItems(item: Item): TimelineItem[] {
  const { key, arm, endedAt, ended } = readEntry(item);
  return endedAt === undefined || ended === "completed"
    ? []
    : [{ kind: "run-ended", at: endedAt, campaign: item["campaign"], key, ended, arm }];
}

/** What was said by an event is told by that event. */
function consentItems(item: Item): TimelineItem[] {
  const proof = item["proof"] as unknown as Proof;
  if (proof.source !== undefined) return [];
  const { at, purpose, state, actor = "system", how } = proof;
  return [{ kind: "consent", at: iso(at), purpose, state, actor, ...(how !== undefined && { how }) }];
}

function addressItems({ suppressions, optOuts }: Address): TimelineItem[] {
  return [
    ...Object.entries(suppressions).map(([why, at]): TimelineItem => ({ kind: "address", at: iso(at), what: why })),
    ...Object.entries(optOuts).map(
      ([purpose, at]): TimelineItem => ({ kind: "address", at: iso(at), what: "opt-out", purpose }),
    ),
  ];
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
