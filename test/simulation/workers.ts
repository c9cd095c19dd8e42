// Decides how a worker lives in a simulation: every call to a port takes a while, may fail, and may be the last thing a worker
// does. One that crashed or ran out of time goes on no more; no exception tells anybody.
import { type Instant, SECOND_MS } from "../../shared/domain/instant.ts";
import { ConditionFailed, TransactionCanceled, Unavailable } from "../../shared/pipeline/faults.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import type { World } from "./stage.ts";
import { traced } from "./trace.ts";
import { type Calling, portsOf, READ, type Risks } from "./worker-ports.ts";

/** A worker's clock may be wrong by this. */
export const MAX_SKEW_MS = 30 * SECOND_MS;

export type Ended<T> = { value: T } | { error: unknown };
/** `finds`: whether there is anything to do at an instant of the worker's clock; a worker that finds nothing does not begin. */
export type Task<T> = {
  name: string;
  timeoutMs: number;
  run: (ports: Ports) => Promise<T>;
  finds?: (now: Instant) => boolean;
};

/**
 * Runs a task in a worker of its own and tells what came of it; never when the worker crashed, or found nothing to do. An error that is no `Fault` is
 * a violation.
 */
export async function invoke<T>(world: World, task: Task<T>): Promise<Ended<T>> {
  const worker = new Worker(world, task);
  if (task.finds?.(worker.now()) === false) return never();
  world.workers++;
  world.living.add(worker);
  try {
    const value = await task.run(portsOf(world, worker));
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
export class Worker implements Calling {
  readonly name: string;
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
  }

  now(): Instant {
    return this.#world.scheduler.now + this.#skewMs;
  }

  async sleepUntil(at: Instant): Promise<void> {
    const { scheduler } = this.#world;
    while (this.now() < at) await scheduler.wait(at - this.now());
    if (this.isGone || scheduler.now >= this.#endsAt) return this.#ends(0, undefined) ? never() : undefined;
  }

  /** One call: it takes a while, and any of it may be the worker's end. */
  async call<T>(effect: () => T | Promise<T>, risks: Risks): Promise<T> {
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
    if (risks.length > 0) this.#failBefore(risks);
    let result: T;
    try {
      const begun = effect();
      result = begun instanceof Promise ? await begun : begun;
    } catch (error) {
      if (this.#ends(number, "crash-after")) return never();
      if (error instanceof ConditionFailed) faults.note("condition-failed");
      throw error;
    }
    if (this.#ends(number, "crash-after")) return never();
    if (ms > beforeMs) await scheduler.wait(ms - beforeMs);
    if (this.#ends(number, undefined)) return never();
    if (risks.includes("table-answer-lost") && faults.strikes("table-answer-lost")) throw new Unavailable("The table");
    return result;
  }

  /** Reads that are asked for at one time arrive together: a tick reads many parts of an index. */
  together(): Promise<void> {
    const { steps } = this.#world.scheduler;
    if (this.#burst?.step !== steps) this.#burst = { step: steps, arrived: this.call(() => undefined, READ) };
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

  #failBefore(risks: Risks): void {
    const { faults, scheduler } = this.#world;
    if (risks.includes("table-throttled") && faults.strikes("table-throttled")) throw new Unavailable("The table");
    if (risks.includes("queue-unavailable") && faults.strikes("queue-unavailable")) throw new Unavailable("The queue");
    if (risks.includes("bus-unavailable") && faults.strikes("bus-unavailable")) throw new Unavailable("The event bus");
    if (risks.includes("table-conflict") && faults.strikes("table-conflict"))
      throw new TransactionCanceled(scheduler.random() < 0.8 ? ["conflict"] : ["throttled"]);
  }
}
