// Guarantees of an erasure on a laptop of people with hostile names and addresses: no byte of theirs is left, and all of the others'.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHost } from "../../cli/host/host.ts";
import { publishFolder } from "../../cli/host/publish-folder.ts";
import { deadLettersOf } from "../../shared/adapters/local/sqlite-queue.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { aFolder } from "../support/local-folder.ts";

const SHOP = new URL("../data/small-shop", import.meta.url).pathname;
/** Whose address is the user id of somebody else. */
const OWNER = "owner@other.example";
const ENVELOPE = { id: "e-1", source: "crm", "detail-type": "lead.created", time: "2026-03-02T08:00:00Z" };

function foundIn(folder: string, canaries: string[]): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const text = readFileSync(join(parentPath, name)).toString("utf8").toLowerCase();
    return canaries.filter((canary) => text.includes(canary.toLowerCase())).map((canary) => `${name}: ${canary}`);
  });
}

/** What a source tells of them, mostly without a time, so that the ids of the events are marked. */
const callsOf = (userId: string, email: string) => [
  {
    ...{ type: "identify", userId, messageId: "canary-1" },
    traits: {
      email,
      firstName: "Canaryfirst",
      locale: "en",
      consent: { marketing: { state: "granted", how: "canary" } },
    },
  },
  {
    type: "track",
    event: "Lead Created",
    userId,
    messageId: "canary-2",
    properties: { "canary-field": "canary-value" },
  },
  { ...{ type: "track", event: "Guide Read", userId, messageId: "canary-3" }, timestamp: "2020-01-01T00:00:00Z" },
];

test.each([
  ["Ünï/#canary?x=1", "Canary.U@shop.example"],
  ["canary#1/2", "CANARY.lea@Münchén-canary.example"],
  [`${"c".repeat(240)}canary`, "canary+tag@shop.example"],
  [OWNER, "canary.two@shop.example"],
])("%s with %s", async (userId, email) => {
  const folder = aFolder();
  const host = await openHost({ folder, publicUrl: "http://127.0.0.1:1", logLevel: "error" });
  await publishFolder(host, { path: SHOP, shownAs: "small-shop" });
  const { ports, queues, outbox, store, clock } = host.data;
  const tell = async (...calls: object[]) => {
    expect(await ingest(ports, calls, { source: "shop" })).toMatchObject({ rejected: [] });
    await host.settle();
  };
  await tell({ type: "identify", userId: "owner", traits: { email: OWNER } }, ...callsOf(userId, email));
  await host.advanceTo(clock.now() + 20 * DAY_MS);
  expect(outbox.count()).toBeGreaterThan(0);
  const page = `https://shop.example/?to=${encodeURIComponent(email)}`;
  queues.send([
    { queue: deadLettersOf("events"), body: { ...ENVELOPE, detail: { userId, properties: { canary: 1 } } } },
    { queue: "rejected", body: { message: { ...ENVELOPE, detail: { anonymousId: "visitor", properties: { page } } } } },
    { queue: "rejected", body: { message: { ...ENVELOPE, detail: { traits: { email: email.toUpperCase() } } } } },
    { queue: "rejected", body: { message: { ...ENVELOPE, detail: { userId: "owner", traits: { email: OWNER } } } } },
    {
      queue: deadLettersOf("feedback"),
      body: { Message: JSON.stringify({ mail: { destination: [`Canary <${email}>`] } }) },
    },
  ]);
  const canaries = ["canary", email, encodeURIComponent(email), ...(userId === OWNER ? [] : [userId])];
  expect(foundIn(folder, canaries)).not.toEqual([]);
  await erasePerson(ports, (await findProfile(ports, userId)) as string, { by: "person" });
  await host.settle();
  expect(foundIn(folder, canaries)).toEqual([]);
  expect(outbox.count()).toBe(0);
  expect(queues.counts(clock.now())).toMatchObject({ rejected: { ready: 1 } });
  await host.advanceTo(clock.now() + DAY_MS);
  await tell(...callsOf(userId, email));
  queues.send([{ queue: "events", body: { ...ENVELOPE, detail: { userId, traits: { email: ["canary"] } } } }]);
  await host.settle();
  store.wipe();
  expect(foundIn(folder, canaries)).toEqual([]);
  expect(await findProfile(ports, "owner")).toBeDefined();
  await host.close();
});
