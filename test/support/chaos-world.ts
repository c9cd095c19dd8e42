// Decides how a test makes things happen at once: every call to a port waits for its turn, turns come in a seeded order,
// and any call may be the last one of a crashing worker.
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import type { Json } from "../../shared/domain/json.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { react } from "../../shared/pipeline/react.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { work } from "../../shared/pipeline/work.ts";
import { MemoryWorld } from "./memory-world.ts";

class Crash extends Error {}
type Call = (...parameters: never[]) => Promise<unknown>;

/** A world whose workers overlap and crash; `calm` ends that, so that what is left can drain. */
export class ChaosWorld extends MemoryWorld {
  readonly random: () => number;
  readonly #waiting: (() => void)[] = [];
  #crashing = 0;
  #overlapping = false;

  constructor(seed: number) {
    super(new MemoryTable({ turn: () => this.#turn() }));
    this.random = seededRandom(seed);
    const { ports } = this;
    Object.assign(ports, {
      table: this.#disturbed(ports.table),
      mailer: this.#disturbed(ports.mailer),
      queues: Object.fromEntries(Object.entries(ports.queues).map(([name, queue]) => [name, this.#disturbed(queue)])),
    });
  }

  /** A whole number below `n`. */
  pick(n: number): number {
    return Math.floor(this.random() * n);
  }

  /** Several workers at once: three on events, two on sends, two on jobs, sometimes ticks; some of them may crash. */
  async together(...others: (() => Promise<unknown>)[]): Promise<void> {
    this.#overlapping = true;
    this.#crashing = this.random() < 0.5 ? 0.03 : 0;
    this.queued.events.sort(() => this.random() - 0.5);
    const tasks = [
      ...Array.from({ length: 3 }, () => this.#someEvents()),
      ...Array.from({ length: 2 }, () => this.#someSends()),
      ...Array.from({ length: 2 }, () => this.#someJob()),
      ...others.map((other) => other()),
      ...(this.random() < 0.6 ? [tick(this.ports)] : []),
    ];
    let ended = false;
    const all = Promise.allSettled(tasks).then(() => {
      ended = true;
    });
    while (!ended) {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
      const next = this.#waiting.splice(this.pick(this.#waiting.length), 1)[0];
      if (next === undefined) await new Promise((resolve) => setImmediate(resolve));
      else next();
    }
    await all;
    this.#overlapping = false;
    this.#crashing = 0;
  }

  /** A batch that comes back when its worker crashed, as a queue's messages do. */
  async #someEvents(): Promise<void> {
    const batch = this.queued.events.splice(0, 1 + this.pick(6));
    if (batch.length === 0) return;
    try {
      const messages = batch.map(({ body }, index) => ({ id: String(index), body, receiveCount: 1 }));
      const retry = await react(this.ports, messages);
      this.queued.events.push(...retry.map((id) => batch[Number(id)] as { body: Json }));
    } catch {
      this.queued.events.push(...batch);
    }
  }

  /** Pointers may be lost by a crash, and may come twice. */
  async #someSends(): Promise<void> {
    const batch = this.queued.sends.splice(0, 1 + this.pick(5));
    const pointers = batch.map(({ body }) => (body as { send: Pointer }).send);
    if (this.random() < 0.2) this.queued.sends.push(...batch);
    if (pointers.length > 0) await deliver(this.ports, pointers);
  }

  /** A job's pointer may come twice; when its worker crashed it comes back, or is lost. */
  async #someJob(): Promise<void> {
    const [pointer] = this.queued.jobs.splice(0, 1);
    if (pointer === undefined) return;
    if (this.random() < 0.2) this.queued.jobs.push(pointer);
    try {
      await work(this.ports, (pointer.body as { job: { id: string } }).job.id);
    } catch {
      if (this.random() < 0.5) this.queued.jobs.push(pointer);
    }
  }

  #turn(): Promise<void> {
    return this.#overlapping ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  #disturbed<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function") return method;
        return async (...parameters: never[]) => {
          await this.#turn();
          const crashes = this.#overlapping && this.random() < this.#crashing;
          if (crashes && this.random() < 0.5) throw new Crash();
          const result = await (method as Call).apply(target, parameters);
          if (crashes) throw new Crash();
          return result;
        };
      },
    });
  }
}
