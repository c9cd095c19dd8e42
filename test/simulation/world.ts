// Decides what one simulated shop consists of: a table, queues, a bus and a mailer that misbehave, workers, and an observer
// that sees what took effect.
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import type { Catalogue } from "../../shared/domain/catalogue.ts";
import { type Instant, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { useCompiled } from "../../shared/pipeline/catalogue-store.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Erasure, NotedErasure, QueueName, Table } from "../../shared/pipeline/ports.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { SimBus } from "./bus.ts";
import { Faults } from "./faults.ts";
import { queueKinds } from "./functions.ts";
import type { ActorLog } from "./log.ts";
import { SimMailer } from "./mailer.ts";
import { Observer } from "./observe.ts";
import { SimQueue } from "./queues.ts";
import type { AllRules } from "./rules.ts";
import { Scheduler } from "./scheduler.ts";
import type { Violation, Working, World } from "./stage.ts";
import { TraceHash, traced } from "./trace.ts";
import { invoke } from "./workers.ts";

const MAX_VIOLATIONS = 20;
/** What faults of this world say. */
const KNOWN_FAULT =
  /did not answer\.|was not applied|not as the write expected|was due than could be caught up|newer catalogue is active|^(Unavailable|TransactionCanceled|ConditionFailed|Contention)$/;
const TICK_TIMEOUT_MS = 50_000;
const ASK_PROVIDER_MS = 10 * MINUTE_MS;
/** A worker's clock may be ahead by this. */
const AHEAD_MS = 30_000;

export type Opening = {
  seed: number;
  startAt: Instant;
  rules: AllRules;
  log: ActorLog;
  compiled: Map<string, Catalogue>;
  trace: boolean;
};

/** One shop. */
export class SimWorld implements World {
  readonly startAt: Instant;
  readonly rules: AllRules;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly table: MemoryTable;
  readonly observer: Observer;
  readonly mailer: SimMailer;
  readonly bus: SimBus;
  readonly queues: Record<Exclude<QueueName, "rejected">, SimQueue>;
  readonly rejected: JsonObject[] = [];
  readonly erasures = new Map<string, Erasure>();
  readonly hash = new TraceHash();
  readonly lines: string[] | undefined;
  readonly violations: Violation[] = [];
  readonly living = new Set<Working>();
  readonly writers = new Map<object, Working>();
  readonly counts: Record<string, number> = {};
  workers = 0;
  messages = 0;
  /** Reports of the provider that are still under way. */
  reports = 0;
  readonly #compiled: Map<string, Catalogue>;
  #nextTickAt = Number.POSITIVE_INFINITY;
  readonly log: ActorLog;
  /** Writes take a while once the shop is open. */
  isOpen = false;

  constructor({ seed, startAt, rules, log, compiled, trace }: Opening) {
    this.log = log;
    this.startAt = startAt;
    this.rules = rules;
    this.scheduler = new Scheduler(seed, startAt);
    this.faults = new Faults(seed, this.scheduler.random);
    this.lines = trace ? [] : undefined;
    this.#compiled = compiled;
    this.observer = new Observer(this);
    this.table = new MemoryTable({
      turn: () => (this.isOpen ? this.scheduler.wait(this.latency() >> 1) : Promise.resolve()),
      committed: (writes) => this.observer.committed(writes),
    });
    this.mailer = new SimMailer(this);
    this.bus = new SimBus(this);
    this.queues = {
      events: new SimQueue(this, "events", queueKinds.events),
      sends: new SimQueue(this, "sends", queueKinds.sends),
      feedback: new SimQueue(this, "feedback", queueKinds.feedback),
      jobs: new SimQueue(this, "jobs", queueKinds.jobs),
    };
  }

  /** How long a call takes: mostly some milliseconds, never a second. */
  latency(): number {
    return this.faults.strikes("slow-call") ? 200 + this.scheduler.pick(300) : 2 + this.scheduler.pick(20);
  }

  nextId(): string {
    const { random } = this.scheduler;
    return `${random().toString(36).slice(2, 10)}${random().toString(36).slice(2, 10)}`;
  }

  withCompiled(table: Table): Table {
    useCompiled(table, this.#compiled);
    return table;
  }

  enqueue(name: QueueName, messages: { body: Json; delayMs?: number }[]): void {
    if (name === "rejected") this.rejected.push(...messages.map(({ body }) => body as JsonObject));
    else for (const { body, delayMs } of messages) this.queues[name].send(body, delayMs);
  }

  noteErasure(erasure: NotedErasure): void {
    if ("profileId" in erasure) this.erasures.set(erasure.profileId, erasure);
  }

  /** Whatever lies aside. */
  forget(isOf: (body: Json) => boolean): number {
    const kept = this.rejected.filter((body) => !isOf(body));
    const gone = this.rejected.length - kept.length;
    this.rejected.splice(0, this.rejected.length, ...kept);
    return Object.values(this.queues).reduce((sum, queue) => sum + queue.forget(isOf), gone);
  }

  violation(invariant: string, says: string): void {
    traced(this, () => `!!! ${invariant}: ${says}`);
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push({ invariant, says, at: this.scheduler.now });
  }

  /** What a worker threw: faults are part of the world, anything else is a mistake of the product. */
  noteError(worker: string, error: unknown): void {
    traced(this, () => `${worker} ends with ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof Fault))
      this.violation("unexpected", `${worker}: ${error instanceof Error ? error.stack : error}`);
  }

  /** Errors that the pipeline caught itself: only faults may be among them. */
  noteLogged(text: string, fields: JsonObject | undefined): void {
    const error = String(fields?.["error"] ?? "");
    traced(this, () => `log: ${text} ${error.slice(0, 200)}`);
    if (fields?.["code"] === "unexpected" || !KNOWN_FAULT.test(error))
      this.violation("unexpected", `${text}: ${error}`);
  }

  /** Has the minute's tick come when something is due: minutes in which nothing is are skipped. */
  tickWhenDue(): void {
    const dueAt = this.#tickWantedAt();
    if (dueAt === undefined) return;
    const wantedAt = (Math.floor(Math.max(this.scheduler.now, dueAt - AHEAD_MS) / MINUTE_MS) + 1) * MINUTE_MS;
    if (wantedAt >= this.#nextTickAt) return;
    this.#nextTickAt = wantedAt;
    this.scheduler.at(wantedAt, () => {
      if (this.#nextTickAt !== wantedAt) return;
      this.#nextTickAt = Number.POSITIVE_INFINITY;
      this.#tick();
      this.tickWhenDue();
    });
  }

  /** When the next due item is; while the provider stops everything, ticks ask it how things stand. */
  #tickWantedAt(): Instant | undefined {
    const dueAt = this.observer.firstDueAt();
    return this.observer.isProviderStopped
      ? Math.min(dueAt ?? Number.POSITIVE_INFINITY, this.scheduler.now + ASK_PROVIDER_MS)
      : dueAt;
  }

  #tick(): void {
    const { faults } = this;
    const isIdle = !this.observer.isProviderStopped && (this.#tickWantedAt() ?? 0) > this.scheduler.now + AHEAD_MS;
    if (isIdle || faults.strikes("tick-lost")) return;
    const finds = (now: Instant) => this.observer.isProviderStopped || (this.observer.firstDueAt() ?? now + 1) <= now;
    const task = { name: "tick", timeoutMs: TICK_TIMEOUT_MS, run: tick, finds };
    const run = () => {
      invoke(this, task).catch((error) => this.noteError(task.name, error));
    };
    run();
    if (faults.strikes("tick-twice")) this.scheduler.at(this.scheduler.now + this.scheduler.pick(2_000), run);
  }

  /** Nothing is under way, and nothing will be. */
  isQuiet(): boolean {
    return (
      this.living.size === 0 &&
      this.reports === 0 &&
      Object.values(this.queues).every(({ messages, dead }) => messages.size === 0 && dead.length === 0) &&
      this.observer.isSettled()
    );
  }
}
