// Guarantees about routes: a request reaches the function that serves it, in the local mode as behind API Gateway.
import { describe, expect, test } from "vitest";
import { routes, routesOf } from "../../cli/host/functions.ts";
import { routes as apiRoutes } from "../../functions/api.ts";
import type { HttpRoute } from "../../functions/http-function.ts";
import { routes as publishRoutes } from "../../functions/publish.ts";
import { type FunctionWiring, type Wiring, wiring } from "../../infra/wiring.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";

/** Routes are only listed here, none is called. */
const NO_PORTS = {} as Ports;
const keyOf = ({ method, path }: HttpRoute) => `${method} ${path}`;
const routedTo = ({ method, path }: HttpRoute) => {
  const asked = path.replace(/\{\w+\}/g, "any");
  return routes.find((route) => route.method === method && route.matches(asked))?.function;
};

/** A wiring of functions that have routes only. */
function wired(functions: Record<string, string[]>): Wiring {
  const functionOf = (keys: string[]): FunctionWiring => ({
    ...wiring.functions.api,
    triggers: keys.map((route) => ({ route })),
  });
  const entries = Object.entries(functions).map(([name, keys]) => [name, functionOf(keys)]);
  return { ...wiring, functions: Object.fromEntries(entries) };
}

describe("a request", () => {
  test("reaches the function that serves it, whatever else matches its path", () => {
    expect(publishRoutes(NO_PORTS).map(routedTo)).toEqual(publishRoutes(NO_PORTS).map(() => "publish"));
    expect(apiRoutes(NO_PORTS).map(routedTo)).toEqual(apiRoutes(NO_PORTS).map(() => "api"));
  });

  test.each([
    ["/pets/dog/1", "GET /pets/dog/1"],
    ["/pets/dog/2", "GET /pets/dog/{id}"],
    ["/pets/cat/1", "GET /pets/{proxy+}"],
    ["/pets/dog/2/food", "GET /pets/{proxy+}"],
    ["/test/5", "GET /{proxy+}"],
  ])("for %s goes to %s, in whatever order the routes are written", (path, key) => {
    const keys = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "GET /{proxy+}"];
    for (const written of [keys, keys.toReversed()]) {
      const functions = Object.fromEntries(written.map((one, index) => [`f${index}`, [one]]));
      expect(routesOf(wired(functions)).find(({ matches }) => matches(path))?.key).toBe(key);
    }
  });

  test("that matches as a whole does not go to a greedy route that names more of it", () => {
    const given = wired({ greedy: ["GET /a/b/{rest+}"], whole: ["GET /a/{id}/c"] });
    expect(routesOf(given).find(({ matches }) => matches("/a/b/c"))?.function).toBe("whole");
  });
});

test("publish is wired to the routes it serves, and to no others", () => {
  const keys = wiring.functions.publish.triggers.map(({ route }) => route);
  expect([...keys].sort()).toEqual(publishRoutes(NO_PORTS).map(keyOf).sort());
});
