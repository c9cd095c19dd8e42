// Decides how a send and its ledger are kept: one item, from intent to the last word about it.

import { type Instant, MINUTE_MS, parseInstant } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import { LEASE_JITTER_MS, type Ledger, SEND_LEASE_MS, type Send } from "../../domain/send.ts";
import { heldList, SCHEMA, sendDue, sendKey, sendList } from "../keys.ts";
import type { Item } from "../ports.ts";

export type SendRecord = { send: Send; ledger: Ledger; version: number; dueAt?: Instant };

/** Version of a send that has just been decided. */
export const FIRST_VERSION = 1;

/** The item of a send that has just been decided: pending, with the fast path's lease. */
export function intendedItem(send: Send): Item {
  return {
    ...sendKey(send.profileId, send.id),
    ...sendDue(send, send.intendedAt + SEND_LEASE_MS),
    schema: SCHEMA,
    version: FIRST_VERSION,
    send: send as unknown as JsonObject,
    ledger: { state: "PENDING", at: send.intendedAt, attempts: 0 },
  };
}

/** What a send waits for: an instant, or a resume; nothing when it is at its end. */
export type WaitsFor = Instant | "resume" | undefined;

/** The item of a send at its next version: in the due index, in the list of the held, or in the list of all. */
export function sendItem({ send, version }: SendRecord, ledger: Ledger, waitsFor?: WaitsFor): Item {
  return {
    ...sendKey(send.profileId, send.id),
    ...(waitsFor === "resume" ? heldList(send) : sendList(send)),
    ...(typeof waitsFor === "number" && sendDue(send, waitsFor)),
    schema: SCHEMA,
    version: version + 1,
    send: send as unknown as JsonObject,
    ledger: ledger as unknown as JsonObject,
  };
}

/** Reads a send's item back. */
export function readSend(item: Item): SendRecord {
  const dueAt = item.dueAt === undefined ? undefined : parseInstant(item.dueAt);
  return {
    send: item["send"] as unknown as Send,
    ledger: item["ledger"] as unknown as Ledger,
    version: item.version as number,
    ...(dueAt !== undefined && { dueAt }),
  };
}

/** The end of a claim's lease: the due time the item has already, unless that is too near (saves two index writes). */
export function leaseUntil(record: SendRecord, now: Instant): Instant {
  const enough =
    record.dueAt !== undefined &&
    record.dueAt - now >= 2 * MINUTE_MS &&
    record.dueAt - now <= SEND_LEASE_MS + LEASE_JITTER_MS;
  return enough ? (record.dueAt as Instant) : now + SEND_LEASE_MS;
}
