// Decides which writes a decision becomes: events, state, memberships, entries and intents of one profile, together.
import { eventSk, OWN_SOURCE } from "../domain/deciding.ts";
import type { Effect, Judgement } from "../domain/effect.ts";
import { type Event, IDENTIFIED, TOLD_TYPE } from "../domain/event.ts";
import { type Instant, iso } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Profile } from "../domain/profile.ts";
import { entryName } from "../domain/run.ts";
import { addressWrites } from "./address-writes.ts";
import type { DecidedAll, ProfileInput } from "./decided-inputs.ts";
import { memberKey, profilePk, SCHEMA, seenKey } from "./keys.ts";
import type { BusEntry, Ports, Write } from "./ports.ts";
import type { AddressRecord } from "./records/address-record.ts";
import { proofWrites } from "./records/consent-proof.ts";
import { type EntryItem, entryItem } from "./records/entry-record.ts";
import { type EventRecord, eventItem, readEvent, type SegmentChange, TIME_PASSED } from "./records/event-record.ts";
import { intendedItem } from "./records/send-record.ts";
import { type State, stateWrites } from "./records/state.ts";

/** A write with what its failed condition would mean. */
export type Part =
  | { kind: "event"; messageId: string; write: Write }
  | { kind: "entry"; name: string; write: Write }
  | { kind: "send"; sendId: string; write: Write }
  | { kind: "identity" | "state"; write: Write };

type Decision = {
  before: State;
  decided: DecidedAll;
  inputs: ProfileInput[];
  /** Sends and entries that are there already. */
  intended: ReadonlySet<string>;
  taken: ReadonlyMap<string, Instant>;
  /** Addresses that were read already. */
  addresses: ReadonlyMap<string, AddressRecord>;
};

/** All writes of one profile's transaction. */
export async function partsOf(ports: Ports, decision: Decision): Promise<Part[]> {
  const { before, decided, addresses } = decision;
  const effects = decided.steps.flatMap((step) => step.effects);
  return [
    ...stateWrites(before, decided.profile, decided.wakeAt).map(asState),
    ...memberWrites(before.profile, decided.profile).map(asState),
    ...(await eventParts(ports, decision)),
    ...entryParts(effects, before.profile.id, decision.taken),
    ...effects.flatMap((effect) => effectParts(effect, decision)),
    ...effects.flatMap((effect) => proofWrites(before.profile.id, effect)).map(asState),
    ...(await addressWrites(ports, before, { after: decided.profile, effects, addresses })).map(asState),
  ];
}

const asState = (write: Write): Part => ({ kind: "state", write });

function memberWrites(before: Profile, after: Profile): Write[] {
  const left = Object.keys(before.memberships).filter((segment) => after.memberships[segment] === undefined);
  const changed = Object.entries(after.memberships).filter(
    ([segment, enteredAt]) => before.memberships[segment] !== enteredAt,
  );
  return [
    ...left.map((segment): Write => ({ delete: memberKey(segment, after.id) })),
    ...changed.map(
      ([segment, enteredAt]): Write => ({ put: { ...memberKey(segment, after.id), schema: SCHEMA, enteredAt } }),
    ),
  ];
}

/** One item per entry: put *absent* when the run starts (unless it is known to enter again), put again when it ends. */
function entryParts(effects: Effect[], profileId: string, taken: Decision["taken"]): Part[] {
  const entries = new Map<string, { item: EntryItem; isNew: boolean }>();
  for (const effect of effects) {
    if (effect.kind !== "run-started" && effect.kind !== "run-ended") continue;
    const name = entryName(effect.run);
    const known = entries.get(name);
    const isStart = effect.kind === "run-started";
    const item = isStart || known === undefined ? entryItem(profileId, effect.run) : known.item;
    if (!isStart) Object.assign(item, { endedAt: effect.at, reason: effect.reason });
    entries.set(name, { item, isNew: known?.isNew ?? (isStart && !taken.has(name)) });
  }
  return [...entries].map(([name, { item, isNew }]): Part => {
    const isCondition = isNew ? ({ absent: true } as const) : ({ exists: true } as const);
    return { kind: "entry", name, write: { put: item, if: isCondition } };
  });
}

function effectParts(effect: Effect, { intended }: Decision): Part[] {
  if (effect.kind === "send-intended" && !intended.has(effect.send.id)) {
    return [{ kind: "send", sendId: effect.send.id, write: { put: intendedItem(effect.send), if: { absent: true } } }];
  }
  return [];
}

