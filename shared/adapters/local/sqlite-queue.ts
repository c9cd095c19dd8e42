// Decides how queues behave in the local data file: durable, at least once, a little out of order, dead-lettered as SQS does.
import type { StatementSync } from "node:sqlite";
import type { Json } from "../../domain/json.ts";
import { Fault } from "../../pipeline/faults.ts";
import type { Clock, Queue } from "../../pipeline/ports.ts";
import { seededRandom } from "./seeded-random.ts";
import type { SqliteStore } from "./sqlite-store.ts";

/** A message to send; `delayMs` is at most 15 minutes, as in SQS. */
export type QueueMessage = { body: Json; delayMs?: number; attributes?: Record<string, string> };

/** A message handed out; `receives` counts this hand-out too and, with `id`, is what deletes it. */
export type ReceivedMessage = {
  id: number;
  receives: number;
  sentAt: number;
  body: Json;
  attributes: Record<string, string>;
};

export type QueueCounts = { ready: number; delayed: number; inFlight: number };

type Row = { id: number; receives: number; sent_at: number; body: string; attributes: string | null };

const MAX_DELAY_MS = 15 * 60_000;
const MAX_MESSAGE_CHARS = 1024 * 1024;
/** How far from its place a ready message may be handed out. */
const SPREAD = 8;

/** The name of a queue's dead letters. */
export function deadLettersOf(queue: string): string {
  return `${queue}-dead`;
}

/** All queues of the local data file. Every method is one SQLite transaction and is durable when it returns. */
export class SqliteQueues {
  readonly #store: SqliteStore;
  readonly #clock: Clock;
  readonly #maxReceives: Record<string, number | undefined>;
  readonly #random: () => number;
  readonly #listeners: ((queue: string) => void)[] = [];
  readonly #sql: ReturnType<typeof statements>;

  /** `maxReceives` by queue name (none: for ever); `seed` decides the disorder. */
  constructor(
    store: SqliteStore,
    options: { clock: Clock; maxReceives?: Record<string, number | undefined>; seed?: number },
  ) {
    this.#store = store;
    this.#clock = options.clock;
    this.#maxReceives = options.maxReceives ?? {};
    this.#random = seededRandom(options.seed ?? 1);
    this.#sql = statements(store);
  }

  /** The sending side of one queue. */
  queue(name: string): Queue {
    return { send: async (messages) => this.send(messages.map((message) => ({ ...message, queue: name }))) };
  }

