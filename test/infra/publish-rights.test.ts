// Guarantees about the rights of `publish`: all its routes work with what the wiring gives it, and with nothing else.
import { expect, test } from "vitest";
import { portsWithin } from "../../cli/host/ports-within.ts";
import type { AdminRoute } from "../../functions/admin-function.ts";
import { routes } from "../../functions/publish.ts";
import { wiring } from "../../infra/wiring.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

/** The readable body of the answer of one of its routes. */
async function asked(ports: Ports, key: string, { id = "", body = {} }: { id?: string; body?: object } = {}) {
  const route = routes(ports).find(({ method, path }) => `${method} ${path}` === key) as AdminRoute;
  const principal = { name: "relance-marketer/anna", role: "marketer" as const };
  const request = { rawPath: "", headers: {}, pathParameters: { id }, body: JSON.stringify(body), principal };
  const { statusCode, body: answered } = await route.handler(request);
  expect([key, statusCode, answered]).toEqual([key, 200, answered]);
  return JSON.parse(answered);
}

test("from a definition to what is live, forecast included", async () => {
  const world = await MemoryWorld.open();
  await world.post(identify(START), consent(START), lead(START));
  await world.settle();
  const ports = portsWithin(world.ports, "publish", wiring.functions.publish);
  const changed = (await smallShopDefinitions()).map((one) =>
    one.id === "welcome" && one.kind === "campaign" ? { ...one, body: { ...one.body, priority: "low" } } : one,
  );
  const { stored } = await asked(ports, "POST /api/definitions", { body: { definitions: changed } });
  const { revision } = await asked(ports, "POST /api/drafts", { body: { definitions: stored } });
  const { id } = await asked(ports, "POST /api/plans", { body: { draft: revision } });
  expect(await asked(ports, "GET /api/plans/{id}", { id })).toMatchObject({ draft: revision });
  const forecast = await asked(ports, "POST /api/plans/{id}/forecast", { id, body: { days: 7 } });
  expect(forecast).toMatchObject({ perSecond: 1_000 });
  expect(await asked(ports, "POST /api/plans/{id}/apply", { id })).toMatchObject({ revision, changed: true });
  expect(await asked(ports, "GET /api/catalogue")).toMatchObject({ active: { revision } });
});