/** The events themselves, Relance's own ones, and the decisions on all of them. */
async function eventParts(ports: Ports, { before, decided }: Decision): Promise<Part[]> {
  const records = new Map<string, EventRecord>();
  const parts: Part[] = [];
  for (const { input, effects } of decided.steps) {
    if (input !== undefined) records.set(eventSk(input.event), { ...input.event });
    const derived = effects.flatMap((effect) => (effect.kind === "event-derived" ? [effect.event] : []));
    for (const event of derived) records.set(eventSk(event), { ...event });
    const changes = changesOf(effects);
    if (changes.length > 0) {
      const carrier = input?.event ?? derived[0] ?? timePassed(ports.clock.now());
      const record = records.get(eventSk(carrier)) ?? { ...carrier };
      records.set(eventSk(carrier), { ...record, changes });
    }
  }
  const judgements = judgementsOf(decided);
  for (const [sk, judged] of judgements) {
    const record = records.get(sk);
    if (record !== undefined) records.set(sk, { ...record, judgements: judged });
    else parts.push(...(await laterJudgement(ports, before.profile.id, { sk, judged })));
  }
  for (const { input } of decided.steps)
    if (input !== undefined) parts.push(...inputParts(before.profile.id, input, records));
  for (const record of records.values()) parts.push(asState({ put: eventItem(before.profile.id, record) }));
  return parts;
}

/** The event *absent*, and where it declared no time a mark of its id, which then tells a retry. */
function inputParts(profileId: string, { messageId, event }: ProfileInput, records: Map<string, EventRecord>): Part[] {
  const sk = eventSk(event);
  const record = records.get(sk);
  if (record === undefined) return [];
  records.delete(sk);
  const parts: Part[] = [
    { kind: "event", messageId, write: { put: eventItem(profileId, record), if: { absent: true } } },
  ];
  if (event.declaredAt === undefined) {
    parts.push({
      kind: "event",
      messageId,
      write: { put: { ...seenKey(event.source, event.id), schema: SCHEMA }, if: { absent: true } },
    });
  }
  return parts;
}

/** The last word on each campaign per causing event. */
function judgementsOf(decided: DecidedAll): Map<string, Judgement[]> {
  const byCause = new Map<string, Map<string, Judgement>>();
  for (const { effects } of decided.steps) {
    for (const effect of effects) {
      if (effect.kind !== "judged") continue;
      const judged = byCause.get(effect.causeSk) ?? new Map<string, Judgement>();
      byCause.set(effect.causeSk, judged.set(effect.judgement.campaign, effect.judgement));
    }
  }
  return new Map([...byCause].map(([sk, judged]) => [sk, [...judged.values()]]));
}

/** A run that was settling is judged after its event was stored: the word is kept with that event. */
async function laterJudgement(
  ports: Ports,
  profileId: string,
  { sk, judged }: { sk: string; judged: Judgement[] },
): Promise<Part[]> {
  const final = judged.filter(({ outcome }) => outcome !== "settling");
  const item = final.length === 0 ? undefined : await ports.table.get({ pk: profilePk(profileId), sk });
  if (item === undefined) return [];
  const record = readEvent(item);
  const others = (record.judgements ?? []).filter(({ campaign }) => !final.some((word) => word.campaign === campaign));
  return [
    asState({ put: eventItem(profileId, { ...record, judgements: [...others, ...final] }), if: { exists: true } }),
  ];
}

function changesOf(effects: Effect[]): SegmentChange[] {
  return effects.flatMap((effect): SegmentChange[] => {
    if (effect.kind === "segment-entered") return [{ segment: effect.segment, change: "entered", at: effect.at }];
    return effect.kind === "segment-left" ? [{ segment: effect.segment, change: "left", at: effect.at }] : [];
  });
}

/** Carries the changes that time alone brought. */
function timePassed(at: Instant): Event {
  return {
    id: `time.passed@${iso(at)}`,
    source: OWN_SOURCE,
    type: TIME_PASSED,
    occurredAt: at,
    declaredAt: at,
    receivedAt: at,
    late: false,
    hops: 0,
    properties: {},
  };
}

/**
 * What others may want to know, as bus entries of source `relance`. The opaque id tells who; emitted events also carry the
 * properties their authors gave them.
 */
export function notificationsOf(profileId: string, effects: Effect[], now: Instant): BusEntry[] {
  return effects.flatMap((effect): BusEntry[] => {
    const entry = (type: string, detail: JsonObject): BusEntry => ({
      source: OWN_SOURCE,
      type,
      at: now,
      detail: { profileId, ...detail },
    });
    if (effect.kind === "segment-entered" || effect.kind === "segment-left") {
      return [entry(effect.kind.replace("-", "."), { segment: effect.segment, occurredAt: iso(effect.at) })];
    }
    if (effect.kind !== "event-derived" || isToldOtherwise(effect.event)) return [];
    const { id, type, occurredAt, properties } = effect.event;
    return [entry(type, { id, occurredAt: iso(occurredAt), properties })];
  });
}

/** Changes of membership are told as such, traits are nobody else's business, and a broadcast is no news of each member. */
function isToldOtherwise({ type }: Event): boolean {
  return type === IDENTIFIED || TOLD_TYPE.test(type);
}
