// Decides which adapters stand behind the ports on a laptop: everything in one data folder.
import { type Wiring, wiring } from "../../infra/wiring.ts";
import { consoleLog, type LogLevel } from "../../shared/adapters/local/console-log.ts";
import { erasuresFile } from "../../shared/adapters/local/erasures-file.ts";
import { LocalBus } from "../../shared/adapters/local/local-bus.ts";
import { localCopies } from "../../shared/adapters/local/local-copies.ts";
import { type LocalSecrets, openLocalSecrets } from "../../shared/adapters/local/local-secrets.ts";
import { randomIds } from "../../shared/adapters/local/random-ids.ts";
import { SqliteOutbox } from "../../shared/adapters/local/sqlite-outbox.ts";
import { SqliteQueues } from "../../shared/adapters/local/sqlite-queue.ts";
import { openSqliteStore, type SqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { SqliteTable } from "../../shared/adapters/local/sqlite-table.ts";
import { VirtualClock } from "../../shared/adapters/local/virtual-clock.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";

/** One open data folder: the ports, and the local parts that only the host may touch. */
export type LocalData = {
  ports: Ports;
  store: SqliteStore;
  table: SqliteTable;
  queues: SqliteQueues;
  outbox: SqliteOutbox;
  clock: VirtualClock;
  secrets: LocalSecrets;
};

export type OpenOptions = { folder: string; publicUrl: string; writeKey?: string | undefined; logLevel?: LogLevel };

/** Opens the data folder for this process alone; throws a `Fault` with one clear sentence when it cannot be had. */
export function openData({ folder, publicUrl, writeKey, logLevel = "warn" }: OpenOptions): LocalData {
  const store = openSqliteStore(folder);
  const clock = new VirtualClock(store);
  const table = new SqliteTable(store);
  const maxReceives = Object.fromEntries(
    Object.entries((wiring as Wiring).queues).map(([name, queue]) => [name, queue.maxReceives]),
  );
  const queues = new SqliteQueues(store, { clock, maxReceives });
  const outbox = new SqliteOutbox(store, { clock, feedback: (body) => queues.send([{ queue: "feedback", body }]) });
  const secrets = openLocalSecrets(folder, { writeKey });
  const bus = new LocalBus({ rules: wiring.rules, ids: randomIds, enqueue: (messages) => queues.send(messages) });
  const ports: Ports = {
    table,
    bus,
    queues: {
      events: queues.queue("events"),
      sends: queues.queue("sends"),
      feedback: queues.queue("feedback"),
      jobs: queues.queue("jobs"),
      rejected: queues.queue("rejected"),
    },
    mailer: outbox,
    clock,
    ids: randomIds,
    secrets,
    copies: localCopies(store),
    erasures: erasuresFile(folder),
    log: consoleLog({ level: logLevel }),
    name: "relance",
    publicUrl,
    summaryMaxAgeMs: 0,
  };
  return { ports, store, table, queues, outbox, clock, secrets };
}
