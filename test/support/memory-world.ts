// Decides how tests run the whole pipeline in memory: real pipeline functions, hand-moved time, everything observable.
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { tableErasures } from "../../shared/adapters/table-erasures.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { type Instant, iso, parseInstant } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { ProviderState } from "../../shared/domain/stop.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { allDuePks } from "../../shared/pipeline/keys.ts";
import type { BusEntry, Mail, Mailer, Ports, QueueName, SuppressedAddress } from "../../shared/pipeline/ports.ts";
import { react } from "../../shared/pipeline/react.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { work } from "../../shared/pipeline/work.ts";
import { smallShopDefinitions } from "./small-shop.ts";

export const START = Date.parse("2026-03-02T08:00:00.000Z");

/** Nothing here waits for a timer, so that no time limit of a test ends a loop that goes on for ever. */
const MOST_ROUNDS = 20_000;

type Pending = { body: Json };

/** A mailer that keeps what it accepted; `next` may decide the fate of the next calls. */
export class MemoryMailer implements Mailer {
  /** The provider's own suppression list, as pages. */
  readonly suppressions: SuppressedAddress[][] = [];
  readonly accepted: Mail[] = [];
  readonly fates: (() => void)[] = [];
  state: ProviderState = "open";
  lookupAnswer: "asked" | "unknowable" = "asked";

  async send(mail: Mail) {
    this.fates.shift()?.();
    this.accepted.push(mail);
    return { messageId: `m-${this.accepted.length}` };
  }

  async lookup(sendId: string) {
    if (this.lookupAnswer === "unknowable") return "unknowable" as const;
    return this.accepted.some((mail) => mail.sendId === sendId) ? ("accepted" as const) : ("not-accepted" as const);
  }

  async suppressed({ since, next = "0" }: { since: Instant; next?: string }) {
    const page = Number(next);
    const items = (this.suppressions[page] ?? []).filter(({ at }) => at >= since);
    return { items, ...(page + 1 < this.suppressions.length && { next: String(page + 1) }) };
  }

  async quota() {
    return { perSecond: 1_000, perDay: 1_000_000, sentToday: 0, state: this.state };
  }
}

/** One shop in memory. */
export class MemoryWorld {
  now: Instant = START;
  readonly table: MemoryTable;
  readonly mailer = new MemoryMailer();
  readonly queued: Record<QueueName, Pending[]> = { events: [], sends: [], feedback: [], jobs: [], rejected: [] };
  readonly published: BusEntry[] = [];
  readonly ports: Ports;
  /** Beside the table: what is remembered of erasures. */
  readonly erased = new MemoryTable();
  #ids = 0;

