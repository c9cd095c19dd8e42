// Guarantees of an erasure in the middle of everything: batches, mails, choices and ticks at once, workers that crash anywhere.
// Any seed replays: SEED=123 npm test -- test/pipeline/erase-chaos.test.ts
import { expect, test } from "vitest";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { HOUR_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { consentByPerson } from "../../shared/pipeline/consent-writes.ts";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { addressKey, sendKey } from "../../shared/pipeline/keys.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { ChaosWorld } from "../support/chaos-world.ts";
import { ANNA, shopWithForm, tracesOf } from "../support/erasing.ts";
import { START } from "../support/memory-world.ts";
import { idOf, itemsOf } from "../support/stored.ts";

const SEEDS = process.env["SEED"] ? [Number(process.env["SEED"])] : Array.from({ length: 60 }, (_, n) => n + 1);
const BEN = { email: "ben@example.com", firstName: "Ben" };

/** What both do; the same at any time. */
function calls(world: ChaosWorld, n: number): object[] {
  const at = world.now + n;
  const email = n % 3 === 0 ? "anna.new@example.com" : ANNA.email;
  return [
    identify(at, { traits: { ...ANNA, email }, id: `a-${at}-${n}` }),
    purchase(at, { order: `a-${at}-${n}` }),
    lead(at),
    consent(at),
    identify(at, { user: "u-2", traits: BEN, id: `b-${at}-${n}` }),
    purchase(at, { user: "u-2", order: `b-${at}-${n}` }),
    lead(at, "u-2"),
    consent(at, { user: "u-2" }),
  ].filter(() => world.random() < 0.7);
}

/** Feedback on the first mail of the person, and a click on its link that says no. */
function late(world: ChaosWorld, profileId: string): () => Promise<unknown> {
  const mail = world.mailer.accepted.find(({ tags }) => tags["pid"] === profileId);
  const timestamp = "2026-03-02T08:00:00.000Z";
  const tags = { sid: [mail?.tags["sid"] ?? "none"], pid: [profileId] };
  const body = {
    eventType: "Delivery",
    delivery: { timestamp, recipients: [ANNA.email] },
    mail: { timestamp, messageId: "m-1", destination: [ANNA.email], tags },
  };
  const word = { purpose: "marketing", state: "denied", how: "one-click unsubscribe" } as const;
  return async () => {
    await takeFeedback(world.ports, [{ id: "1", body, receiveCount: 1 }]);
    await consentByPerson(world.ports, { profileId, sendId: tags.sid[0] as string }, word);
  };
}

async function lived(seed: number) {
  const world = new ChaosWorld(seed);
  const random = seededRandom(seed);
  await publish(world.ports, await shopWithForm());
  await world.post(
    identify(START, { traits: ANNA }),
    consent(START),
    lead(START),
    identify(START, { user: "u-2", traits: BEN }),
  );
  await world.settle();
  const profileId = await idOf(world, "u-1");
  const erasing = async () => {
    for (let tries = 0; tries < 5; tries++) {
      try {
        const by = { by: "person" } as const;
        return random() < 0.5
          ? await erasePerson(world.ports, profileId, by)
          : await eraseAddress(world.ports, ANNA.email, by);
      } catch {
        // Whoever gets no answer asks again.
      }
    }
    return undefined;
  };
  for (let round = 0; round < 8; round++) {
    world.now += Math.floor(random() * 20) * SECOND_MS;
    await world.post(...calls(world, round));
    const others = round >= 2 && round % 2 === 0 ? [erasing] : [];
    await world.together(...others, late(world, profileId));
  }
  await erasePerson(world.ports, profileId, { by: "person" });
  await world.post(...calls(world, 99));
  await world.advanceTo(world.now + HOUR_MS);
  return { world, profileId };
}

test.each(SEEDS)(
  "seed %i: nothing is left of the person, everything of the other one, and no address is open",
  async (seed) => {
    const { world, profileId } = await lived(seed);
    expect(await tracesOf(world, profileId)).toEqual([]);
    expect(await findProfile(world.ports, "u-1")).toBeUndefined();
    expect(await findProfile(world.ports, "u-2")).toBeDefined();
    expect((await loadAddress(world.ports, ANNA.email)).address).toMatchObject({
      suppressions: { erasure: expect.any(Number) },
      claims: [],
      waiting: [],
    });
    const { pk } = addressKey(await world.ports.secrets.get("identity"), ANNA.email);
    expect((await itemsOf(world)).filter((item) => item.pk === pk && item.sk !== "ADDRESS")).toEqual([]);
    expect(await world.table.get(sendKey(profileId, "none"))).toBeUndefined();
  },
);
