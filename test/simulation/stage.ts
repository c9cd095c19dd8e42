// Decides what the parts of a simulated shop see of each other.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import type {
  Bus,
  Erasure,
  Mail,
  MailLookup,
  MailQuota,
  NotedErasure,
  QueueName,
  SuppressedAddress,
  Table,
} from "../../shared/pipeline/ports.ts";
import type { Faults } from "./faults.ts";
import type { ActorLog } from "./log.ts";
import type { Seen } from "./model.ts";
import type { AllRules } from "./rules.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TraceHash } from "./trace.ts";

export type Violation = { invariant: string; says: string; at: number };

/** A queue as others see it; `sent`: messages taken in. */
export type QueueSeen = {
  send(body: Json, delayMs?: number): void;
  redrive(): void;
  forget(isOf: (body: Json) => boolean): number;
  readonly sent: number;
  readonly messages: { readonly size: number };
  readonly dead: { readonly length: number };
};

/** What the observer is told beside commits. */
export type Observing = Seen & {
  called(mail: Mail): void;
  accepted(mail: Mail): void;
};

/** One invocation, as others see it. */
export type Working = { readonly name: string; readonly seq: number };

/** One simulated shop. */
export type World = {
  readonly startAt: Instant;
  readonly rules: AllRules;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly table: Table;
  readonly observer: Observing;
  readonly mailer: {
    readonly throttledByRate: number;
    send(mail: Mail): Promise<{ messageId: string }>;
    lookup(sendId: string): MailLookup;
    quota(): MailQuota;
    suppressed(page: { since: Instant; next?: string }): { items: SuppressedAddress[]; next?: string };
  };
  readonly bus: { publish(entries: Parameters<Bus["publish"]>[0]): Awaited<ReturnType<Bus["publish"]>> };
  readonly queues: Record<Exclude<QueueName, "rejected">, QueueSeen>;
  readonly rejected: JsonObject[];
  /** What is remembered of erasures beside the table. */
  readonly erasures: ReadonlyMap<string, Erasure>;
  readonly hash: TraceHash;
  /** Absent when nobody wants to read. */
  readonly lines: string[] | undefined;
  readonly living: Set<Working>;
  /** Who is behind a write, by the first one of its transaction. */
  readonly writers: Map<object, Working>;
  readonly counts: Record<string, number>;
  /** What the actors were promised. */
  readonly log: ActorLog;
  /** Workers, messages, and reports of the provider that are still under way. */
  workers: number;
  messages: number;
  reports: number;
  /** Writes take a while, and ticks come, once the shop is open. */
  isOpen: boolean;
  latency(): number;
  nextId(): string;
  withCompiled(table: Table): Table;
  enqueue(name: QueueName, messages: { body: Json; delayMs?: number }[]): void;
  noteErasure(erasure: NotedErasure): void;
  forget(isOf: (body: Json) => boolean): number;
  violation(invariant: string, says: string): void;
  noteError(worker: string, error: unknown): void;
  noteLogged(text: string, fields: JsonObject | undefined): void;
  tickWhenDue(): void;
};
