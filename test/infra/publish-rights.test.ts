// Guarantees about the rights of `publish`: all its routes work with what the wiring gives it, and with nothing else.
import { expect, test } from "vitest";
import type { HttpRoute } from "../../functions/http-function.ts";
import { routes } from "../../functions/publish.ts";
import { type May, wiring } from "../../infra/wiring.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const PORTS: Record<keyof May, keyof Ports> = {
  table: "table",
  bus: "bus",
  queues: "queues",
  mail: "mailer",
  secrets: "secrets",
};

/** Ports of which only those are there that the rights name. */
function portsOf(may: May, ports: Ports): Ports {
  const missing = (Object.keys(PORTS) as (keyof May)[]).filter((right) => may[right] === undefined);
  return { ...ports, ...Object.fromEntries(missing.map((right) => [PORTS[right], undefined])) };
}

/** The readable body of the answer of one of its routes. */
async function asked(ports: Ports, key: string, { id = "", body = {} }: { id?: string; body?: object } = {}) {
  const route = routes(ports).find(({ method, path }) => `${method} ${path}` === key) as HttpRoute;
  const request = { rawPath: "", headers: {}, pathParameters: { id }, body: JSON.stringify(body) };
  const { statusCode, body: answered } = await route.handler(request);
  expect([key, statusCode, answered]).toEqual([key, 200, answered]);
  return JSON.parse(answered);
}

test("from a definition to what is live, forecast included", async () => {
  const world = await MemoryWorld.open();
  await world.post(identify(START), consent(START), lead(START));
  await world.settle();
  const ports = portsOf(wiring.functions.publish.may, world.ports);
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
