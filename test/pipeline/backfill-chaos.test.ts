// Proves that a back-fill and a broadcast which are interrupted anywhere, with live traffic beside them, end as undisturbed
// ones do. Any seed replays: SEED=123 npm test -- test/pipeline/backfill-chaos.test.ts
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { runName } from "../../shared/domain/run.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { profileIdOf } from "../../shared/pipeline/keys.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import { loadState } from "../../shared/pipeline/records/state.ts";
import { jobsView } from "../../shared/pipeline/views/jobs.ts";
import { identify, purchase } from "../support/calls.ts";
import { ChaosWorld } from "../support/chaos-world.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";
import { itemsOf, usersOf } from "../support/stored.ts";

const SEEDS = process.env["SEED"] ? [Number(process.env["SEED"])] : Array.from({ length: 40 }, (_, n) => n + 1);
const USERS = 20;
const PUBLISHED_AT = START + 10 * DAY_MS;

const campaign = (id: string, on: JsonObject, changes: JsonObject = {}) => ({
  campaign: id,
  on,
  purpose: "service",
  ...changes,
});
const THANKS = campaign("thanks", { event: "purchase.completed", key: "order_id" });
const OLD = { segments: { gold: { trait: "plan", eq: "gold" } }, campaigns: [THANKS] };
const NEW = {
  segments: {
    gold: { trait: "plan", eq: "gold" },
    rich: { sum: "purchase.completed", of: "amount", within: "60 days", gte: "150 EUR" },
    silent: {
      all: [
        { did: "purchase.completed", atLeast: 1 },
        { didNot: "purchase.completed", for: "12 days" },
      ],
    },
    regular: { did: "purchase.completed", atLeast: 3, within: "60 days" },
    both: { all: [{ inSegment: "gold" }, { inSegment: "regular" }] },
  },
  campaigns: [
    THANKS,
    campaign("regular-hello", { entered: "regular" }, { onBackfill: "enter" }),
    campaign(
      "silent-hello",
      { entered: "silent" },
      {
        steps: [
          { id: "later", wait: "6 hours" },
          { id: "say", send: "mail" },
          { id: "long", wait: "30 days" },
        ],
      },
    ),
    campaign("both-hello", { entered: "both" }),
    campaign(
      "news",
      { schedule: { once: "2026-03-13 09:00" }, segment: "gold" },
      { steps: [{ id: "tell", emit: "news.read" }] },
    ),
  ],
};

type Story = { before: object[]; after: object[] };

/** What some people did before the new rules were published, and what they do as that happens. */
function aStory(seed: number): Story {
  const random = seededRandom(seed * 7 + 1);
  const pick = (n: number) => Math.floor(random() * n);
  const someCall = (user: string, at: number, id: string) =>
    random() < 0.3
      ? identify(at, { user, id, traits: { email: `${user}@example.com`, plan: random() < 0.5 ? "gold" : "free" } })
      : purchase(at, { user, total: 40 + pick(80), order: id });
  const users = Array.from({ length: USERS }, (_, n) => `u-${n}`);
  const known = users.map((user, n) =>
    identify(START, { user, traits: { email: `${user}@example.com`, plan: n % 3 === 0 ? "gold" : "free" } }),
  );
  const early = Array.from({ length: 3 * USERS }, (_, n) =>
    someCall(`u-${pick(USERS)}`, START + pick(9 * DAY_MS), `early-${n}`),
  );
  // One each, all at the first instant of the new rules: what they come to does not hang on who is first.
  const after = users.map((user, n) => someCall(user, PUBLISHED_AT + 1, `after-${n}`));
  return { before: [...known, ...early].sort((one, other) => timeOf(one) - timeOf(other)), after };
}

const timeOf = (call: object) => Date.parse((call as { timestamp: string }).timestamp);

async function begin(world: MemoryWorld, { before }: Story): Promise<void> {
  await publish(world.ports, shopDefinitions(OLD));
  for (const call of before) {
    await world.advanceTo(timeOf(call));
    await world.post(call);
  }
  await world.advanceTo(PUBLISHED_AT);
}