  /** Sends to any queues, all or nothing; throws `queue_limit_exceeded` (not retryable) for over 1 MB or 15 minutes of delay. */
  send(messages: (QueueMessage & { queue: string })[]): void {
    const now = this.#clock.now();
    this.#store.atomically(() => {
      for (const { queue, body, delayMs = 0, attributes } of messages) {
        const text = JSON.stringify(body);
        checkLimits(text, delayMs);
        this.#sql.send.run(queue, now + delayMs, now, attributes ? JSON.stringify(attributes) : null, text);
      }
    });
    for (const queue of new Set(messages.map((message) => message.queue))) {
      for (const listener of this.#listeners) listener(queue);
    }
  }

  /** Calls `listener` with the queue's name after each send; nothing needs to poll. */
  onSend(listener: (queue: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Hands out up to `max` visible messages, hidden for `visibilityMs`; what was handed out too often becomes a dead letter. */
  receive(queue: string, options: { max: number; now: number; visibilityMs: number }): ReceivedMessage[] {
    const visibleAt = this.nextVisibleAt([queue]);
    if (visibleAt === undefined || visibleAt > options.now) return [];
    return this.#store.atomically(() => {
      const rows = this.#ready(queue, options);
      const taken = shuffled(rows, this.#random).slice(0, options.max);
      for (const row of taken) this.#sql.take.run(options.now + options.visibilityMs, row.id);
      return taken.map(messageOf);
    });
  }

  /** Deletes messages that were handled; one that has been handed out again since stays. */
  delete(messages: Pick<ReceivedMessage, "id" | "receives">[]): void {
    this.#store.atomically(() => {
      for (const { id, receives } of messages) this.#sql.delete.run(id, receives);
    });
  }

  /** Makes failed messages visible at the instant (e.g. now plus a back-off), unless they were handed out again since. */
  release(messages: Pick<ReceivedMessage, "id" | "receives">[], visibleAt: number): void {
    this.#store.atomically(() => {
      for (const { id, receives } of messages) this.#sql.release.run(visibleAt, id, receives);
    });
  }

  /**
   * Makes everything in flight visible again: called at start, when nobody can be holding anything. The hand-out that the
   * end of the process cut off does not count against the message.
   */
  releaseAll(): void {
    this.#sql.releaseAll.run(this.#clock.now());
  }

  /** Puts all dead letters of a queue back into it, as new messages; answers how many. */
  redrive(queue: string): number {
    return Number(this.#sql.redrive.run(queue, this.#clock.now(), deadLettersOf(queue)).changes);
  }

  /** The earliest instant at which one of the queues has or will have something to hand out. */
  nextVisibleAt(queues: string[]): number | undefined {
    const instants = queues.map((queue) => this.#sql.next.get(queue)?.["at"] as number | null);
    const known = instants.filter((at) => at !== null);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** How many messages each queue holds; queues that hold none are left out. */
  counts(now: number): Record<string, QueueCounts> {
    const rows = this.#sql.counts.all(now, now, now) as (QueueCounts & { queue: string })[];
    return Object.fromEntries(rows.map(({ queue, ready, delayed, inFlight }) => [queue, { ready, delayed, inFlight }]));
  }

  /** The oldest visible messages, after those among them that were handed out too often have gone to the dead letters. */
  #ready(queue: string, options: { max: number; now: number }): Row[] {
    const limit = this.#maxReceives[queue] ?? Number.POSITIVE_INFINITY;
    for (;;) {
      const rows = this.#sql.ready.all(queue, options.now, options.max + SPREAD) as Row[];
      const exhausted = rows.filter((row) => row.receives >= limit);
      if (exhausted.length === 0) return rows;
      for (const row of exhausted) this.#sql.bury.run(deadLettersOf(queue), options.now, row.id);
    }
  }
}

function statements(
  store: SqliteStore,
): Record<
  "send" | "ready" | "take" | "delete" | "release" | "releaseAll" | "redrive" | "next" | "counts" | "bury",
  StatementSync
> {
  return {
    send: store.prepare("INSERT INTO message (queue, visible_at, sent_at, attributes, body) VALUES (?, ?, ?, ?, ?)"),
    ready: store.prepare(
      "SELECT id, receives, sent_at, body, attributes FROM message WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?",
    ),
    take: store.prepare("UPDATE message SET visible_at = ?, receives = receives + 1, in_flight = 1 WHERE id = ?"),
    delete: store.prepare("DELETE FROM message WHERE id = ? AND receives = ?"),
    release: store.prepare("UPDATE message SET visible_at = ?, in_flight = 0 WHERE id = ? AND receives = ?"),
    releaseAll: store.prepare(
      "UPDATE message SET visible_at = ?, in_flight = 0, receives = max(receives - 1, 0) WHERE in_flight = 1",
    ),
    redrive: store.prepare("UPDATE message SET queue = ?, visible_at = ?, receives = 0, in_flight = 0 WHERE queue = ?"),
    next: store.prepare("SELECT min(visible_at) AS at FROM message WHERE queue = ?"),
    counts: store.prepare(
      `SELECT queue, sum(visible_at <= ?) AS ready, sum(visible_at > ? AND in_flight = 0) AS delayed,
       sum(visible_at > ? AND in_flight = 1) AS inFlight FROM message GROUP BY queue`,
    ),
    bury: store.prepare("UPDATE message SET queue = ?, visible_at = ?, in_flight = 0 WHERE id = ?"),
  };
}

/** A row is overtaken by at most the next `SPREAD` ones. */
function shuffled(rows: Row[], random: () => number): Row[] {
  const ranked = rows.map((row, i) => ({ row, rank: i + random() * SPREAD }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
}

function messageOf(row: Row): ReceivedMessage {
  const attributes = row.attributes === null ? {} : JSON.parse(row.attributes);
  return { id: row.id, receives: row.receives + 1, sentAt: row.sent_at, body: JSON.parse(row.body), attributes };
}

function checkLimits(text: string, delayMs: number): void {
  if (text.length > MAX_MESSAGE_CHARS) {
    throw new Fault("queue_limit_exceeded", "A message is over the limit of 1 MB.", { retryable: false });
  }
  if (delayMs < 0 || delayMs > MAX_DELAY_MS) {
    throw new Fault("queue_limit_exceeded", "A message can be delayed by 15 minutes at most.", { retryable: false });
  }
}
