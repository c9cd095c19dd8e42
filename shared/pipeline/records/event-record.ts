// Decides how an event is kept: the timeline, the ledger against duplicates, and the decisions it led to.
import { eventSk } from "../../domain/deciding.ts";
import type { Judgement } from "../../domain/effect.ts";
import type { Event } from "../../domain/event.ts";
import type { JsonObject } from "../../domain/json.ts";
import { eventList, profilePk, SCHEMA } from "../keys.ts";
import type { Item } from "../ports.ts";

/** Type of the record that carries what time alone changed. */
export const TIME_PASSED = "time.passed";

/** A segment that was entered or left because of this event; `at` is epoch milliseconds. */
export type SegmentChange = { segment: string; change: "entered" | "left"; at: number };

/** What is known of one event. */
export type EventRecord = Event & { judgements?: Judgement[]; changes?: SegmentChange[] };

/** The item of an event in its profile's partition. */
export function eventItem(profileId: string, record: EventRecord): Item {
  const { judgements, changes, ...event } = record;
  return {
    pk: profilePk(profileId),
    sk: eventSk(event),
    schema: SCHEMA,
    // What only carries changes that time brought is no event to others, and not counted as one.
    ...(event.type !== TIME_PASSED && eventList(profileId, event)),
    ...(event as unknown as JsonObject),
    ...(judgements?.length && { judgements: judgements as JsonObject[] }),
    ...(changes?.length && { changes: changes as JsonObject[] }),
  };
}

/** Reads an event's item back. */
export function readEvent(item: Item): EventRecord {
  const { pk: _pk, sk: _sk, schema: _schema, listPk: _listPk, listSk: _listSk, ...record } = item;
  return record as unknown as EventRecord;
}
