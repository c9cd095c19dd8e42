// Decides which ports a worker of a simulation has: those of its world, behind calls that take a while and may fail.
import { MINUTE_MS } from "../../shared/domain/instant.ts";
import { ConditionFailed, Contention } from "../../shared/pipeline/faults.ts";
import { activeKey } from "../../shared/pipeline/keys.ts";
import type {
  Bus,
  Clock,
  IndexName,
  Key,
  Log,
  Mail,
  Mailer,
  Ports,
  Queue,
  QueueName,
  Range,
  Table,
  Write,
} from "../../shared/pipeline/ports.ts";
import type { FaultPoint } from "./faults.ts";
import type { Working, World } from "./stage.ts";

const KEYS = { identity: "identity-key-for-tests-only-012345", link: "link-key-for-tests-only-0123456789" };
export const PUBLIC_URL = "https://relance.example";

/** The secret behind hashes of addresses and links. */
export const secretOf = (name: keyof typeof KEYS): string => KEYS[name];

/** What may go wrong with a call beside the worker's end. */
export type Risks = readonly FaultPoint[];
const NONE: Risks = [];
export const READ: Risks = ["table-throttled"];
const WRITE: Risks = ["table-throttled", "table-conflict", "table-answer-lost"];
const QUEUE: Risks = ["queue-unavailable"];
const BUS: Risks = ["bus-unavailable"];

/** A worker, as its ports see it. */
export type Calling = Working &
  Clock & {
    /** The publication it works with. */
    seq: number;
    /** One call: `effect` happens at some time within it, once, or never. */
    call<T>(effect: () => T | Promise<T>, risks: Risks): Promise<T>;
    /** A call that everything asked for at one time shares. */
    together(): Promise<void>;
  };

/** Ports are asked for by every worker there is: what does not differ between workers is made once, the rest has no closures. */
export function portsOf(world: World, worker: Calling): Ports {
  const queue = (name: QueueName) => new WorkerQueue(world, worker, name);
  return {
    table: world.withCompiled(new WorkerTable(world, worker)),
    bus: new WorkerBus(world, worker),
    queues: {
      events: queue("events"),
      sends: queue("sends"),
      feedback: queue("feedback"),
      jobs: queue("jobs"),
      rejected: queue("rejected"),
    },
    mailer: new WorkerMailer(world, worker),
    clock: worker,
    ids: { next: () => world.nextId() },
    secrets: SECRETS,
    copies: { forget: (isOf) => worker.call(() => world.forget(isOf), QUEUE) },
    erasures: {
      note: (erasure) => worker.call(() => world.noteErasure(erasure), READ),
      list: () => worker.call(() => ({ items: [...world.erasures.values()] }), READ),
    },
    log: new WorkerLog(world),
    name: "relance",
    publicUrl: PUBLIC_URL,
    summaryMaxAgeMs: MINUTE_MS,
  };
}

const SECRETS: Ports["secrets"] = { get: async (name) => KEYS[name], sourceOf: async () => "shop" };

class WorkerPort {
  readonly world: World;
  readonly worker: Calling;
  constructor(world: World, worker: Calling) {
    this.world = world;
    this.worker = worker;
  }
}

class WorkerLog implements Log {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }
  info(): void {}
  warn(): void {}
  error(text: string, fields: Parameters<Log["error"]>[1]): void {
    this.#world.noteLogged(text, fields);
  }
}

class WorkerBus extends WorkerPort implements Bus {
  publish(entries: Parameters<Bus["publish"]>[0]): ReturnType<Bus["publish"]> {
    return this.worker.call(() => this.world.bus.publish(entries), BUS);
  }
}

class WorkerQueue extends WorkerPort implements Queue {
  readonly #name: QueueName;
  constructor(world: World, worker: Calling, name: QueueName) {
    super(world, worker);
    this.#name = name;
  }
  send(messages: Parameters<Queue["send"]>[0]): Promise<void> {
    return this.worker.call(() => this.world.enqueue(this.#name, messages), QUEUE);
  }
}

class WorkerMailer extends WorkerPort implements Mailer {
  send(mail: Mail): ReturnType<Mailer["send"]> {
    return this.worker.call(() => this.world.mailer.send(mail), NONE);
  }
  lookup(sendId: string): ReturnType<Mailer["lookup"]> {
    return this.worker.call(() => this.world.mailer.lookup(sendId), NONE);
  }
  suppressed(page: Parameters<Mailer["suppressed"]>[0]): ReturnType<Mailer["suppressed"]> {
    return this.worker.call(() => this.world.mailer.suppressed(page), NONE);
  }
  quota(): ReturnType<Mailer["quota"]> {
    return this.worker.call(() => this.world.mailer.quota(), NONE);
  }
}

class WorkerTable extends WorkerPort implements Table {
  get(key: Key): ReturnType<Table["get"]> {
    return this.worker.call(() => this.world.table.get(key), READ);
  }
  getMany(keys: Key[]): ReturnType<Table["getMany"]> {
    return this.worker.call(() => this.world.table.getMany(keys), READ);
  }
  query(range: Range): ReturnType<Table["query"]> {
    if (range.pk === activeKey.pk) this.worker.seq = this.world.observer.seq;
    return this.worker.call(() => this.world.table.query(range), READ);
  }
  async queryIndex(index: IndexName, range: Range): ReturnType<Table["queryIndex"]> {
    await this.worker.together();
    return this.world.table.queryIndex(index, range);
  }
  write(write: Write): Promise<void> {
    return this.worker.call(() => this.#written([write], this.world.table.write(write)), WRITE);
  }
  transact(writes: Write[]): Promise<void> {
    return this.worker.call(() => this.#written(writes, this.world.table.transact(writes)), WRITE);
  }
  scan(part: Parameters<Table["scan"]>[0]): ReturnType<Table["scan"]> {
    return this.worker.call(() => this.world.table.scan(part), READ);
  }

  /** Nothing takes effect in the moment of the call, so that the writer is known in time. */
  async #written(writes: readonly Write[], written: Promise<void>): Promise<void> {
    const [first] = writes as [Write];
    this.world.writers.set(first, this.worker);
    try {
      await written;
    } catch (error) {
      if (error instanceof Contention && !(error instanceof ConditionFailed))
        this.world.faults.note("transaction-overlap");
      throw error;
    } finally {
      this.world.writers.delete(first);
    }
  }
}
