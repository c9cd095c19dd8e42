// Decides what a call of the Segment protocol means: identify and track, with the sender's clock corrected.
import * as z from "zod";
import { EARLIEST_AT, EVENT_TYPE, FUTURE_MS, IDENTIFIED, type InputProblem } from "./event.ts";
import { type Instant, iso, parseInstant } from "./instant.ts";
import type { JsonObject } from "./json.ts";
import { problemsOf } from "./problem.ts";
import { eventTypeOf, MAX_PROPERTIES_BYTES } from "./recognise.ts";
import { unstorableIn } from "./storable.ts";
import { traitProblem } from "./trait-check.ts";

/** Ids may come as numbers; inside they are text. */
const id = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : value),
  z.string().max(255, { error: "must be at most 255 characters" }).nullish(),
);
const when = z.string().max(40).nullish();
const object = z.record(z.string().max(200), z.json());

const common = {
  messageId: id,
  userId: id,
  anonymousId: id,
  timestamp: when,
  sentAt: when,
};
const schemas = {
  identify: z.object({ ...common, traits: object.nullish() }),
  track: z.object({
    ...common,
    event: z.string({ error: "must be the name of what happened, for example Order Completed" }).trim().min(1).max(128),
    properties: object.nullish(),
  }),
};
type Call = z.infer<(typeof schemas)["identify"]> & Partial<z.infer<(typeof schemas)["track"]>>;

export type ParsedCall = { type: string; detail: JsonObject } | { messageId: string | null; problem: InputProblem };

/** Parses one item of a batch into the type and detail of a bus entry, or says what is wrong with it. */
export function parseCall(item: unknown, { now, sentAt }: { now: Instant; sentAt?: unknown }): ParsedCall {
  const fields = typeof item === "object" && item !== null ? (item as { [field: string]: unknown }) : {};
  const messageId = typeof fields["messageId"] === "string" ? fields["messageId"] : null;
  const kind = fields["type"];
  if (kind !== "identify" && kind !== "track") {
    return { messageId, problem: { code: "unsupported_type", path: "type", message: "must be identify or track" } };
  }
  const unstorable = unstorableIn(item, "");
  if (unstorable !== undefined) return { messageId, problem: unstorable };
  const parsed = schemas[kind].safeParse(item, { reportInput: true });
  if (!parsed.success) return { messageId, problem: problemsOf(parsed.error)[0] as InputProblem };
  return detailOf(kind, parsed.data as Call, { now, sentAt: (parsed.data.sentAt ?? sentAt) as unknown });
}

function detailOf(
  kind: "identify" | "track",
  call: Call,
  { now, sentAt }: { now: Instant; sentAt: unknown },
): ParsedCall {
  const messageId = call.messageId ?? null;
  const problem = (path: string, code: string, message: string): ParsedCall => ({
    messageId,
    problem: { code, path, message },
  });
  if (!call.userId && !call.anonymousId)
    return problem("userId", "no_identity", "is missing; name the person with userId or anonymousId");
  const time = correctedTime(call.timestamp, { now, sentAt });
  if (time === undefined)
    return problem("timestamp", "not_a_time", "must be an ISO 8601 instant such as 2026-03-01T10:00:00Z");
  if (time.occurredAt !== undefined && time.occurredAt - now > FUTURE_MS) {
    return problem(
      "timestamp",
      "in_the_future",
      "lies more than a day in the future; check the sender's clock or send sentAt",
    );
  }
  const type = kind === "identify" ? IDENTIFIED : eventTypeOf(call.event as string);
  if (!EVENT_TYPE.test(type))
    return problem(
      "event",
      "not_an_event_name",
      "must be two words or more, such as Order Completed, or a type such as purchase.completed",
    );
  const bad = kind === "identify" ? traitProblem(call.traits ?? {}) : undefined;
  if (bad !== undefined) return { messageId, problem: bad };
  const detail: JsonObject = {
    ...(messageId !== null && messageId !== "" && { id: messageId }),
    ...(call.userId && { userId: call.userId }),
    ...(call.anonymousId && { anonymousId: call.anonymousId }),
    ...(time.occurredAt !== undefined && { occurredAt: iso(time.occurredAt), declaredAt: call.timestamp as string }),
    ...(kind === "identify"
      ? { traits: (call.traits ?? {}) as JsonObject }
      : { properties: (call.properties ?? {}) as JsonObject }),
  };
  if (JSON.stringify(detail).length > MAX_PROPERTIES_BYTES) {
    return problem(
      kind === "identify" ? "traits" : "properties",
      "too_large",
      `are over ${MAX_PROPERTIES_BYTES / 1024} KB; send only what rules and mails use`,
    );
  }
  return { type, detail };
}

/** `sentAt` tells how wrong the sender's clock is: what it calls sentAt is now. `undefined` when a time is not readable. */
function correctedTime(
  timestamp: string | null | undefined,
  { now, sentAt }: { now: Instant; sentAt: unknown },
): { occurredAt?: Instant } | undefined {
  if (timestamp === null || timestamp === undefined) return {};
  const declared = parseInstant(timestamp);
  if (declared === undefined) return undefined;
  const sent = typeof sentAt === "string" ? parseInstant(sentAt) : undefined;
  const occurredAt = sent === undefined ? declared : now - (sent - declared);
  return occurredAt >= EARLIEST_AT ? { occurredAt } : undefined;
}
