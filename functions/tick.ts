// Entry point: once a minute, hands out what is due.
import middy from "@middy/core";
import type { Ports } from "../shared/pipeline/ports.ts";
import { tick } from "../shared/pipeline/tick.ts";
import { type LambdaHandler, onAws } from "./on-aws.ts";

export const create = (ports: Ports) => middy().handler(() => tick(ports)) as unknown as LambdaHandler;
export const handler = onAws(create);
