// Decides what an event is: a fact about one profile, in the past tense, that happened at one instant.
import * as z from "zod";
import { normalAddress } from "./email-address.ts";
import type { Instant } from "./instant.ts";
import { DAY_MS, HOUR_MS } from "./instant.ts";
import type { JsonObject } from "./json.ts";

/** How a source names the person: its own user id, an anonymous id, or an e-mail address. */
export const identityKinds = ["userId", "anonymousId", "email"] as const;
/** `profile`: by the opaque id, as only Relance itself names people. */
export type IdentityKind = (typeof identityKinds)[number] | "profile";
export type Identity = { kind: IdentityKind; value: string };

/** Events of this type carry only traits. */
export const IDENTIFIED = "profile.identified";

/** Events older than this at the door update history and trigger nothing. */
export const LATE_MS = 72 * HOUR_MS;
/** How far ahead of our clock an event may claim to be before it is rejected; less than that counts as now. */
export const FUTURE_MS = DAY_MS;
/** Nothing happened before this; earlier instants are mistakes. */
export const EARLIEST_AT: Instant = Date.UTC(1900, 0, 1);
/** Largest amount of one event, in minor units, so that totals stay exact. */
export const MAX_AMOUNT = 1e11;
/** A loop of events that cause events ends here. */
export const MAX_HOPS = 8;

/** A fact as the pipeline knows it. */
export type Event = {
  /** Unique within its source. */
  id: string;
  source: string;
  type: string;
  /** When it happened, corrected for the sender's clock; never after `receivedAt`. */
  occurredAt: Instant;
  /** The timestamp as the sender declared it (identical in every retry); absent when there was none. */
  declaredAt?: Instant;
  receivedAt: Instant;
  /** When we had it at the earliest, where that is not known to the millisecond and matters: of words on consent. */
  acceptedAt?: Instant;
  /** When our door took it, where the sender gave the bus an earlier time of its own: of words on consent. */
  takenAt?: Instant;
  /** History only: changes state, triggers nothing. */
  late: boolean;
  hops: number;
  /** The triggers behind the mail that this is news of; only Relance itself says so. */
  behind?: string[];
  traits?: JsonObject;
  properties: JsonObject;
};

/** What Relance tells others of segments, schedules and time: no rule counts or waits for these. */
export const TOLD_TYPE = /^(segment|schedule|time)\./;

export const EVENT_TYPE = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;

const text = (max: number) => z.string().min(1).max(max);
const jsonObject = z.record(z.string().max(200), z.json());

/** The detail of a bus entry: what every source must say. Other fields are not kept. */
export const factSchema = z.object({
  id: text(255).optional(),
  userId: text(255).optional(),
  anonymousId: text(255).optional(),
  email: text(320).optional(),
  occurredAt: z.string().max(40).optional(),
  declaredAt: z.string().max(40).optional(),
  /** When one of our own doors took it, to the millisecond, which the bus does not keep. */
  acceptedByRelanceAt: z.string().max(40).optional(),
  history: z.boolean().optional(),
  hops: z.int().min(0).max(MAX_HOPS).optional(),
  traits: jsonObject.optional(),
  properties: jsonObject.optional(),
});
export type Fact = z.infer<typeof factSchema>;

/** Field and reason of one thing that is wrong with an input. */
export type InputProblem = { code: string; path: string; message: string };

/** The identity a fact names: userId before anonymousId before e-mail. */
export function identityOf(fact: Fact): Identity | undefined {
  if (fact.userId !== undefined) return { kind: "userId", value: fact.userId };
  if (fact.anonymousId !== undefined) return { kind: "anonymousId", value: fact.anonymousId };
  if (fact.email !== undefined)
    return { kind: "email", value: normalAddress(fact.email) ?? fact.email.trim().toLowerCase() };
  return undefined;
}

/** Whether the event was too old at the door to trigger anything. */
export function isLate(occurredAt: Instant, receivedAt: Instant): boolean {
  return receivedAt - occurredAt > LATE_MS;
}
