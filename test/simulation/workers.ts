// Decides how a worker lives in a simulation: every call to a port takes a while, may fail, and may be the last thing a worker
// does. One that crashed or ran out of time goes on no more; no exception tells anybody.
import { MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { ConditionFailed, Contention, TransactionCanceled, Unavailable } from "../../shared/pipeline/faults.ts";
import { activeKey } from "../../shared/pipeline/keys.ts";
import type { Ports, QueueName, Table, Write } from "../../shared/pipeline/ports.ts";
import type { FaultPoint } from "./faults.ts";
import type { World } from "./stage.ts";
import { traced } from "./trace.ts";

const MAX_SKEW_MS = 30 * SECOND_MS;
const KEYS = { identity: "identity-key-for-tests-only-012345", link: "link-key-for-tests-only-0123456789" };
export const PUBLIC_URL = "https://relance.example";

/** The secret behind hashes of addresses and links. */
export const secretOf = (name: keyof typeof KEYS): string => KEYS[name];

export type Ended<T> = { value: T } | { error: unknown };
export type Task<T> = { name: string; timeoutMs: number; run: (ports: Ports) => Promise<T> };

/**
 * Runs a task in a worker of its own and tells what came of it; never when the worker crashed. An error that is no `Fault` is
 * a violation.
 */
export async function invoke<T>(world: World, task: Task<T>): Promise<Ended<T>> {
  const worker = new Worker(world, task);
  world.workers++;
  world.living.add(worker);
  try {
    const value = await task.run(worker.ports);
    return { value };
  } catch (error) {
    world.noteError(worker.name, error);
    return { error };
  } finally {
    world.living.delete(worker);
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Part of the time a call takes that lies before its effect. */
const PARTS = [0, 0.5, 1];

/** One invocation of one function. */
export class Worker {
  readonly name: string;
  readonly ports: Ports;
  /** The publication it works with. */
  seq = 0;
  readonly #world: World;
  readonly #endsAt: number;
  #skewMs: number;
  #calls = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  #crashSide: "crash-before" | "crash-after" = "crash-before";
  #backAt = Number.POSITIVE_INFINITY;
  #burst: { step: number; arrived: Promise<void> } | undefined;
  isGone = false;

  constructor(world: World, { name, timeoutMs }: { name: string; timeoutMs: number }) {
    const { scheduler, faults } = world;
    this.#world = world;
    this.name = `${name}#${world.workers + 1}`;
    this.#endsAt = scheduler.now + timeoutMs;
    this.#skewMs = faults.strikes("clock-skew") ? scheduler.pick(2 * MAX_SKEW_MS) - MAX_SKEW_MS : 0;
    const someCall = () => 1 + Math.floor(-Math.log(1 - scheduler.random()) * 8);
    if (faults.wants("clock-back")) this.#backAt = someCall();
    for (const side of ["crash-before", "crash-after"] as const) {
      if (faults.wants(side)) [this.#crashAt, this.#crashSide] = [someCall(), side];
    }
    this.ports = this.#portsOf();
  }

  /** One call: it takes a while, and any of it may be the worker's end. */
  async #call<T>(effect: () => Promise<T>, what: FaultPoint[]): Promise<T> {
    const { scheduler, faults } = this.#world;
    const number = ++this.#calls;
    if (number === this.#backAt) {
      this.#skewMs -= scheduler.pick(MAX_SKEW_MS);
      faults.note("clock-back");
    }
    const ms = this.#world.latency();
    const beforeMs = Math.round(ms * (PARTS[scheduler.pick(3)] as number));
    if (beforeMs > 0) await scheduler.wait(beforeMs);
    if (this.#ends(number, "crash-before")) return never();
    this.#failBefore(what);
    let result: T;
    try {
      result = await effect();
    } catch (error) {
      if (this.#ends(number, "crash-after")) return never();
      if (error instanceof ConditionFailed) faults.note("condition-failed");
      throw error;
    }
    if (this.#ends(number, "crash-after")) return never();
    if (ms > beforeMs) await scheduler.wait(ms - beforeMs);
    if (this.#ends(number, undefined)) return never();
    if (what.includes("table-answer-lost") && faults.strikes("table-answer-lost")) throw new Unavailable("The table");
    return result;
  }

  /** Reads that are asked for at one time arrive together: a tick reads many parts of an index. */
  #together(): Promise<void> {
    const { steps } = this.#world.scheduler;
    if (this.#burst?.step !== steps) this.#burst = { step: steps, arrived: this.#call(async () => undefined, READ) };
    return this.#burst.arrived;
  }

  /** Whether the worker is at its end here. */
  #ends(call: number, side: "crash-before" | "crash-after" | undefined): boolean {
    if (this.isGone) return true;
    const { scheduler, faults } = this.#world;
    const crashes = call === this.#crashAt && side === this.#crashSide && !faults.calm;
    const isOut = scheduler.now >= this.#endsAt;
    if (!crashes && !isOut) return false;
    faults.note(isOut ? "worker-timeout" : this.#crashSide);
    this.isGone = true;
    this.#world.living.delete(this);
    traced(this.#world, () => `${this.name} ${isOut ? "runs out of time" : `crashes (${side})`} at call ${call}`);
    return true;
  }

  #failBefore(what: FaultPoint[]): void {
    const { faults, scheduler } = this.#world;
    if (what.includes("table-throttled") && faults.strikes("table-throttled")) throw new Unavailable("The table");
    if (what.includes("queue-unavailable") && faults.strikes("queue-unavailable")) throw new Unavailable("The queue");
    if (what.includes("bus-unavailable") && faults.strikes("bus-unavailable")) throw new Unavailable("The event bus");
    if (what.includes("table-conflict") && faults.strikes("table-conflict"))
      throw new TransactionCanceled(scheduler.random() < 0.8 ? ["conflict"] : ["throttled"]);
  }

  #portsOf(): Ports {
    const world = this.#world;
    const { scheduler } = world;
    const queue = (name: QueueName) => ({
      send: (messages: Parameters<Ports["queues"]["events"]["send"]>[0]) =>
        this.#call(async () => world.enqueue(name, messages), QUEUE),
    });
    return {
      table: world.withCompiled(this.#tableOf()),
      bus: { publish: (entries) => this.#call(async () => world.bus.publish(entries), BUS) },
      queues: {
        events: queue("events"),
        sends: queue("sends"),
        feedback: queue("feedback"),
        jobs: queue("jobs"),
        rejected: queue("rejected"),
      },
      mailer: {
        send: (mail) => this.#call(() => world.mailer.send(mail), NONE),
        lookup: (sendId) => this.#call(async () => world.mailer.lookup(sendId), NONE),
        quota: () => this.#call(async () => world.mailer.quota(), NONE),
      },
      clock: {
        now: () => scheduler.now + this.#skewMs,
        sleepUntil: async (at) => {
          while (scheduler.now + this.#skewMs < at) await scheduler.wait(at - scheduler.now - this.#skewMs);
          if (this.isGone || scheduler.now >= this.#endsAt) return this.#ends(0, undefined) ? never() : undefined;
        },
      },
      ids: { next: () => world.nextId() },
      secrets: { get: async (name) => KEYS[name], sourceOf: async () => "shop" },
      log: { info: () => undefined, warn: () => undefined, error: (text, fields) => world.noteLogged(text, fields) },
      publicUrl: PUBLIC_URL,
      summaryMaxAgeMs: MINUTE_MS,
    };
  }

  #tableOf(): Table {
    const world = this.#world;
    const { table } = world;
    const written = async (writes: readonly Write[], write: () => Promise<void>) => {
      world.writers.set(writes[0] as object, this);
      try {
        await write();
      } catch (error) {
        if (error instanceof Contention && !(error instanceof ConditionFailed))
          world.faults.note("transaction-overlap");
        throw error;
      }
    };
    return {
      get: (key) => this.#call(() => table.get(key), READ),
      getMany: (keys) => this.#call(() => table.getMany(keys), READ),
      query: (range) => {
        if (range.pk === activeKey.pk) this.seq = world.observer.seq;
        return this.#call(() => table.query(range), READ);
      },
      queryIndex: (index, range) => this.#together().then(() => table.queryIndex(index, range)),
      write: (write) => this.#call(() => written([write], () => table.write(write)), WRITE),
      transact: (writes) => this.#call(() => written(writes, () => table.transact(writes)), WRITE),
      scan: (part) => this.#call(() => table.scan(part), READ),
    };
  }
}

const NONE: FaultPoint[] = [];
const READ: FaultPoint[] = ["table-throttled"];
const WRITE: FaultPoint[] = ["table-throttled", "table-conflict", "table-answer-lost"];
const QUEUE: FaultPoint[] = ["queue-unavailable"];
const BUS: FaultPoint[] = ["bus-unavailable"];
