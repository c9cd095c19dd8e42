// Entry point: pages of jobs from the jobs queue.
import * as z from "zod";
import type { Ports } from "../shared/pipeline/ports.ts";
import { work } from "../shared/pipeline/work.ts";
import { onAws } from "./on-aws.ts";
import { queueFunction } from "./queue-function.ts";

const pointerSchema = z.object({ job: z.object({ id: z.string() }) });

export const create = (ports: Ports) =>
  queueFunction(async (messages) => {
    for (const { body } of messages) {
      const parsed = pointerSchema.safeParse(body);
      if (parsed.success) await work(ports, parsed.data.job.id);
    }
    return [];
  });
export const handler = onAws(create);
