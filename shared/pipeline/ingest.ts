// Decides what happens to a call of the Segment protocol: each item is accepted onto the bus, or rejected alone with its
// field.
import type { InputProblem } from "../domain/event.ts";
import { type Instant, iso } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import { parseCall } from "../domain/segment-call.ts";
import { Unavailable } from "./faults.ts";
import { parseFact } from "./parse-fact.ts";
import type { BusEntry, Ports } from "./ports.ts";

export type Rejection = InputProblem & { index: number; messageId: string | null };
export type IngestResult = { accepted: number; rejected: Rejection[] };

/** Publishes the items of one request. Throws `Unavailable` when one that is valid could not be published: send all again. */
export async function ingest(
  ports: Pick<Ports, "bus" | "clock">,
  items: unknown[],
  from: { source: string; sentAt?: unknown },
): Promise<IngestResult> {
  const now: Instant = ports.clock.now();
  const entries: BusEntry[] = [];
  const rejected: Rejection[] = [];
  for (const [index, item] of items.entries()) {
    const parsed = parseCall(item, { now, sentAt: from.sentAt });
    const problem = "problem" in parsed ? parsed.problem : laterProblem(parsed, { source: from.source, now });
    if ("detail" in parsed && problem === undefined)
      entries.push({ type: parsed.type, detail: withAcceptance(parsed.detail, now), source: from.source, at: now });
    else if (problem !== undefined) rejected.push({ index, messageId: messageIdOf(item), ...problem });
  }
  if (entries.length > 0) {
    const { failed } = await ports.bus.publish(entries);
    if (failed.length > 0) throw new Unavailable("The event bus");
  }
  return { accepted: entries.length, rejected };
}

/** The detail of a word on consent, with the exact time it was accepted at: another one may come within the same second. */
export function withAcceptance(detail: JsonObject, now: Instant): JsonObject {
  const traits = detail["traits"];
  const isWord = typeof traits === "object" && traits !== null && "consent" in traits;
  return isWord ? { ...detail, acceptedByRelanceAt: iso(now) } : detail;
}

/** What would be found behind the bus is said at the door, so that what is accepted can be applied. */
function laterProblem(
  call: { type: string; detail: JsonObject },
  { source, now }: { source: string; now: Instant },
): InputProblem | undefined {
  const envelope = { id: "door", source, "detail-type": call.type, time: iso(now), detail: call.detail };
  const parsed = parseFact(envelope, now);
  const first = Array.isArray(parsed) ? parsed[0] : undefined;
  return first && { ...first, path: first.path.replace(/^detail\./, "") };
}

function messageIdOf(item: unknown): string | null {
  const id = typeof item === "object" && item !== null ? (item as { messageId?: unknown }).messageId : undefined;
  return typeof id === "string" ? id : null;
}
