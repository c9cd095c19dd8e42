// Proves that a forecast tells the truth: what the draft would have led to is what a shop that ran it from the start did.
// Limits, by design: runs that began before the window are not gone on with; deliveries, clicks and opt-outs by click that
// the draft's own mails would have caused are not made up; delays of queues are not lived; which of two mails of
// one priority that wait for the same room under a cap gets it is settled by chance.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { revisionOf } from "../../shared/domain/catalogue.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { forecastOf } from "../../shared/domain/forecast.ts";
import { addTally, type ForecastTally, newForecastTally } from "../../shared/domain/forecast-tally.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import { consentByPerson } from "../../shared/pipeline/consent-writes.ts";
import { storeDraft } from "../../shared/pipeline/drafts.ts";
import { type ForecastPage, type ForecastRequest, forecastPage } from "../../shared/pipeline/forecast-page.ts";
import { findProfile, resolveIdentity } from "../../shared/pipeline/identity.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import { makePlan, type Plan, planView } from "../../shared/pipeline/plans.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { type Call, DRAFT, LIVE, ROOMY, randomCalls } from "../support/two-catalogues.ts";

const DAYS = 16;
const MOST_PEOPLE = 8;

async function worldOf(definitions: Definition[], calls: Call[], until: Instant): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(definitions);
  await nameEverybody(world);
  for (const one of calls) {
    await world.advanceTo(one.at);
    if ("call" in one) await ingest(world.ports, [one.call], { source: one.source });
    else await choose(world, one.chooses);
    await world.settle();
  }
  await world.advanceTo(until);
  return world;
}

/** Somebody uses the page of their choices; who has never been heard of has no link to it. */
async function choose({ ports }: MemoryWorld, { user, state }: { user: string; state: "granted" | "denied" }) {
  const profileId = (await findProfile(ports, user)) as string;
  // The same once more leaves no proof, so that a forecast would not see it.
  const how = `choice of ${ports.clock.now()}`;
  await consentByPerson(ports, { profileId, sendId: "none" }, { purpose: "marketing", state, how });
}

/** Gives everybody the opaque id they have in every world, whatever else takes ids there: arms and splits hang on it. */
async function nameEverybody({ ports }: MemoryWorld): Promise<void> {
  for (let n = 0; n < MOST_PEOPLE; n++) {
    const { claim } = await resolveIdentity(ports, { kind: "userId", value: `u-${n}` });
    if (claim !== undefined) await ports.table.write(claim);
  }
}

async function itemsOf(world: MemoryWorld, prefix: string) {
  const { items } = await world.table.scan({ segment: 0, segments: 1 });
  return items.filter(({ sk }) => sk.startsWith(prefix));
}

