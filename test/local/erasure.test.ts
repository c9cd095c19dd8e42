// Guarantees of an erasure on a laptop: afterwards the files of the data folder hold nothing of the person, byte by byte.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openHost } from "../../cli/host/host.ts";
import { publishFolder } from "../../cli/host/publish-folder.ts";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { deadLettersOf } from "../../shared/adapters/local/sqlite-queue.ts";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { aFolder } from "../support/local-folder.ts";

const CANARIES = ["canary-user", "canary.lea@shop.example", "canary.old@shop.example", "Canarylea", "canary words"];
const SHOP = new URL("../data/small-shop", import.meta.url).pathname;

/** Every canary that some file of the folder holds, however it is written. */
function foundIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const bytes = readFileSync(join(parentPath, name)).toString("latin1").toLowerCase();
    return CANARIES.filter((canary) => bytes.includes(canary.toLowerCase())).map((canary) => `${name}: ${canary}`);
  });
}

const ofLea = (call: object) => ({ userId: "canary-user", ...call });
const traits = {
  email: "canary.lea@shop.example",
  firstName: "Canarylea",
  locale: "en",
  consent: { marketing: "granted" },
};

/** A host in which Lea and thirty others did a lot, with a mail, a dead letter and a rejected message of hers. */
async function aBusyHost(folder: string) {
  const host = await openHost({ folder, publicUrl: "http://127.0.0.1:1", logLevel: "error" });
  await publishFolder(host, { path: SHOP, shownAs: "small-shop" });
  const { ports, queues } = host.data;
  const random = seededRandom(3);
  for (let round = 0; round < 12; round++) {
    const others = Array.from({ length: 30 }, (_, n) => ({
      type: "track",
      event: "Guide Read",
      userId: `other-${n}`,
      properties: { note: "other words ".repeat(1 + Math.floor(random() * 40)) },
    }));
    const words = { note: "canary words ".repeat(1 + Math.floor(random() * 40)) };
    await ingest(ports, [...others, ofLea({ type: "track", event: "Guide Read", properties: words })], {
      source: "shop",
    });
    await host.settle();
  }
  await ingest(ports, [ofLea({ type: "identify", traits: { ...traits, email: "canary.old@shop.example" } })], {
    source: "shop",
  });
  await host.settle();
  await ingest(ports, [ofLea({ type: "identify", traits }), ofLea({ type: "track", event: "Lead Created" })], {
    source: "shop",
  });
  await host.settle();
  const envelope = { id: "e-1", source: "crm", "detail-type": "lead.created", time: "2026-03-02T08:00:00Z" };
  queues.send([
    { queue: deadLettersOf("events"), body: { ...envelope, detail: { userId: "canary-user", properties: {} } } },
    {
      queue: "rejected",
      body: { problems: [], message: { ...envelope, detail: { traits: { email: "Canary.Lea@shop.example" } } } },
    },
    { queue: "rejected", body: { mail: { destination: ["canary.old@shop.example"] } } },
    {
      queue: deadLettersOf("feedback"),
      body: { Message: JSON.stringify({ mail: { destination: ["canary.lea@shop.example"] } }) },
    },
    { queue: "rejected", body: { problems: [], message: { ...envelope, detail: { userId: "other-1" } } } },
  ]);
  return host;
}

test("nothing of the person can be found in any file, while the server runs and after it", async () => {
  const folder = aFolder();
  const host = await aBusyHost(folder);
  const { ports, queues, outbox, clock } = host.data;
  const mails = outbox.count();
  expect(foundIn(folder).length).toBeGreaterThanOrEqual(CANARIES.length);
  await erasePerson(ports, (await findProfile(ports, "canary-user")) as string, { by: "person" });
  await host.settle();
  expect(foundIn(folder)).toEqual([]);
  expect(mails - outbox.count()).toBe(1);
  expect(queues.counts(clock.now())).toMatchObject({ rejected: { ready: 1 } });
  expect(queues.counts(clock.now())).not.toHaveProperty("events-dead");
  await host.close();
  expect(foundIn(folder)).toEqual([]);
});

test("a data file from before deletions were zeroed is written anew once", async () => {
  const folder = aFolder();
  const first = openSqliteStore(folder);
  first.close();
  const old = new DatabaseSync(join(folder, "relance.db"));
  old.exec("PRAGMA secure_delete = OFF; DELETE FROM meta WHERE name = 'deletes'");
  const add = old.prepare("INSERT INTO message (queue, visible_at, sent_at, body) VALUES ('events', 1, 1, ?)");
  for (let n = 0; n < 200; n++) add.run(n % 2 === 0 ? "kept" : "canary words ".repeat(30));
  old.exec("DELETE FROM message WHERE body <> 'kept'");
  old.close();
  expect(foundIn(folder)).not.toEqual([]);
  const store = openSqliteStore(folder);
  store.wipe();
  expect(foundIn(folder)).toEqual([]);
  expect(store.prepare("SELECT count(*) AS n FROM message").get()?.["n"]).toBe(100);
  store.close();
});

test("what comes of the person later is gone from the files as soon as the host is idle", async () => {
  const folder = aFolder();
  const host = await aBusyHost(folder);
  const { ports } = host.data;
  await erasePerson(ports, (await findProfile(ports, "canary-user")) as string, { by: "operator" });
  await host.settle();
  await ingest(ports, [ofLea({ type: "identify", traits })], { source: "crm" });
  await host.settle();
  expect(foundIn(folder)).not.toEqual([]);
  host.start();
  await expect.poll(() => foundIn(folder), { timeout: 30_000 }).toEqual([]);
  expect(await findProfile(ports, "canary-user")).toBeUndefined();
  await host.close();
});
