// Decides how the local event bus works: every rule that matches an event puts EventBridge's envelope of it into a queue.
import { iso } from "../../domain/instant.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import type { Bus, BusEntry, Ids, QueueName } from "../../pipeline/ports.ts";
import { compilePattern } from "./event-pattern.ts";

/** Rules by name: an EventBridge event pattern and the queue that gets what matches. */
export type BusRules = Record<string, { pattern: { [field: string]: unknown }; to: QueueName }>;

const MAX_ENTRY_BYTES = 1024 * 1024;

/** The local bus. What `publish` accepted is durable when it answers, if `enqueue` is. */
export class LocalBus implements Bus {
  readonly #rules: { matches: (event: JsonObject) => boolean; to: QueueName }[];
  readonly #enqueue: (messages: { queue: QueueName; body: Json }[]) => void;
  readonly #ids: Ids;

  /** `enqueue` stores all messages or none; a pattern EventBridge would not take throws `bad_pattern`. */
  constructor(options: { rules: BusRules; ids: Ids; enqueue: (messages: { queue: QueueName; body: Json }[]) => void }) {
    this.#rules = Object.values(options.rules).map(({ pattern, to }) => ({ matches: compilePattern(pattern), to }));
    this.#enqueue = options.enqueue;
    this.#ids = options.ids;
  }

  /** An entry over 1 MB is the only one that is not accepted. */
  async publish(entries: BusEntry[]): Promise<{ failed: { index: number; reason: string }[] }> {
    const failed: { index: number; reason: string }[] = [];
    const messages: { queue: QueueName; body: Json }[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entryBytes(entry) > MAX_ENTRY_BYTES) {
        failed.push({ index, reason: "The entry is over the limit of 1 MB." });
        continue;
      }
      const body = this.#envelope(entry);
      for (const rule of this.#rules) if (rule.matches(body)) messages.push({ queue: rule.to, body });
    }
    if (messages.length > 0) this.#enqueue(messages);
    return { failed };
  }

  #envelope(entry: BusEntry): JsonObject {
    return {
      version: "0",
      id: this.#ids.next(),
      "detail-type": entry.type,
      source: entry.source,
      account: "000000000000",
      time: `${iso(entry.at).slice(0, 19)}Z`,
      region: "local",
      resources: [],
      detail: entry.detail,
    };
  }
}

/** As EventBridge counts: 14 bytes for the time, then source, type and detail. */
function entryBytes(entry: BusEntry): number {
  return (
    14 +
    Buffer.byteLength(entry.source) +
    Buffer.byteLength(entry.type) +
    Buffer.byteLength(JSON.stringify(entry.detail))
  );
}
