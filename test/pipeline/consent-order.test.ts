// Proves that what somebody agreed to is the weightiest of all that was said, in whatever order and batches it is heard.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { consentsIn } from "../../shared/domain/consent.ts";
import { iso } from "../../shared/domain/instant.ts";
import { settingsSchema } from "../../shared/domain/settings.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { parseFact } from "../../shared/pipeline/parse-fact.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { readProofs } from "../../shared/pipeline/records/consent-proof.ts";
import { consentsView } from "../../shared/pipeline/views/consents.ts";
import { SETTINGS } from "../support/builders.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leadShop } from "../support/shop-definitions.ts";

const SHOP = leadShop({ greet: {} }, { consent: { forms: { website: {} } } });
const EMAIL = "ana@example.com";

type Word = { source: "website" | "crm" | "import"; state: "granted" | "denied"; gapMs: number; ahead: number };

const word: fc.Arbitrary<Word> = fc.record({
  source: fc.constantFrom("website", "website", "crm", "import"),
  state: fc.constantFrom("granted", "denied"),
  gapMs: fc.constantFrom(1, 40, 999, 5_000),
  // How wrong the sender's clock is: a phone may be almost a day ahead, or behind.
  ahead: fc.integer({ min: -20, max: 23 }).map((hours) => hours * 3_600_000),
});
const story = fc.array(word, { minLength: 1, maxLength: 6 }).chain((words) =>
  fc.record({
    words: fc.constant(words),
    order: fc.shuffledSubarray([...words.keys(), ...words.keys()], {
      minLength: words.length * 2,
      maxLength: words.length * 2,
    }),
    cuts: fc.array(fc.boolean(), { minLength: words.length * 2, maxLength: words.length * 2 }),
  }),
);

/** What holds in the end when the words, each accepted at its own instant, are heard in this order and these batches. */
async function heardIn(words: Word[], order: number[], cuts: boolean[]) {
  const world = await MemoryWorld.open(SHOP);
  await ingest(world.ports, [{ type: "identify", userId: "ana", messageId: "who", traits: { email: EMAIL } }], {
    source: "shop",
  });
  await world.settle();
  const bodies = [];
  for (const [n, { source, state, gapMs, ahead }] of words.entries()) {
    world.now += gapMs;
    const timestamp = iso(world.now + ahead);
    const call = {
      type: "identify",
      userId: "ana",
      messageId: `w-${n}`,
      timestamp,
      traits: { consent: { marketing: state } },
    };
    await ingest(world.ports, [call], { source });
    bodies.push(...world.queued.events.splice(0).map(({ body }) => body));
  }
  world.now += 2_000;
  let batch = [];
  for (const [index, n] of order.entries()) {
    batch.push(bodies[n] as (typeof bodies)[number]);
    if (!cuts[index] && index < order.length - 1) continue;
    await world.reactTo(batch);
    await world.settle();
    batch = [];
  }
  const id = (await findProfile(world.ports, "ana")) as string;
  const said = (await consentsView(world.ports, id))?.consents[0]?.said;
  const { optOuts } = (await loadAddress(world.ports, EMAIL)).address;
  return { said, isClosed: "marketing" in optOuts, proofs: await readProofs(world.ports, id) };
}

test("any order, batches and repeats lead to the same consent, an open or closed address, and a proof of what holds", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ words, order, cuts }) => {
      const inOrder = await heardIn(
        words,
        [...words.keys()],
        words.map(() => true),
      );
      const other = await heardIn(words, order, cuts);
      expect(other.said).toEqual(inOrder.said);
      expect([other.isClosed, inOrder.isClosed]).toEqual(Array(2).fill(inOrder.said?.state === "denied"));
      for (const { said, proofs } of [inOrder, other]) {
        const same = proofs.filter(({ state, actor }) => state === said?.state && actor === said?.actor);
        expect(same.length).toBeGreaterThan(0);
        expect(proofs.length).toBeLessThanOrEqual(words.length);
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("a no is lifted by nothing but a later word of the person's own, by when it was accepted", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ words, order, cuts }) => {
      const { said } = await heardIn(words, order, cuts);
      const lastNo = words.findLastIndex(({ state }) => state === "denied");
      const isLifted = words.some(({ source, state }, n) => n > lastNo && state === "granted" && source === "website");
      expect(said?.state).toBe(lastNo === -1 || isLifted ? "granted" : "denied");
    }),
    { numRuns: 150 },
  );
}, 60_000);