  constructor(table = new MemoryTable()) {
    this.table = table;
    const queue = (name: QueueName) => ({
      send: async (messages: { body: Json }[]) => {
        this.queued[name].push(...structuredClone(messages));
      },
    });
    this.ports = {
      table: this.table,
      bus: { publish: async (entries) => this.#publish(entries) },
      queues: {
        events: queue("events"),
        sends: queue("sends"),
        feedback: queue("feedback"),
        jobs: queue("jobs"),
        rejected: queue("rejected"),
      },
      mailer: this.mailer,
      clock: {
        now: () => this.now,
        sleepUntil: async (at) => {
          this.now = Math.max(this.now, at);
        },
      },
      ids: { next: () => `id${String(++this.#ids).padStart(6, "0")}` },
      secrets: { get: async (name) => `${name}-key-for-tests-only-0123456789`, sourceOf: async () => "test" },
      copies: { forget: async (isOf) => this.#forget(isOf) },
      erasures: tableErasures(this.erased),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      name: "relance",
      publicUrl: "https://relance.example",
      summaryMaxAgeMs: 0,
    };
  }

  /** A world with the small shop published, or with other definitions. */
  static async open(definitions?: Definition[]): Promise<MemoryWorld> {
    const world = new MemoryWorld();
    await publish(world.ports, definitions ?? (await smallShopDefinitions()));
    return world;
  }

  /** Sends calls of the Segment protocol through the intake; they wait in the events queue. */
  async post(...calls: object[]) {
    return ingest(this.ports, calls, { source: "shop" });
  }

  /** One batch of the events queue. */
  async reactTo(bodies: Json[]): Promise<void> {
    const messages = bodies.map((body, index) => ({ id: String(index), body, receiveCount: 1 }));
    const retry = await react(this.ports, messages);
    this.queued.events.push(...retry.map((id) => ({ body: bodies[Number(id)] as Json })));
  }

  /** Works until every queue is empty. */
  async settle(): Promise<void> {
    for (let rounds = 1; ; rounds++) {
      if (rounds > MOST_ROUNDS) throw new Error("The queues are never empty: something comes back again and again.");
      const events = this.queued.events.splice(0, 100);
      if (events.length > 0) await this.reactTo(events.map(({ body }) => body));
      const sends = this.queued.sends.splice(0, 20);
      if (sends.length > 0)
        await deliver(
          this.ports,
          sends.map(({ body }) => (body as { send: Pointer }).send),
        );
      const feedback = this.queued.feedback.splice(0);
      if (feedback.length > 0)
        await takeFeedback(
          this.ports,
          feedback.map(({ body }, index) => ({ id: String(index), body, receiveCount: 1 })),
        );
      const jobs = this.queued.jobs.splice(0);
      for (const { body } of jobs) await work(this.ports, (body as { job: { id: string } }).job.id);
      if (events.length + sends.length + feedback.length + jobs.length === 0) return;
    }
  }

  /** Jumps from due instant to due instant until the given one. */
  async advanceTo(until: Instant): Promise<void> {
    for (let ticks = 0, at = this.now; ; ticks++) {
      await this.settle();
      const next = await this.nextDueAt();
      if (next === undefined || next > until) break;
      if (next > at) [ticks, at] = [0, next];
      if (ticks > MOST_ROUNDS) throw new Error("Something stays due, however often it is handed out.");
      this.now = Math.max(this.now, next);
      await tick(this.ports);
    }
    this.now = Math.max(this.now, until);
  }

  /** The earliest due time of all. */
  async nextDueAt(): Promise<Instant | undefined> {
    const pages = await Promise.all(allDuePks.map((pk) => this.table.queryIndex("due", { pk, limit: 1 })));
    const instants = pages.flatMap(({ items }) => items.map(({ at }) => parseInstant(at) as number));
    return instants.length === 0 ? undefined : Math.min(...instants);
  }

  /** Subjects by recipient of everything that left, in order. */
  mails(): string[] {
    return this.mailer.accepted.map(({ to, subject }) => `${to}: ${subject}`);
  }

  /** Copies are whatever waits in queues, and every mail that left. */
  #forget(isOf: (body: Json) => boolean): number {
    const before = this.#copies();
    for (const queue of Object.values(this.queued)) {
      const kept = queue.filter(({ body }) => !isOf(body));
      queue.splice(0, queue.length, ...kept);
    }
    const mails = this.mailer.accepted.filter((mail) => !isOf(mail as unknown as Json));
    this.mailer.accepted.splice(0, this.mailer.accepted.length, ...mails);
    return before - this.#copies();
  }

  #copies(): number {
    return Object.values(this.queued).reduce((sum, queue) => sum + queue.length, this.mailer.accepted.length);
  }

  #publish(entries: BusEntry[]): { failed: never[] } {
    this.published.push(...entries);
    for (const { source, type, detail, at } of entries) {
      if (source === "relance") continue;
      this.queued.events.push({
        body: { id: this.ports.ids.next(), source, "detail-type": type, time: `${iso(at).slice(0, 19)}Z`, detail },
      });
    }
    return { failed: [] };
  }
}