const publishNew = (world: MemoryWorld) =>
  publish({ ...world.ports, clock: { ...world.ports.clock, now: () => PUBLISHED_AT } }, shopDefinitions(NEW));

async function undisturbed(seed: number): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  const story = aStory(seed);
  await begin(world, story);
  await publishNew(world);
  await world.advanceTo(PUBLISHED_AT);
  world.now = PUBLISHED_AT + 1;
  await world.post(...story.after);
  await world.advanceTo(PUBLISHED_AT + 5 * DAY_MS);
  return world;
}

async function disturbed(seed: number): Promise<ChaosWorld> {
  const world = new ChaosWorld(seed);
  const story = aStory(seed);
  await begin(world, story);
  world.now = PUBLISHED_AT + 1;
  await world.post(...story.after.slice(0, 10));
  await world.together(() => publishNew(world));
  await publishNew(world);
  await world.post(...story.after.slice(10));
  for (let round = 0; round < 14; round++) {
    world.now += [0, SECOND_MS, 30 * SECOND_MS, 3 * MINUTE_MS, 12 * MINUTE_MS, 5 * HOUR_MS][world.pick(6)] as number;
    await world.together();
  }
  await world.advanceTo(PUBLISHED_AT + 5 * DAY_MS);
  return world;
}

/** Counts and sums tell since when they hold only as far back as what was kept of them does. */
const INEXACT = new Set(["rich", "regular", "both"]);
const withoutInexact = (text: string) => text.replace(/(regular-hello|both-hello)[# ]\S+Z/, "$1");

/** Everything that must be the same: per person memberships, counts, runs and wake-up, entries, sends, and what was told. */
async function endOf(world: MemoryWorld) {
  const items = await itemsOf(world);
  const users = usersOf(items);
  const userOf = (pk: string) => String(users.get(profileIdOf(pk)));
  const people = await Promise.all(
    [...users].map(async ([id, user]) => {
      const { profile } = (await loadState(world.ports, id)) as NonNullable<Awaited<ReturnType<typeof loadState>>>;
      const { counters, activity, runs } = profile;
      const memberships = Object.entries(profile.memberships).map(
        ([id, at]) => `${id} ${INEXACT.has(id) ? "" : iso(at)}`,
      );
      return {
        user,
        memberships: memberships.sort(),
        counters,
        activity,
        runs: runs.map((run) => `${runName(run)} ${iso(run.dueAt)}`).sort(),
      };
    }),
  );
  const texts = (prefix: string, text: (item: (typeof items)[number]) => string) =>
    items
      .filter(({ sk }) => sk.startsWith(prefix))
      .map((item) => withoutInexact(text(item)))
      .sort();
  return {
    people: people.sort((a, b) => (a.user < b.user ? -1 : 1)),
    members: items
      .filter(({ pk }) => pk.startsWith("MEMBER#"))
      .map(({ pk, sk }) => `${pk.split("#")[1]} ${users.get(sk)}`)
      .sort(),
    entries: texts("ENTRY#", (item) => `${userOf(item.pk)} ${item.sk} ${item["reason"] ?? ""}`),
    sends: texts("SEND#", (item) => {
      const { send, ledger } = readSend(item);
      return `${userOf(item.pk)} ${send.campaign} ${send.key} ${ledger.state}`;
    }),
  };
}

describe("a publication in the middle of everything", () => {
  test.each(SEEDS)("seed %i: ends as if nothing had come between", async (seed) => {
    const expected = await endOf(await undisturbed(seed));
    const world = await disturbed(seed);
    expect(await endOf(world)).toEqual(expected);
    expect(expected.sends.length).toBeGreaterThan(20);
    expect(expected.entries.some((entry) => entry.includes("news"))).toBe(true);
    const open = (await jobsView(world.ports, { limit: 100 })).items.filter(({ state }) => state !== "done");
    // What comes round every night waits for the next one.
    expect(open.map(({ id }) => id).sort()).toEqual(["nightly", "retention", "suppression-pull"]);
    expect(new Set(world.mails()).size).toBeGreaterThan(0);
    expect(new Set(world.mailer.accepted.map(({ sendId }) => sendId)).size).toBe(world.mailer.accepted.length);
  });
});
