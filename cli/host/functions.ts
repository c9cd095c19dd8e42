// Decides how the local host gets at the functions: by the entry files that the wiring names.
import type { LambdaHandler } from "../../functions/on-aws.ts";
import { type FunctionName, type FunctionWiring, type Wiring, wiring } from "../../infra/wiring.ts";
import type { Ports, QueueName } from "../../shared/pipeline/ports.ts";
import { portsWithin } from "./ports-within.ts";

export type LocalFunctions = Record<FunctionName, LambdaHandler>;

const functionsOf = (given: Wiring) => Object.entries(given.functions) as [FunctionName, FunctionWiring][];

/** Loads every function and tells it its ports, as far as it has a right to them. */
export async function loadFunctions(ports: Ports): Promise<LocalFunctions> {
  const loaded = await Promise.all(
    functionsOf(wiring).map(async ([name, wired]) => {
      const path = `../../${wired.entry}`;
      const module = (await import(/* @vite-ignore */ path)) as { create: (ports: Ports) => LambdaHandler };
      return [name, module.create(portsWithin(ports, name, wired))] as const;
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

/**
 * Which function answers which route: of those that match a request, the first is the one API Gateway would choose.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function routesOf(given: Wiring): RouteTarget[] {
  const targets = functionsOf(given).flatMap(([name, { triggers }]) =>
    triggers.flatMap((trigger) => ("route" in trigger ? [targetOf(trigger.route, name)] : [])),
  );
  return targets
    .map((target) => ({ target, rank: rankOf(target.key) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)))
    .map(({ target }) => target);
}

export const routes: RouteTarget[] = routesOf(wiring);

function targetOf(key: string, name: FunctionName): RouteTarget {
  const [method, path] = key.split(" ") as [string, string];
  const pattern = new RegExp(`^${path.replace(/\{[^}]+\+\}/g, ".+").replace(/\{[^}]+\}/g, "[^/]+")}$`);
  return { key, method, matches: (asked: string) => pattern.test(asked), function: name };
}

/** Whole paths come before greedy ones, then from the left a written part before a variable, and that before a greedy one. */
function rankOf(key: string): string {
  const parts = key.slice(key.indexOf("/") + 1).split("/");
  const ranks = parts.map((part) => (!part.startsWith("{") ? "0" : part.endsWith("+}") ? "2" : "1"));
  return `${ranks.includes("2") ? 1 : 0}${ranks.join("")}`;
}
