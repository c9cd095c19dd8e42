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
  mail?: readonly ("send" | "quota")[];
  secrets?: readonly ("identity" | "link" | "writeKeys")[];
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
      may: { table: ["read", "write"], bus: ["publish"], queues: ["sends", "rejected"], secrets: ["identity"] },
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
      may: { table: ["read", "write"], queues: ["rejected"], secrets: ["identity"] },
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
      may: { table: ["read", "write"], bus: ["publish"], queues: ["sends", "jobs"], secrets: ["identity"] },
      timeoutSeconds: 60,
      memoryMb: 1024,
    },
    preferences: {
      entry: "functions/preferences.ts",
      triggers: [{ route: "GET /u/{token}" }, { route: "POST /u/{token}" }],
      may: { table: ["read", "write"], bus: ["publish"], secrets: ["identity", "link"] },
      timeoutSeconds: 15,
      memoryMb: 512,
    },
    api: {
      entry: "functions/api.ts",
      triggers: [{ route: "GET /api/{view+}" }, { route: "POST /api/{view+}" }],
      may: { table: ["read", "write"], bus: ["publish"], queues: ["sends"], mail: ["quota"], secrets: ["identity"] },
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
  },
} as const satisfies Wiring;

export type FunctionName = keyof (typeof wiring)["functions"];
