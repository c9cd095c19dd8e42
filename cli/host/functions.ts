// Decides how the local host gets at the functions: by the entry files that the wiring names.
import type { LambdaHandler } from "../../functions/on-aws.ts";
import { type FunctionName, type FunctionWiring, type Wiring, wiring } from "../../infra/wiring.ts";
import type { Ports, QueueName } from "../../shared/pipeline/ports.ts";

export type LocalFunctions = Record<FunctionName, LambdaHandler>;

/** Loads every function and tells it its ports. */
export async function loadFunctions(ports: Ports): Promise<LocalFunctions> {
  const loaded = await Promise.all(
    Object.entries(wiring.functions).map(async ([name, { entry }]) => {
      const module = (await import(/* @vite-ignore */ `../../${entry}`)) as { create: (ports: Ports) => LambdaHandler };
      return [name, module.create(ports)] as const;
    }),
  );
  return Object.fromEntries(loaded) as LocalFunctions;
}

export type Consumer = { queue: QueueName; function: FunctionName; batchSize: number; visibilityMs: number };
/** `key` is the route as the wiring has it, such as "GET /u/{token}". */
export type RouteTarget = {
  key: string;
  method: string;
  matches: (path: string) => boolean;
  function: FunctionName;
};

const functionsOf = (given: Wiring) => Object.entries(given.functions) as [FunctionName, FunctionWiring][];

/** Which function reads which queue. */
export const consumers: Consumer[] = functionsOf(wiring).flatMap(([name, { triggers }]) =>
  triggers.flatMap((trigger) =>
    "queue" in trigger
      ? [
          {
            queue: trigger.queue,
            function: name,
            batchSize: trigger.batchSize,
            visibilityMs: wiring.queues[trigger.queue].visibilitySeconds * 1_000,
          },
        ]
      : [],
  ),
);

/** Which function answers which route. */
export const routes: RouteTarget[] = functionsOf(wiring).flatMap(([name, { triggers }]) =>
  triggers.flatMap((trigger) => {
    if (!("route" in trigger)) return [];
    const [method, path] = trigger.route.split(" ") as [string, string];
    const pattern = new RegExp(`^${path.replace(/\{[^}]+\+\}/g, ".+").replace(/\{[^}]+\}/g, "[^/]+")}$`);
    return [{ key: trigger.route, method, matches: (asked: string) => pattern.test(asked), function: name }];
  }),
);