/** Per campaign and outcome: how many sends of a window. */
async function ledgerOf(world: MemoryWorld, from = 0): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { send, ledger } of (await itemsOf(world, "SEND#")).map(readSend)) {
    if (send.causeAt < from) continue;
    const key = `${send.campaign} ${ledger.state === "PENDING" ? "held" : (ledger.reason ?? "sent")}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

async function entriesOf(world: MemoryWorld, from = 0): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { campaign, enteredAt } of await itemsOf(world, "ENTRY#"))
    if ((enteredAt as number) >= from) counts[String(campaign)] = (counts[String(campaign)] ?? 0) + 1;
  return counts;
}

async function planOf(world: MemoryWorld, definitions: Definition[]): Promise<Plan> {
  const stored = await storeDraft(world.ports, definitions);
  expect(stored).toMatchObject({ revision: revisionOf(definitions) });
  return (await makePlan(world.ports, revisionOf(definitions))) as Plan;
}

async function forecastIn(
  world: MemoryWorld,
  definitions: Definition[],
  asked: Pick<ForecastRequest, "days" | "events" | "group">,
) {
  const plan = await planOf(world, definitions);
  const tally: ForecastTally = newForecastTally();
  let page: ForecastPage | undefined;
  do {
    page = await forecastPage(world.ports, plan, {
      ...asked,
      ...(page && { until: page.until }),
      ...(page?.next && { cursor: page.next }),
    });
    addTally(tally, page);
  } while (page.next !== undefined);
  const { catalogues } = await planView(world.ports, plan);
  return forecastOf(tally, { from: page.from, until: page.until, ...catalogues });
}

type Told = Awaited<ReturnType<typeof forecastIn>>;

function countsOf({ campaigns }: Told): { ledger: Record<string, number>; entries: Record<string, number> } {
  const ledger: Record<string, number> = {};
  const entries: Record<string, number> = {};
  const add = (counts: Record<string, number>, key: string, n: number) => {
    if (n > 0) counts[key] = n;
  };
  for (const { id, funnel } of campaigns) {
    add(ledger, `${id} sent`, funnel.sent);
    add(ledger, `${id} held`, funnel.held);
    for (const [reason, n] of Object.entries(funnel.refused)) add(ledger, `${id} ${reason}`, n);
    add(
      entries,
      id,
      Object.values(funnel.entered).reduce((sum, n) => sum + n, 0),
    );
  }
  return { ledger, entries };
}

/** A row of numbers below a bound, the same for the same seed. */
const drawing = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

describe("a forecast", () => {
  test("from data recorded under other rules equals what a shop with the draft's rules did", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const calls = randomCalls(drawing(seed), { start: START + 1, days: DAYS });
        const until = START + (DAYS + 4) * DAY_MS;
        const [recorded, real] = await Promise.all([worldOf(LIVE, calls, until), worldOf(DRAFT, calls, until)]);
        const told = await forecastIn(recorded, DRAFT, { days: DAYS + 5 });
        const members: Record<string, number> = {};
        for (const { pk } of (await real.table.scan({ segment: 0, segments: 1 })).items) {
          const segment = /^MEMBER#(.+)#\d+$/.exec(pk)?.[1];
          if (segment !== undefined) members[segment] = (members[segment] ?? 0) + 1;
        }
        expect(countsOf(told)).toEqual({ ledger: await ledgerOf(real), entries: await entriesOf(real) });
        for (const id of ["buyers", "quiet"]) expect(told.segments[id]?.members ?? 0).toBe(members[id] ?? 0);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 60_000);

  test("over the last days equals what the shop itself did since then, entries and consents of before included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const until = START + (DAYS + 4) * DAY_MS + 5 * HOUR_MS;
        const from = until - 12 * DAY_MS;
        // A quiet night around the start of the window: what belongs to which side is plain.
        const calls = randomCalls(drawing(seed), { start: START + 1, days: DAYS }).filter(
          ({ at }) => Math.abs(at - from) > 2 * HOUR_MS,
        );
        const world = await worldOf(ROOMY, calls, until);
        const { ledger, entries } = countsOf(await forecastIn(world, ROOMY, { days: 12 }));
        expect(entries).toEqual(await entriesOf(world, from));
        expect(ledger).toEqual(await ledgerOf(world, from));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 60_000);

  test("is the same however its pages are cut", async () => {
    const calls = randomCalls(drawing(3), { start: START + 1, days: DAYS });
    const world = await worldOf(LIVE, calls, START + DAYS * DAY_MS);
    const told = await forecastIn(world, DRAFT, { days: DAYS });
    expect(told.profiles).toBeGreaterThan(2);
    expect(await forecastIn(world, DRAFT, { days: DAYS, events: 1, group: 1 })).toEqual(told);
  });

  test("lets nothing personal out", async () => {
    const calls = randomCalls(drawing(4), { start: START + 1, days: DAYS });
    const world = await worldOf(LIVE, calls, START + DAYS * DAY_MS);
    const page = await forecastPage(world.ports, await planOf(world, DRAFT), { days: DAYS });
    expect(page.draft.people.length).toBeGreaterThan(0);
    expect(JSON.stringify(page)).not.toMatch(/@example|u-\d|c-\d/);
  });
});
