// Decides which pipeline function a queue's messages go to, as the functions in functions/ do it.
import { MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { react } from "../../shared/pipeline/react.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { work } from "../../shared/pipeline/work.ts";
import { noteHeard } from "./checks/feedback.ts";
import type { QueueKind, Received } from "./queues.ts";
import type { World } from "./stage.ts";
import { type Ended, invoke } from "./workers.ts";

const TIMEOUT_MS = 30 * SECOND_MS;
const VISIBILITY_MS = MINUTE_MS;

/** A batch that fails as a whole comes again as a whole. */
const again = (ended: Ended<string[]>, messages: Received[]) =>
  "value" in ended ? ended.value : messages.map(({ id }) => id);

type Handle = (ports: Ports, messages: Received[]) => Promise<string[]>;

function taking(name: string, handle: Handle, timeoutMs = TIMEOUT_MS): QueueKind["take"] {
  return async (world, messages) => {
    const ended = await invoke(world, { name, timeoutMs, run: (ports) => handle(ports, messages) });
    return again(ended, messages);
  };
}

async function feedbackBatch(world: World, messages: Received[]): Promise<string[]> {
  const retry = await taking("feedback", takeFeedback)(world, messages);
  for (const { id, body } of messages) {
    if (!retry.includes(id)) noteHeard(world, body);
  }
  return retry;
}

/** The queues that something reads. */
export const queueKinds = {
  events: { carries: "facts", most: 12, visibilityMs: VISIBILITY_MS, take: taking("react", react) },
  feedback: { carries: "facts", most: 6, visibilityMs: VISIBILITY_MS, take: feedbackBatch },
  sends: {
    carries: "pointers",
    most: 8,
    visibilityMs: VISIBILITY_MS,
    take: taking("deliver", async (ports, messages) => {
      await deliver(
        ports,
        messages.map(({ body }) => (body as { send: Pointer }).send),
      );
      return [];
    }),
  },
  jobs: {
    carries: "pointers",
    most: 1,
    visibilityMs: 90 * SECOND_MS,
    take: taking(
      "work",
      async (ports, messages) => {
        for (const { body } of messages) await work(ports, (body as { job: { id: string } }).job.id);
        return [];
      },
      MINUTE_MS,
    ),
  },
} as const satisfies Record<string, QueueKind>;