describe("when a word was accepted", () => {
  const second = START + 3_000;
  const told = (time: number, now: number, detail: object = {}) => {
    const traits = { consent: { marketing: "granted" } };
    const envelope = { id: "e", source: "website", "detail-type": "profile.identified", time: iso(time) };
    const parsed = parseFact({ ...envelope, detail: { userId: "ana", traits, ...detail } }, now);
    if (Array.isArray(parsed)) throw new Error(JSON.stringify(parsed));
    const { receivedAt, acceptedAt = receivedAt } = parsed.event;
    return { from: acceptedAt - second, to: receivedAt - second };
  };
  const door = (at: number) => ({ acceptedByRelanceAt: iso(at) });

  test.each([
    ["our door says to the millisecond", second, second + 5_000, door(second + 120), { from: 120, to: 120 }],
    ["the bus says to the second", second, second + 5_000, {}, { from: 0, to: 999 }],
    ["not after it was heard", second, second + 300, {}, { from: 0, to: 300 }],
    [
      "a time of the sender's own, ahead of ours, counts from when our door took it",
      second + 86_400_000,
      second + 300,
      door(second + 50),
      { from: 50, to: 300 },
    ],
    [
      "nobody says that it was later than the bus does",
      second,
      second + 5_000,
      door(second + 2_000),
      { from: 0, to: 999 },
    ],
    ["nor unreadably", second, second + 5_000, { acceptedByRelanceAt: "soon" }, { from: 0, to: 999 }],
  ] as const)("%s", (...[_what, time, now, detail, expected]) => {
    expect(told(time, now, detail)).toEqual(expected);
  });

  test("a no that a system dates back counts from when our door took it, a person's yes from the date it is given", () => {
    const policy = settingsSchema.parse({ ...SETTINGS, consent: { forms: { website: {} } } }).consent;
    const yesterday = second - 86_400_000;
    const word = (source: string, state: string) => {
      const detail = { userId: "ana", ...door(second), traits: { consent: { marketing: state } } };
      const envelope = { id: "e", source, "detail-type": "profile.identified", time: iso(yesterday), detail };
      const parsed = parseFact(envelope, second + 5_000);
      return Array.isArray(parsed) ? [] : consentsIn(parsed.event, "e", policy);
    };
    expect(word("crm", "denied")).toMatchObject([{ state: "denied", at: second }]);
    expect(word("website", "denied")).toMatchObject([{ state: "denied", at: second }]);
    expect(word("website", "granted")).toMatchObject([{ state: "granted", at: yesterday }]);
  });

  test.each([
    ["where nothing passed our door", {}],
    ["where somebody else wrote its mark", door(second - 90_000_000)],
  ])("a no that is dated back counts from when the queue had it, %s", (_where, mark) => {
    const policy = settingsSchema.parse({ ...SETTINGS, consent: { forms: { website: {} } } }).consent;
    const word = (state: string) => {
      const detail = { userId: "ana", ...mark, traits: { consent: { marketing: state } } };
      const time = iso(second - 86_400_000);
      const envelope = { id: "e", source: "website", "detail-type": "profile.identified", time, detail };
      const parsed = parseFact(envelope, second + 5_000, { queuedAt: second + 70 });
      return Array.isArray(parsed) ? [] : consentsIn(parsed.event, "e", policy);
    };
    expect(word("denied")).toMatchObject([{ state: "denied", at: second + 70 }]);
    expect(word("granted")[0]?.at).toBeLessThanOrEqual(second - 86_400_000);
  });

  test("is asked for words on consent alone", () => {
    expect(told(second, second + 5_000, { traits: { firstName: "Ana" } })).toEqual({ from: 999, to: 999 });
  });
});
