// Guarantees about routes: a request reaches the function that serves it, in the local mode as behind API Gateway.
import { describe, expect, test } from "vitest";
import { routes, routesOf } from "../../cli/host/functions.ts";
import type { AdminRoute } from "../../functions/admin-function.ts";
import { routes as apiRoutes } from "../../functions/api.ts";
import { routes as doctorRoutes } from "../../functions/doctor.ts";
import { routes as explainRoutes } from "../../functions/explain.ts";
import { routes as privacyRoutes } from "../../functions/privacy.ts";
import { routes as publishRoutes } from "../../functions/publish.ts";
import { type FunctionWiring, type Wiring, wiring } from "../../infra/wiring.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";

/** Routes are only listed here, none is called. */
const NO_PORTS = {} as Ports;
const keyOf = ({ method, path }: AdminRoute) => `${method} ${path}`;
const routedTo = ({ method, path }: AdminRoute) => {
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
  test.each([
    ["api", apiRoutes],
    ["publish", publishRoutes],
    ["privacy", privacyRoutes],
    ["explain", explainRoutes],
    ["doctor", doctorRoutes],
  ])("reaches %s, which serves it, whatever else matches its path", (name, routesOfIt) => {
    expect(routesOfIt(NO_PORTS).map(routedTo)).toEqual(routesOfIt(NO_PORTS).map(() => name));
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

test.each([
  ["api", wiring.functions.api, apiRoutes],
  ["publish", wiring.functions.publish, publishRoutes],
  ["privacy", wiring.functions.privacy, privacyRoutes],
  ["explain", wiring.functions.explain, explainRoutes],
  ["doctor", wiring.functions.doctor, doctorRoutes],
] as const)("%s is wired to the routes it serves, and to no others", (_name, wired, routesOfIt) => {
  const keys = wired.triggers.map(({ route }) => route);
  expect([...keys].sort()).toEqual(routesOfIt(NO_PORTS).map(keyOf).sort());
});
