// Measures the CPU time of one decision.
import { compileCatalogue, DEFAULT_CONSTANTS } from "../../shared/domain/catalogue.ts";
import { decide } from "../../shared/domain/decide.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import type { Event } from "../../shared/domain/event.ts";
import { SECOND_MS } from "../../shared/domain/instant.ts";
import { newProfile } from "../../shared/domain/profile.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import type { Row } from "./row.ts";

const START = Date.parse("2026-03-02T08:00:00Z");
const CAMPAIGNS = 200;
const EVENTS = 20_000;

/** 200 campaigns with a trigger filter and an audience of three conditions, spread over event types. */
async function catalogueOf(types: number) {
  const settings = (await smallShopDefinitions()).filter(({ kind }) => kind === "settings");
  const campaigns = Array.from(
    { length: CAMPAIGNS },
    (_, n): Definition => ({
      kind: "campaign",
      id: `c-${n}`,
      file: `campaigns/c-${n}.yaml`,
      lines: {},
      body: {
        campaign: `c-${n}`,
        title: `Campaign ${n}`,
        reentry: "always",
        steps: [{ id: "offer", send: "offer" }],
        on: { event: `shop.event_${n % types}`, where: { property: "amount", gte: `${1_000 + n} EUR` } },
        audience: {
          all: [
            { trait: "country", in: ["FR", "BE"] },
            { did: "purchase.completed", atLeast: 2, within: "90 days" },
            { not: { trait: "vip", eq: true } },
          ],
        },
      },
    }),
  );
  return compileCatalogue([...settings, ...campaigns], { revision: "bench", seq: 1, constants: DEFAULT_CONSTANTS });
}

async function microsecondsPerEvent(types: number): Promise<number> {
  const catalogue = await catalogueOf(types);
  let profile = newProfile("p", START, { counters: catalogue.countersHash, seq: 1 });
  profile = {
    ...profile,
    traits: { country: { value: "FR", at: START, by: "b/1" }, vip: { value: false, at: START, by: "b/1" } },
  };
  const run = (count: number) => {
    const before = process.cpuUsage();
    for (let n = 0; n < count; n++) {
      const at = START + n * SECOND_MS;
      const event: Event = {
        id: `e-${n}`,
        source: "bench",
        type: `shop.event_${n % types}`,
        occurredAt: at,
        declaredAt: at,
        receivedAt: at,
        late: false,
        hops: 0,
        properties: { amount: { amount: 500_000, currency: "EUR" } },
      };
      decide(profile, { kind: "event", event }, { catalogue, now: at });
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  run(EVENTS / 4);
  return run(EVENTS);
}

/** CPU microseconds of `decide` per event. */
export async function benchDecide(): Promise<Row[]> {
  return [
    {
      what: "`decide`, 200 campaigns on 30 event types",
      value: `${(await microsecondsPerEvent(30)).toFixed(1)} µs`,
      bar: "20 µs",
    },
    {
      what: "`decide`, 200 campaigns all on the event's type",
      value: `${(await microsecondsPerEvent(1)).toFixed(1)} µs`,
      bar: "100 µs",
    },
  ];
}
