// Entry point: pointers to intended sends from the sends queue.
import * as z from "zod";
import { deliver } from "../shared/pipeline/deliver.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { onAws } from "./on-aws.ts";
import { queueFunction } from "./queue-function.ts";

const pointerSchema = z.object({
  send: z.object({ id: z.string(), profileId: z.string(), version: z.number(), slotAt: z.number().exactOptional() }),
});

/** Pointers may be lost: one that is not readable is dropped, the due index has the send. */
export const create = (ports: Ports) =>
  queueFunction(async (messages) => {
    const pointers = messages.flatMap(({ body }) => {
      const parsed = pointerSchema.safeParse(body);
      return parsed.success ? [parsed.data.send] : [];
    });
    await deliver(ports, pointers);
    return [];
  });
export const handler = onAws(create);
