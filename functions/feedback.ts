// Entry point: what the mail provider reports, from the feedback queue.
import { takeFeedback } from "../shared/pipeline/feedback.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { onAws } from "./on-aws.ts";
import { queueFunction } from "./queue-function.ts";

export const create = (ports: Ports) => queueFunction((messages) => takeFeedback(ports, messages));
export const handler = onAws(create);
