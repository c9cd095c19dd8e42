// Decides what exists and what may touch what: queues, bus rules, functions, their triggers and their rights. Plain data:
// the CDK stacks are built from it and the local host runs from it.
import type { QueueName } from "../shared/pipeline/ports.ts";

export type QueueWiring = {
  /** `facts` are the record until they are committed (durable, dead-lettered); `pointers` are a fast path that may be lost. */
  carries: "facts" | "pointers" | "dead letters";
  visibilitySeconds: number;
  /** Receives after which a message is moved to the queue's dead letters. */
  maxReceives?: number;
};

export type Trigger =
  | { queue: QueueName; batchSize: number; windowSeconds: number }
  | { schedule: "every minute" }
  | { route: string };

/** What a function's role allows. Nothing else is granted. */
export type May = {
  table?: readonly ("read" | "write")[];
  bus?: readonly "publish"[];
  queues?: readonly QueueName[];
  mail?: readonly ("send" | "quota" | "suppressed")[];
  secrets?: readonly ("identity" | "link" | "writeKeys")[];
  /** The queues that nothing consumes: what is of an erased person is taken out of them. */
  copies?: readonly "forget"[];
  /** What is remembered of erasures outside the table. */
  erasures?: readonly ("note" | "list")[];
};

export type FunctionWiring = {
  entry: `functions/${string}.ts`;
  triggers: readonly Trigger[];
  may: May;
  timeoutSeconds: number;
  memoryMb: number;
};

export type RuleWiring = {
  /** An EventBridge event pattern. */
  pattern: { [field: string]: unknown };
  to: QueueName;
};

export type Wiring = {
  queues: Record<QueueName, QueueWiring>;
  rules: Record<string, RuleWiring>;
  functions: Record<string, FunctionWiring>;
};

