// Decides which ports stand behind the pipeline before a seed begins and after it has ended: a table, and nothing that happens.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Ports, Table } from "../../shared/pipeline/ports.ts";

/** A table at one instant; nothing else answers. */
export function plainPorts(table: Table, now: Instant): Ports {
  const nothing = { send: async () => undefined };
  return {
    table,
    bus: { publish: async () => ({ failed: [] }) },
    queues: { events: nothing, sends: nothing, feedback: nothing, jobs: nothing, rejected: nothing },
    mailer: {
      send: async () => ({ messageId: "" }),
      lookup: async () => "unknowable",
      quota: async () => ({ perSecond: 1, perDay: 1, sentToday: 0, state: "open" }),
      suppressed: async () => ({ items: [] }),
    },
    clock: { now: () => now, sleepUntil: async () => undefined },
    ids: { next: () => "base" },
    secrets: { get: async () => "key", sourceOf: async () => undefined },
    copies: { forget: async () => 0 },
    erasures: { note: async () => undefined, list: async () => ({ items: [] }) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    name: "relance",
    publicUrl: "",
    summaryMaxAgeMs: 0,
  };
}
