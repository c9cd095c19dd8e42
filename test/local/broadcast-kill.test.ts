// Proves that a broadcast to 100,000 profiles which is killed five times enters each of them once, while live events go on.
import { describe, expect, test } from "vitest";
import { openData } from "../../cli/host/open-data.ts";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { newProfile } from "../../shared/domain/profile.ts";
import { loadCatalogue, publish } from "../../shared/pipeline/catalogue-store.ts";
import { identityKey, memberKey, SCHEMA } from "../../shared/pipeline/keys.ts";
import type { Write } from "../../shared/pipeline/ports.ts";
import { profileItem } from "../../shared/pipeline/records/profile-record.ts";
import type { JobView } from "../../shared/pipeline/views/jobs.ts";
import { purchase } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { type LocalServer, startBareServer } from "../support/local-server.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";

const MEMBERS = 100_000;
const KILLS = 5;
const LIVE_BATCH = 5;
const PER_TRANSACTION = 33;
/** A few seconds before nine in Paris. */
const START = Date.parse("2027-03-02T07:59:58Z");

const definitions = shopDefinitions({
  segments: { gold: { trait: "plan", eq: "gold" } },
  campaigns: [
    {
      campaign: "news",
      on: { schedule: { once: "2027-03-02 09:00" }, segment: "gold" },
      steps: [{ id: "tell", emit: "news.read" }],
    },
  ],
});

/** A data folder with so many members of the segment, as if they had been there for long. */
async function aCrowd(folder: string): Promise<void> {
  const data = openData({ folder, publicUrl: "http://127.0.0.1:8787" });
  data.clock.startAt(START);
  await publish(data.ports, definitions);
  const { countersHash, seq } = await loadCatalogue(data.ports);
  const secret = await data.ports.secrets.get("identity");
  for (let first = 0; first < MEMBERS; first += PER_TRANSACTION) {
    const writes: Write[] = [];
    for (let n = first; n < Math.min(MEMBERS, first + PER_TRANSACTION); n++) {
      const id = `p${n}`;
      const profile = newProfile(id, START - 1_000, { counters: countersHash, seq });
      profile.identities = [`userId:u-${n}`];
      profile.traits = { plan: { value: "gold", at: START - 1_000, by: "shop/import" } };
      profile.memberships = { gold: START - 1_000 };
      writes.push(
        { put: profileItem(profile) },
        { put: { ...memberKey("gold", id), schema: SCHEMA, enteredAt: START - 1_000 } },
        { put: { ...identityKey(secret, { kind: "userId", value: `u-${n}` }), schema: SCHEMA, profileId: id } },
      );
    }
    await data.table.transact(writes);
  }
  data.clock.close();
  data.store.close();
}

const news = async (server: LocalServer) =>
  (await server.get("/api/jobs/schedule%23news")) as Partial<Pick<JobView, "state" | "counts">>;

/** Posts live events until so many members are done (or all); answers how many events were accepted. */
async function liveUntil(server: LocalServer, done: number, aCall: () => object): Promise<number> {
  let accepted = 0;
  for (;;) {
    const batch = Array.from({ length: LIVE_BATCH }, aCall);
    expect(await server.post(batch)).toBe(200);
    accepted += batch.length;
    const { state, counts } = await news(server);
    if (state === "done" || (counts?.["done"] ?? 0) >= done) return accepted;
  }
}

/** Sums up what is stored, read by SQL: there is too much of it to look at each item. */
function whatIsStored(folder: string) {
  const { store, clock } = openData({ folder, publicUrl: "http://127.0.0.1:8787" });
  const one = (sql: string) => Object.values(store.prepare(sql).get() as object);
  const events = (type: string) =>
    one(`SELECT count(*) FROM item WHERE sk LIKE 'EVENT#%' AND json_extract(body, '$.type') = '${type}'`)[0];
  const counted = (type: string) => {
    const count = `json_extract(body, '$.activity."${type}"[0]')`;
    return one(`SELECT sum(${count}), max(${count}) FROM item WHERE sk = 'STATE#PROFILE'`);
  };
  const stored = {
    entries: one("SELECT count(*), count(DISTINCT pk) FROM item WHERE sk LIKE 'ENTRY#news#%'"),
    told: { stored: events("news.read"), counted: counted("news.read") },
    live: { stored: events("purchase.completed"), counted: counted("purchase.completed")[0] },
    runs: one("SELECT count(*) FROM item WHERE sk LIKE 'STATE#RUN#%'")[0],
    messages: one("SELECT count(*) FROM message")[0],
  };
  clock.close();
  store.close();
  return stored;
}

describe("a broadcast to 100,000 profiles", () => {
  test("killed five times on the way, with live events beside it: each member enters once, each event counts once", async () => {
    const folder = aFolder();
    await aCrowd(folder);
    const random = seededRandom(7);
    const moments = Array.from({ length: KILLS }, () => Math.floor(MEMBERS * (0.02 + 0.9 * random()))).sort(
      (a, b) => a - b,
    );
    let orders = 0;
    // Every fourth is of somebody who is not known yet.
    const aCall = () => {
      orders++;
      const user = orders % 4 === 0 ? `new-${orders}` : `u-${Math.floor(random() * MEMBERS)}`;
      return purchase(START, { user, order: `o-${orders}` });
    };
    let accepted = 0;
    for (const moment of moments) {
      const server = await startBareServer(folder);
      accepted += await liveUntil(server, moment, aCall);
      expect((await news(server)).state).toBe("running");
      await server.kill();
    }
    const server = await startBareServer(folder);
    accepted += await liveUntil(server, Number.POSITIVE_INFINITY, aCall);
    await server.stop();
    expect(whatIsStored(folder)).toEqual({
      entries: [MEMBERS, MEMBERS],
      told: { stored: MEMBERS, counted: [MEMBERS, 1] },
      live: { stored: accepted, counted: accepted },
      runs: 0,
      messages: 0,
    });
  }, 300_000);
});
