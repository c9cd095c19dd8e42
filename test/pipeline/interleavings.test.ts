// Proves that workers which overlap, crash anywhere and get everything twice still apply each event once and send each
// mail at most once. Any seed replays: SEED=123 npm test -- test/pipeline/interleavings.test.ts
import { beforeAll, describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { readProfile } from "../../shared/pipeline/records/profile-record.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { ChaosWorld } from "../support/chaos-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

const SEEDS = process.env["SEED"] ? [Number(process.env["SEED"])] : Array.from({ length: 40 }, (_, n) => n + 1);
const ROUNDS = 12;

let definitions: Definition[];
beforeAll(async () => {
  definitions = await smallShopDefinitions();
});

/** A call about one of a few people, up to four minutes old; sometimes two people share an address. */
function someCall(world: ChaosWorld, n: number): object {
  const user = `u-${world.pick(3)}`;
  const at = world.now - world.pick(4 * MINUTE_MS);
  const kind = world.pick(10);
  if (kind < 3) {
    const email = world.random() < 0.3 ? "shared@example.com" : `${user}@example.com`;
    return identify(at, { user, id: `identify-${n}`, traits: { email, birthday: `1990-03-0${2 + world.pick(6)}` } });
  }
  if (kind < 5) return consent(at, { user, state: world.random() < 0.2 ? "denied" : "granted" });
  if (kind < 6) return lead(at, user);
  return purchase(at, { user, total: 50 + world.pick(60), order: `o-${n}` });
}

/** Rounds of new events and overlapping workers, then calm until nothing is left to do. */
async function live(seed: number): Promise<{ world: ChaosWorld; posted: number; items: Item[] }> {
  const world = new ChaosWorld(seed);
  await publish(world.ports, definitions);
  const ids = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = world.pick(6); n > 0; n--) {
      const call = someCall(world, ids.size) as { messageId: string };
      ids.add(call.messageId);
      await world.post(call, ...(world.random() < 0.3 ? [call] : []));
    }
    await world.together();
    world.now += [SECOND_MS, 30 * SECOND_MS, 3 * MINUTE_MS, 12 * MINUTE_MS, 5 * HOUR_MS][world.pick(5)] as number;
  }
  await world.advanceTo(world.now + 150 * DAY_MS);
  return { world, posted: ids.size, items: (await world.table.scan({ segment: 0, segments: 1 })).items };
}

const ofKind = (items: Item[], prefix: string) => items.filter(({ sk }) => sk.startsWith(prefix));

/** What each profile counts, beside the events it has. */
function counts(items: Item[]): { said: Record<string, number>; stored: Record<string, number> }[] {
  return ofKind(items, "STATE#PROFILE").map((item) => {
    const said = Object.entries(readProfile(item).activity).map(([type, { count }]) => [type, count] as const);
    const own = ofKind(items, "EVENT#").filter(({ pk, ...event }) => pk === item.pk && event["type"] !== "time.passed");
    const stored = Map.groupBy(own, (event) => event["type"] as string);
    return {
      said: Object.fromEntries(said.toSorted()),
      stored: Object.fromEntries([...stored].map(([type, { length }]) => [type, length] as const).toSorted()),
    };
  });
}

describe("overlapping and crashing workers", () => {
  test.each(SEEDS)(
    "seed %i: every event once, every send decided, no mail twice, nothing left behind",
    async (seed) => {
      const { world, posted, items } = await live(seed);
      expect(ofKind(items, "EVENT#").filter(({ source }) => source !== "relance")).toHaveLength(posted);
      for (const { said, stored } of counts(items)) expect(said).toEqual(stored);
      const sendIds = world.mailer.accepted.map(({ sendId }) => sendId);
      expect(new Set(sendIds).size).toBe(sendIds.length);
      for (const item of ofKind(items, "SEND#")) {
        const { send, ledger } = readSend(item);
        expect(["SENT", "REFUSED", "EXPIRED"]).toContain(ledger.state);
        expect(sendIds.includes(send.id)).toBe(ledger.state === "SENT");
        expect(item.dueAt).toBeUndefined();
      }
      expect(ofKind(items, "STATE#RUN")).toEqual([]);
      expect(world.queued.rejected).toEqual([]);
    },
  );
});
