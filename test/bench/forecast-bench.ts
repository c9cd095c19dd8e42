// Measures a forecast: recorded events lived again under 200 drafts, from the local data file to the finished numbers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { SqliteTable } from "../../shared/adapters/local/sqlite-table.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import type { Event } from "../../shared/domain/event.ts";
import { IDENTIFIED } from "../../shared/domain/event.ts";
import { forecastOf } from "../../shared/domain/forecast.ts";
import { addTally, newForecastTally } from "../../shared/domain/forecast-tally.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { newProfile } from "../../shared/domain/profile.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { storeDraft } from "../../shared/pipeline/drafts.ts";
import { type ForecastPage, forecastPage } from "../../shared/pipeline/forecast-page.ts";
import { makePlan, type Plan, planView } from "../../shared/pipeline/plans.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { eventItem } from "../../shared/pipeline/records/event-record.ts";
import { profileItem } from "../../shared/pipeline/records/profile-record.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { aShop } from "../support/two-catalogues.ts";
import type { Row } from "./row.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const DAYS = 30;
const CAMPAIGNS = 200;
const TYPES = 30;
const EVENTS_EACH = 50;

/** 200 campaigns on 30 event types, of which a few in a hundred events match; `least` makes drafts differ from what is live. */
function shopOf(least: number): Definition[] {
  const campaigns = Array.from({ length: CAMPAIGNS }, (_, n) => ({
    campaign: `c-${n}`,
    on: { event: `shop.event_${n % TYPES}`, where: { property: "amount", gte: `${least + n} EUR` } },
    reentry: "after 30 days",
    audience: {
      all: [
        { trait: "country", in: ["FR", "BE"] },
        { did: "purchase.completed", atLeast: 2, within: "90 days" },
        { not: { trait: "vip", eq: true } },
      ],
    },
  }));
  return aShop({ segments: { buyers: { did: "purchase.completed", atLeast: 3, within: "30 days" } }, campaigns });
}

function eventOf(profile: number, n: number): Event {
  const at = NOW - DAYS * DAY_MS + Math.floor(((n + profile / 3_000) / EVENTS_EACH) * DAYS * DAY_MS);
  const draw = (profile * 7_919 + n * 104_729) % 1_000;
  const base = {
    id: `e-${profile}-${n}`,
    source: "bench",
    occurredAt: at,
    declaredAt: at,
    receivedAt: at,
    late: false,
    hops: 0,
  };
  if (n === 0) {
    const traits = { email: `p-${profile}@example.com`, country: "FR", vip: false, consent: { marketing: "granted" } };
    return { ...base, type: IDENTIFIED, traits, properties: {} };
  }
  const type = draw % 5 === 0 ? "purchase.completed" : `shop.event_${draw % TYPES}`;
  return { ...base, type, properties: { amount: { amount: draw * 100, currency: "EUR" } } };
}

/** Writes profiles and their events straight into the table: recording them is not what is measured. */
async function record(table: SqliteTable, profiles: number): Promise<void> {
  for (let profile = 0; profile < profiles; profile++) {
    const id = `p${String(profile).padStart(15, "0")}`;
    const items: Item[] = [profileItem(newProfile(id, NOW - DAYS * DAY_MS, { counters: "", seq: 1 }))];
    for (let n = 0; n < EVENTS_EACH; n++) items.push(eventItem(id, eventOf(profile, n)));
    await table.transact(items.map((put) => ({ put })));
  }
}

async function eventsPerSecond(world: MemoryWorld, plan: Plan): Promise<{ perSecond: number; mails: number }> {
  const start = performance.now();
  const tally = newForecastTally();
  let page: ForecastPage | undefined;
  do {
    page = await forecastPage(world.ports, plan, {
      days: DAYS,
      until: NOW,
      ...(page?.next && { cursor: page.next }),
    });
    // As it comes over the wire.
    addTally(tally, JSON.parse(JSON.stringify(page)) as ForecastPage);
  } while (page.next !== undefined);
  const { catalogues } = await planView(world.ports, plan);
  const { mails, events } = forecastOf(tally, { from: page.from, until: page.until, ...catalogues });
  return { perSecond: events / ((performance.now() - start) / 1_000), mails };
}

/** Events of history per second on one core: the draft alone, and beside 200 live campaigns. */
export async function benchForecast({ quick = false } = {}): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "relance-bench-"));
  const store = openSqliteStore(folder);
  try {
    const table = new SqliteTable(store);
    await record(table, quick ? 200 : 2_000);
    const world = new MemoryWorld();
    world.now = NOW;
    Object.assign(world.ports, { table });
    const planned = async (definitions: Definition[]) => {
      const stored = await storeDraft(world.ports, definitions);
      if (!("revision" in stored)) throw new Error(JSON.stringify(stored.problems));
      return (await makePlan(world.ports, stored.revision)) as Plan;
    };
    const alone = await planned(shopOf(900));
    await eventsPerSecond(world, alone);
    const first = await eventsPerSecond(world, alone);
    await publish(world.ports, shopOf(920));
    const beside = await eventsPerSecond(world, await planned(shopOf(900)));
    const row = (what: string, { perSecond, mails }: typeof first): Row => ({
      what: `forecast of 200 drafts${what}, ${mails} mails`,
      value: `${Math.round(perSecond)} events/s`,
      bar: "20,000 events/s",
    });
    return [row(", nothing live", first), row(" beside 200 live campaigns", beside)];
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