export const wiring = {
  queues: {
    events: { carries: "facts", visibilitySeconds: 180, maxReceives: 5 },
    sends: { carries: "pointers", visibilitySeconds: 360, maxReceives: 5 },
    feedback: { carries: "facts", visibilitySeconds: 180, maxReceives: 5 },
    jobs: { carries: "pointers", visibilitySeconds: 360, maxReceives: 5 },
    rejected: { carries: "dead letters", visibilitySeconds: 30 },
  },
  rules: {
    // Relance's own events are for others: reacting to them here would loop.
    facts: { pattern: { source: [{ "anything-but": ["relance"] }] }, to: "events" },
  },
  functions: {
    intake: {
      entry: "functions/intake.ts",
      triggers: [{ route: "POST /v1/{call}" }],
      may: { bus: ["publish"], secrets: ["writeKeys"] },
      timeoutSeconds: 15,
      memoryMb: 512,
    },
    react: {
      entry: "functions/react.ts",
      triggers: [{ queue: "events", batchSize: 100, windowSeconds: 1 }],
      may: {
        table: ["read", "write"],
        bus: ["publish"],
        // What Relance itself has to tell of a person comes back to where it was seen.
        queues: ["events", "sends", "rejected"],
        secrets: ["identity"],
      },
      timeoutSeconds: 30,
      memoryMb: 1024,
    },
    deliver: {
      entry: "functions/deliver.ts",
      triggers: [{ queue: "sends", batchSize: 20, windowSeconds: 1 }],
      may: { table: ["read", "write"], queues: ["sends"], mail: ["send", "quota"], secrets: ["identity", "link"] },
      // A slot is waited for up to 15 seconds, SES for 10, and its quota for 10 more.
      timeoutSeconds: 60,
      memoryMb: 1024,
    },
    feedback: {
      entry: "functions/feedback.ts",
      triggers: [{ queue: "feedback", batchSize: 20, windowSeconds: 1 }],
      may: { table: ["read", "write"], bus: ["publish"], queues: ["events", "rejected"], secrets: ["identity"] },
      timeoutSeconds: 30,
      memoryMb: 512,
    },
    tick: {
      entry: "functions/tick.ts",
      triggers: [{ schedule: "every minute" }],
      may: { table: ["read", "write"], queues: ["events", "sends", "jobs"], mail: ["quota"] },
      timeoutSeconds: 50,
      memoryMb: 512,
    },
    work: {
      entry: "functions/work.ts",
      triggers: [{ queue: "jobs", batchSize: 1, windowSeconds: 0 }],
      may: {
        table: ["read", "write"],
        bus: ["publish"],
        queues: ["sends", "jobs"],
        mail: ["suppressed"],
        secrets: ["identity"],
        copies: ["forget"],
        erasures: ["note", "list"],
      },
      timeoutSeconds: 60,
      memoryMb: 1024,
    },
    preferences: {
      entry: "functions/preferences.ts",
      triggers: [
        { route: "GET /u/{token}" },
        { route: "POST /u/{token}" },
        { route: "GET /p" },
        { route: "POST /p" },
        { route: "GET /p/{token}" },
        { route: "POST /p/{token}" },
        { route: "GET /c/{token}" },
        { route: "HEAD /c/{token}" },
      ],
      may: {
        table: ["read", "write"],
        bus: ["publish"],
        queues: ["events", "feedback"],
        secrets: ["identity", "link"],
      },
      timeoutSeconds: 15,
      memoryMb: 512,
    },
    api: {
      entry: "functions/api.ts",
      // One by one, as everywhere: a role of people is let through to its own routes, and a route for all would be one route.
      triggers: [
        { route: "GET /api/summary" },
        { route: "GET /api/segments" },
        { route: "GET /api/segments/{id}/members" },
        { route: "GET /api/campaigns" },
        { route: "GET /api/events" },
        { route: "GET /api/ledger" },
        { route: "GET /api/account" },
        { route: "GET /api/sends" },
        { route: "GET /api/jobs" },
        { route: "GET /api/jobs/{id}" },
        { route: "GET /api/profiles" },
        { route: "GET /api/profiles/{id}" },
        { route: "GET /api/profiles/{id}/timeline" },
        { route: "POST /api/campaigns/{id}/pause" },
        { route: "POST /api/campaigns/{id}/resume" },
        { route: "POST /api/account/pause" },
        { route: "POST /api/account/resume" },
        { route: "POST /api/suppressions" },
        { route: "POST /api/events" },
        { route: "POST /api/imports" },
        { route: "POST /api/jobs/nightly/start" },
      ],
      may: {
        table: ["read", "write"],
        bus: ["publish"],
        queues: ["events", "sends"],
        mail: ["quota"],
        secrets: ["identity"],
      },
      timeoutSeconds: 29,
      memoryMb: 1024,
    },
    // A function of its own: plans, forecasts and the checks of definitions are heavy, and need fewer rights.
    publish: {
      entry: "functions/publish.ts",
      triggers: [
        { route: "GET /api/catalogue" },
        { route: "POST /api/definitions" },
        { route: "POST /api/drafts" },
        { route: "POST /api/plans" },
        { route: "GET /api/plans/{id}" },
        { route: "POST /api/plans/{id}/forecast" },
        { route: "POST /api/plans/{id}/apply" },
      ],
      may: { table: ["read", "write"], mail: ["quota"], secrets: ["identity"] },
      timeoutSeconds: 29,
      memoryMb: 1024,
    },
    // A function of its own: nothing that marketers and operators ask may hand out or erase a person.
    privacy: {
      entry: "functions/privacy.ts",
      triggers: [
        { route: "GET /api/audit" },
        { route: "GET /api/retention" },
        { route: "GET /api/profiles/{id}/consents" },
        { route: "POST /api/profiles/{id}/consents" },
        { route: "GET /api/profiles/{id}/export" },
        { route: "POST /api/profiles/{id}/erase" },
        { route: "POST /api/erasures" },
        { route: "POST /api/erasures/reapply" },
        { route: "POST /api/jobs/retention/start" },
      ],
      may: {
        table: ["read", "write"],
        bus: ["publish"],
        queues: ["events"],
        secrets: ["identity"],
        erasures: ["note"],
      },
      timeoutSeconds: 29,
      memoryMb: 1024,
    },
    // Both only read, and are too big to stand beside others.
    explain: {
      entry: "functions/explain.ts",
      triggers: [{ route: "GET /api/profiles/{id}/explain" }],
      may: { table: ["read"], secrets: ["identity"] },
      timeoutSeconds: 29,
      memoryMb: 1024,
    },
    doctor: {
      entry: "functions/doctor.ts",
      triggers: [{ route: "GET /api/doctor" }],
      // What is known of an address, and so when its reader was last heard of, stands under a keyed hash.
      may: { table: ["read"], mail: ["quota"], secrets: ["identity"] },
      timeoutSeconds: 29,
      memoryMb: 1024,
    },
  },
} as const satisfies Wiring;

export type FunctionName = keyof (typeof wiring)["functions"];
