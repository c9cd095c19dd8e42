// Decides how the queues behave: at least once, late, out of order; facts stay until they are done or dead letters, pointers
// may be lost.
import { plainCopy } from "../../shared/adapters/local/memory-rows.ts";
import { type Instant, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { IDLE } from "./scheduler.ts";
import type { World } from "./stage.ts";

export type Received = { id: string; body: Json; receiveCount: number };
type Held = { id: string; body: Json; receiveCount: number; visibleAt: Instant };

/** `take` answers with the ids that are to come again. */
export type QueueKind = {
  carries: "facts" | "pointers";
  most: number;
  visibilityMs: number;
  take: (world: World, messages: Received[]) => Promise<string[]>;
};

/** Nobody shares a message with anybody. */
const copyOf = (body: Json): Json => (typeof body === "object" && body !== null ? (plainCopy(body) as Json) : body);

/** Fewer for facts than in the wiring, so that some become dead letters and are redriven. */
const MAX_RECEIVES = { facts: 3, pointers: 5 } as const;
const MAX_DELAY_MS = 15 * MINUTE_MS;

/** One queue with the poller behind it. */
export class SimQueue {
  readonly messages = new Map<string, Held>();
  readonly dead: Held[] = [];
  /** Messages taken in. */
  sent = 0;
  readonly #world: World;
  readonly #name: string;
  readonly #kind: QueueKind;

  constructor(world: World, name: string, kind: QueueKind) {
    this.#world = world;
    this.#name = name;
    this.#kind = kind;
  }

  /** Takes a message in; it may come late, twice, or (a pointer) never. */
  send(body: Json, delayMs = 0): void {
    const { faults, scheduler } = this.#world;
    this.sent++;
    if (delayMs > MAX_DELAY_MS)
      this.#world.violation("queue", `a delay of ${delayMs} ms is over the limit of 15 minutes`);
    if (this.#kind.carries === "pointers" && faults.strikes("pointer-lost")) return;
    this.#add(body, delayMs + this.#delay());
    if (faults.strikes("queue-duplicate")) this.#add(body, delayMs + this.#delay() + scheduler.pick(90 * SECOND_MS));
  }

  /** Dead letters come again. */
  redrive(): void {
    for (const { body } of this.dead.splice(0)) {
      this.#world.faults.note("redriven");
      this.#add(body, 0);
    }
  }

  /** Deletes dead letters. */
  forget(isOf: (body: Json) => boolean): number {
    const kept = this.dead.filter(({ body }) => !isOf(body));
    const gone = this.dead.length - kept.length;
    this.dead.splice(0, this.dead.length, ...kept);
    return gone;
  }

  #delay(): number {
    const { faults, scheduler } = this.#world;
    return faults.strikes("queue-delayed") ? scheduler.pick(2 * MINUTE_MS) : scheduler.pick(20);
  }

  #add(body: Json, delayMs: number): void {
    const { scheduler } = this.#world;
    const id = `${this.#name}-${++this.#world.messages}`;
    const visibleAt = scheduler.now + delayMs;
    this.messages.set(id, { id, body: copyOf(body), receiveCount: 0, visibleAt });
    scheduler.at(visibleAt + scheduler.pick(SECOND_MS), () => this.#poll());
  }

  /** Hands a batch of what is visible to a worker of its own. */
  #poll(): typeof IDLE | undefined {
    const { scheduler, faults } = this.#world;
    const visible: Held[] = [];
    for (const message of this.messages.values()) if (message.visibleAt <= scheduler.now) visible.push(message);
    if (visible.length === 0) return IDLE;
    if (visible.length > 1 && faults.strikes("queue-reordered")) {
      for (let index = visible.length - 1; index > 0; index--) {
        const other = scheduler.pick(index + 1);
        [visible[index], visible[other]] = [visible[other] as Held, visible[index] as Held];
      }
    }
    const batch = visible.slice(0, 1 + scheduler.pick(this.#kind.most)).filter((message) => this.#receive(message));
    if (visible.length > batch.length) scheduler.at(scheduler.now + scheduler.pick(50), () => this.#poll());
    if (batch.length === 0) return IDLE;
    scheduler.at(scheduler.now + this.#kind.visibilityMs, () => this.#poll());
    const messages = batch.map(({ id, body, receiveCount }) => ({ id, body: copyOf(body), receiveCount }));
    const taken = (retry: string[]) => {
      for (const { id } of batch) if (!retry.includes(id)) this.messages.delete(id);
    };
    this.#kind.take(this.#world, messages).then(taken, (error) => this.#world.noteError(this.#name, error));
    return undefined;
  }

  #receive(message: Held): boolean {
    if (++message.receiveCount <= MAX_RECEIVES[this.#kind.carries]) {
      message.visibleAt = this.#world.scheduler.now + this.#kind.visibilityMs;
      return true;
    }
    this.messages.delete(message.id);
    this.#world.faults.note("dead-letter");
    if (this.#kind.carries === "facts") this.dead.push({ ...message, receiveCount: 0 });
    return false;
  }
}
