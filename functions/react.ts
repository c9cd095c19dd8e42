// Entry point: facts and wake-ups from the events queue.

import type { Ports } from "../shared/pipeline/ports.ts";
import { react } from "../shared/pipeline/react.ts";
import { onAws } from "./on-aws.ts";
import { queueFunction } from "./queue-function.ts";

export const create = (ports: Ports) => queueFunction((messages) => react(ports, messages));
export const handler = onAws(create);
