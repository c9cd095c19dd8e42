// Decides whether a bus message is an event Relance can apply, or what is wrong with it.
import * as z from "zod";
import { OWN_SOURCE } from "../domain/deciding.ts";
import { type Drop, NO_DROP, withoutDropped } from "../domain/drop.ts";
import {
  EARLIEST_AT,
  EVENT_TYPE,
  type Event,
  type Fact,
  FUTURE_MS,
  factSchema,
  type Identity,
  type InputProblem,
  identityOf,
  isLate,
  MAX_AMOUNT,
  MAX_HOPS,
} from "../domain/event.ts";
import { type Instant, parseInstant, SECOND_MS } from "../domain/instant.ts";
import { isMoney } from "../domain/money.ts";
import { problemsOf } from "../domain/problem.ts";
import { MAX_PROPERTIES_BYTES, recognise, unreadableAmount } from "../domain/recognise.ts";
import { unstorableIn } from "../domain/storable.ts";
import { traitProblem } from "../domain/trait-check.ts";

/** The EventBridge envelope around every fact. */
const envelopeSchema = z.object({
  id: z.string(),
  source: z.string().min(1).max(256),
  "detail-type": z.string().min(1).max(128),
  time: z.string(),
  detail: z.record(z.string(), z.json()),
});

const triggersSchema = z.array(z.string().max(200)).max(MAX_HOPS);

export type ParsedFact = { event: Event; identity: Identity };

/** `queuedAt`: when the message was put before us, by the queue's own clock. */
type Reading = { drop?: Drop; queuedAt?: Instant | undefined };

/**
 * Parses one envelope. `receivedAt` is when we first had it; declared times are never trusted beyond it. What is in `drop` is
 * gone from the event, after what is computed from it is there.
 */
export function parseFact(
  body: unknown,
  now: Instant,
  { drop = NO_DROP, queuedAt }: Reading = {},
): ParsedFact | InputProblem[] {
  // First, since the schema reads recursively.
  const unstorable = unstorableIn(body, "");
  if (unstorable !== undefined) return [unstorable];
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) return problemsOf(envelope.error);
  const { source, detail: told, id: envelopeId } = envelope.data;
  // Relance names people by the opaque id; no rule of the bus brings what others say in its name.
  const { profileId, behind, ...own } = source === OWN_SOURCE ? told : {};
  const detail = source === OWN_SOURCE ? { ...own, userId: profileId ?? null } : told;
  const recognised = recognise(envelope.data["detail-type"], detail);
  const parsed = factSchema.safeParse(recognised.detail);
  if (!parsed.success) return problemsOf(parsed.error).map(inDetail);
  const unreadable = problemOfAmount(parsed.data, recognised.type);
  const fact = withoutDropped(parsed.data, recognised.type, drop);
  const wrong = problemOfFact(fact, recognised.type) ?? unreadable;
  if (wrong !== undefined) return [wrong];
  const received = receiptOf(fact, { second: parseInstant(envelope.data.time) ?? now, queuedAt, now });
  const named = identityOf(fact) as Identity;
  const identity: Identity = source === OWN_SOURCE ? { kind: "profile", value: named.value } : named;
  const known = { type: recognised.type, source, id: fact.id ?? envelopeId, ...received, identity };
  const triggers = triggersSchema.safeParse(behind);
  return timed(fact, { ...known, ...(triggers.success && { behind: triggers.data }) });
}

/**
 * EventBridge's time has whole seconds: the event was received within that second, and not after now; when exactly, our door
 * tells of words on consent.
 */
function receiptOf(
  { acceptedByRelanceAt: told, traits }: Fact,
  { second, queuedAt, now }: { second: Instant; queuedAt: Instant | undefined; now: Instant },
): Pick<Event, "receivedAt" | "acceptedAt" | "takenAt"> {
  const latest = Math.min(second + SECOND_MS - 1, now);
  if (traits?.["consent"] === undefined) return { receivedAt: latest };
  const exact = told === undefined ? undefined : parseInstant(told);
  if (exact !== undefined && second <= exact && exact <= latest) return { receivedAt: exact };
  // The bus takes a time from whoever publishes: a no of today must not count as of last week. Our door tells when it was, or
  // the queue when it had the message.
  const tookAt = exact !== undefined && exact > latest ? exact : queuedAt;
  const isTakenLater = tookAt !== undefined && latest < tookAt && tookAt <= now;
  return {
    receivedAt: latest,
    acceptedAt: Math.min(second, latest, exact ?? latest),
    ...(isTakenLater && { takenAt: tookAt }),
  };
}

const inDetail = (problem: InputProblem): InputProblem => ({ ...problem, path: `detail.${problem.path}` });

function problemOfFact(fact: Fact, type: string): InputProblem | undefined {
  if (identityOf(fact) === undefined) {
    return {
      code: "no_identity",
      path: "detail.userId",
      message: "is missing; name the profile with userId, anonymousId or email",
    };
  }
  if (!EVENT_TYPE.test(type)) {
    return {
      code: "not_an_event_type",
      path: "detail-type",
      message: "must be lower case with a dot, for example purchase.completed",
    };
  }
  if (JSON.stringify(fact).length > MAX_PROPERTIES_BYTES) {
    return {
      code: "too_large",
      path: "detail",
      message: `is over ${MAX_PROPERTIES_BYTES / 1024} KB; send only what rules and mails use`,
    };
  }
  const amount = fact.properties?.["amount"];
  if (isMoney(amount) && Math.abs(amount.amount) > MAX_AMOUNT) {
    return { code: "amount_too_large", path: "detail.properties.amount", message: `is over ${MAX_AMOUNT} minor units` };
  }
  const trait = fact.traits && traitProblem(fact.traits);
  return trait && inDetail(trait);
}

function problemOfAmount({ properties = {} }: Fact, type: string): InputProblem | undefined {
  const unreadable = unreadableAmount(type, properties);
  const message =
    'cannot be read as a sum; send a number with a three-letter currency, such as "total": 29.9, "currency": "EUR"';
  return unreadable === undefined
    ? undefined
    : { code: "not_an_amount", path: `detail.properties.${unreadable}`, message };
}

type Known = Pick<Event, "type" | "source" | "id" | "receivedAt" | "acceptedAt" | "takenAt" | "behind"> & {
  identity: Identity;
};

function timed(fact: Fact, { identity, ...known }: Known): ParsedFact | InputProblem[] {
  const occurredAt = fact.occurredAt === undefined ? known.receivedAt : parseInstant(fact.occurredAt);
  const declaredText = fact.declaredAt ?? fact.occurredAt;
  const declaredAt = declaredText === undefined ? undefined : parseInstant(declaredText);
  const atTime = (code: string, message: string): InputProblem[] => [{ code, path: "detail.occurredAt", message }];
  if (occurredAt === undefined || occurredAt < EARLIEST_AT || (declaredAt ?? EARLIEST_AT) < EARLIEST_AT) {
    return atTime("not_a_time", "must be an ISO 8601 instant such as 2026-03-01T10:00:00Z");
  }
  if (occurredAt - known.receivedAt > FUTURE_MS)
    return atTime("in_the_future", "lies more than a day in the future; check the sender's clock");
  const event: Event = {
    ...known,
    occurredAt: Math.min(occurredAt, known.receivedAt),
    ...(declaredAt !== undefined && { declaredAt }),
    late: fact.history === true || isLate(occurredAt, known.receivedAt),
    hops: fact.hops ?? 0,
    ...(fact.traits !== undefined && { traits: fact.traits }),
    properties: fact.properties ?? {},
  };
  return { event, identity };
}
