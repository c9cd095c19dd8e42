// Proves that the ledger counts every send once, also while sends move, and that it says what is stopped and what waits.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { ledgerOf, ledgerParts, type SendLedger } from "../../shared/domain/ledger.ts";
import type { Ledger } from "../../shared/domain/send.ts";
import { rollUpKey, SCHEMA, sendKey, stopKey } from "../../shared/pipeline/keys.ts";
import type { Item, Table } from "../../shared/pipeline/ports.ts";
import { intendedItem, readSend, sendItem, type WaitsFor } from "../../shared/pipeline/records/send-record.ts";
import { type Count, countPage, freshRollUp, loadRollUp, newCount } from "../../shared/pipeline/recount.ts";
import { pauseAccount, pauseCampaign, resumeCampaign } from "../../shared/pipeline/stop-switch.ts";
import { accountView } from "../../shared/pipeline/views/account.ts";
import { ledgerView } from "../../shared/pipeline/views/ledger.ts";
import { type SendFilter, sendsView } from "../../shared/pipeline/views/lists.ts";
import { summaryView } from "../../shared/pipeline/views/summary.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { aSend } from "../support/gate-facts.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";

const CAMPAIGNS = ["a", "b"];

/** A world with so many sends that were just decided, in two campaigns. */
async function aWorld(sends: number): Promise<MemoryWorld> {
  const campaigns = CAMPAIGNS.map((campaign) => ({ campaign, on: { event: "lead.created" } }));
  const world = await MemoryWorld.open(shopDefinitions({ campaigns }));
  for (let n = 0; n < sends; n++) await world.table.write({ put: intendedItem(numbered(n)) });
  return world;
}

const numbered = (n: number) =>
  aSend({ id: `send-${String(n).padStart(7, "0")}`, campaign: CAMPAIGNS[n % 2] as string, intendedAt: START });
const itemAt = async (table: Table, n: number) => (await table.get(sendKey("p1", numbered(n).id))) as Item;

/** What can become of a send that is not at its end. */
const ways: Record<string, (item: Item) => Item> = {
  sent: (item) => next(item, { state: "SENT" }),
  refused: (item) => next(item, { state: "REFUSED", reason: "holdout" }),
  claimed: (item) => next(item, { state: "CLAIMED" }, START + 10 * MINUTE_MS),
  unknown: (item) => next(item, { state: "UNKNOWN" }, START + 360 * MINUTE_MS),
  waits: (item) => next(item, { state: "PENDING", reason: "quiet-hours" }, START + 60 * MINUTE_MS),
  retries: (item) => next(item, { state: "PENDING", reason: "mail_throttled" }, START + MINUTE_MS),
  leased: (item) => ({ ...item, ...(item.dueAt !== undefined && { dueAt: iso(START + 11 * MINUTE_MS) }) }),
  paused: (item) => next(item, { state: "PENDING", reason: "paused" }, "resume"),
  resumed: (item) => sendItem(readSend(item), readSend(item).ledger, START),
};

const next = (item: Item, ledger: Pick<Ledger, "state" | "reason">, waitsFor?: WaitsFor) =>
  sendItem(readSend(item), { at: START, attempts: 0, ...ledger }, waitsFor);

type Move = { at: number; send: number; way: string };
/** The moves that happen before a look into a partition of an index. */
type MovesBefore = (look: number, pk: string) => Pick<Move, "send" | "way">[];
const atLooks =
  (moves: Move[]): MovesBefore =>
  (look) =>
    moves.filter(({ at }) => at === look);
/** What becomes of send 0, each when a partition is looked into after the one before. */
function inOrder(steps: (readonly [pk: string, way: string])[]): MovesBefore {
  const left = [...steps];
  return (_look, pk) => (left[0] && pk.startsWith(left[0][0]) ? [{ send: 0, way: left.shift()?.[1] as string }] : []);
}
const SENDS = 6;
const anyMoves = fc.array(
  fc.record({
    at: fc.nat({ max: 90 }),
    send: fc.nat({ max: SENDS - 1 }),
    way: fc.constantFrom(...Object.keys(ways)),
  }),
  { maxLength: 25 },
);

/** The world's table, read one entry at a time; before each look into an index sends move. */
function whileMoving(world: MemoryWorld, movesBefore: MovesBefore): MemoryWorld["ports"] {
  let looks = 0;
  const timesHeld = new Map<number, number>();
  const move = async ({ send, way }: Pick<Move, "send" | "way">) => {
    const item = await itemAt(world.table, send);
    const isAtItsEnd = ["SENT", "REFUSED"].includes(readSend(item).ledger.state);
    const changed = (ways[way] as (one: Item) => Item)(item);
    const isHeld = ({ listPk = "" }: Item) => listPk.startsWith("HELD#");
    const times = (timesHeld.get(send) ?? 0) + (isHeld(item) === isHeld(changed) ? 0 : 1);
    // Held and resumed within one count is all the ledger promises to see.
    if (isAtItsEnd || times > 2 || (way === "resumed" && !isHeld(item))) return;
    timesHeld.set(send, times);
    await world.table.write({ put: changed });
  };
  const table = new Proxy(world.table, {
    get: (target, name) => {
      if (name !== "queryIndex") return (Reflect.get(target, name) as (...given: unknown[]) => unknown).bind(target);
      return async (...[index, range]: Parameters<Table["queryIndex"]>) => {
        for (const one of movesBefore(looks++, range.pk)) await move(one);
        return target.queryIndex(index, { ...range, limit: 1 });
      };
    },
  });
  return { ...world.ports, table };
}

/** The whole count page by page, kept between pages as a job keeps it. */
async function countInPages(ports: MemoryWorld["ports"]): Promise<Count> {
  let count = newCount();
  while (count.cursor !== undefined) count = JSON.parse(JSON.stringify(await countPage(ports, count)));
  return count;
}

const partsOf = (ledger: SendLedger) => ledgerParts.reduce((sum, part) => sum + ledger[part], 0);
const plannedIn = ({ tally }: Pick<Count, "tally">) =>
  CAMPAIGNS.map((campaign) => ledgerOf(tally.campaigns[campaign] ?? { states: {}, reasons: {} })).map(
    ({ planned }) => planned,
  );

describe("a count", () => {
  test("has every send once, whatever becomes of sends while it runs", async () => {
    await fc.assert(
      fc.asyncProperty(anyMoves, anyMoves, async (before, moves) => {
        const world = await aWorld(SENDS);
        const movedBefore = whileMoving(world, () => before);
        await movedBefore.table.queryIndex("due", { pk: "none" });
        expect(plannedIn(await freshRollUp(whileMoving(world, atLooks(moves))))).toEqual([SENDS / 2, SENDS / 2]);
      }),
      { numRuns: 150 },
    );
  });

  test("in pages has every send once too", async () => {
    await fc.assert(
      fc.asyncProperty(anyMoves, async (moves) => {
        const world = await aWorld(SENDS);
        expect(plannedIn(await countInPages(whileMoving(world, atLooks(moves))))).toEqual([SENDS / 2, SENDS / 2]);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ["resumed and held again before its list is looked at", ["HELD#a resumed", "SENDS#a paused"]],
    ["resumed, counted, and held again", ["HELD#a resumed", "SENDS#a leased", "HELD#a paused"]],
    ["counted, resumed, and listed", ["SENDS#a resumed"]],
    ["counted, resumed, and sent", ["SENDS#a resumed", "SENDS#a sent"]],
  ])("has a held send once that is %s", async (_what, steps) => {
    const world = await aWorld(1);
    await world.table.write({ put: (ways["paused"] as (one: Item) => Item)(await itemAt(world.table, 0)) });
    const moves = inOrder(steps.map((step) => step.split(" ") as [string, string]));
    expect(plannedIn(await freshRollUp(whileMoving(world, moves)))).toEqual([1, 0]);
  });

  test("in pages carries 2,000 open sends along, and is right about more of them while these stay where they are", async () => {
    const world = await aWorld(2_300);
    for (let n = 0; n < 2_300; n += 3) {
      const way = ["paused", "waits", "sent"][(n / 3) % 3] as string;
      await world.table.write({ put: (ways[way] as (one: Item) => Item)(await itemAt(world.table, n)) });
    }
    const count = await countInPages(world.ports);
    expect(plannedIn(count)).toEqual([1_150, 1_150]);
    expect(count.seen).toHaveLength(2_000);
    expect(JSON.stringify(count).length).toBeLessThan(40_000);
  });

  test("does not read numbers that were saved in another shape", async () => {
    const world = await aWorld(1);
    await world.table.write({ put: { ...rollUpKey, schema: SCHEMA, asOf: START, tally: { profiles: 7 } } });
    expect(await loadRollUp(world.ports)).toBeUndefined();
    await freshRollUp(world.ports);
    expect((await loadRollUp(world.ports))?.tally.profiles).toBe(0);
  });

  test("is made again only when the last one is older than asked for", async () => {
    const world = await aWorld(1);
    const ports = { ...world.ports, summaryMaxAgeMs: MINUTE_MS };
    expect((await freshRollUp(ports)).asOf).toBe(START);
    world.now = START + MINUTE_MS - 1;
    expect((await freshRollUp(ports)).asOf).toBe(START);
    world.now = START + MINUTE_MS;
    expect((await freshRollUp(ports)).asOf).toBe(START + MINUTE_MS);
  });
});

/** The small shop with leads: one agreed, one did not. */
async function aShop(): Promise<MemoryWorld> {
  const world = await MemoryWorld.open();
  for (const [user, state] of [
    ["yes", "granted"],
    ["no", "denied"],
  ] as const)
    await world.post(
      identify(START, { user, traits: { email: `${user}@example.com` } }),
      consent(START, { user, state }),
      lead(START, user),
    );
  return world;
}

describe("the ledger", () => {
  test("shows all campaigns ever published with what became of every mail, and the total", async () => {
    const world = await aShop();
    await world.settle();
    const view = await ledgerView(world.ports);
    expect(view?.items.map(({ campaign }) => campaign).sort()).toEqual(["birthday", "upsell", "welcome", "win-back"]);
    expect(view?.items.find(({ campaign }) => campaign === "welcome")).toMatchObject({
      planned: 2,
      sent: 1,
      refused: 1,
      held: 0,
      reasons: { refused: { "consent-denied": 1 } },
    });
    expect(view?.total).toMatchObject({ planned: 2, sent: 1, refused: 1 });
    expect(view?.asOf).toBe(iso(START));
    for (const ledger of [...(view?.items ?? []), view?.total as SendLedger])
      expect(partsOf(ledger)).toBe(ledger.planned);
    expect((await summaryView(world.ports)).ledger).toEqual(view?.total);
  });

  test("of one campaign is that campaign's alone; of an unknown one there is none", async () => {
    const world = await aShop();
    await world.settle();
    expect(await ledgerView(world.ports, "upsell")).toMatchObject({
      items: [{ campaign: "upsell" }],
      total: { planned: 0 },
    });
    expect(await ledgerView(world.ports, "nothing")).toBeUndefined();
  });

  test("has sends of a paused campaign as held, in the list too, and after the resume as sent", async () => {
    const world = await aShop();
    await pauseCampaign(world.ports, "welcome", { by: "operator" });
    await world.settle();
    const held = (await ledgerView(world.ports, "welcome"))?.total;
    expect(held).toMatchObject({ planned: 2, sent: 0 });
    expect(held?.reasons.held).toMatchObject({ paused: held?.held });
    const { items } = await sendsView(world.ports, { states: ["PENDING"], reason: "paused" }, { limit: 10 });
    expect(items).toHaveLength(held?.held ?? 0);
    expect(items[0]).toMatchObject({
      campaign: "welcome",
      state: "PENDING",
      reason: "paused",
      stoppedBy: ["campaign"],
      why: "the campaign is stopped",
    });
    expect(items[0]).not.toHaveProperty("heldUntil");
    await resumeCampaign(world.ports, "welcome", { by: "operator" });
    await world.advanceTo(world.now + 5 * MINUTE_MS);
    expect((await ledgerView(world.ports, "welcome"))?.total).toMatchObject({ planned: 2, sent: 1, held: 0 });
  });
});

describe("the list of sends", () => {
  test("tells of each send what is known of it, in words, and no address", async () => {
    const world = await aShop();
    await world.settle();
    const { items } = await sendsView(world.ports, { campaign: "welcome", states: ["REFUSED"] }, { limit: 10 });
    expect(items).toMatchObject([
      {
        campaign: "welcome",
        template: "welcome",
        purpose: "marketing",
        arm: "treated",
        attempts: 0,
        state: "REFUSED",
        reason: "consent-denied",
        why: "does not want marketing mail",
      },
    ]);
    expect(JSON.stringify(items)).not.toContain("@");
  });

  test("says until when a send is held, and finds it by that reason", async () => {
    const world = await aWorld(2);
    await world.table.write({ put: (ways["waits"] as (one: Item) => Item)(await itemAt(world.table, 0)) });
    const { items } = await sendsView(world.ports, { reason: "quiet-hours" }, { limit: 10 });
    expect(items).toMatchObject([{ sendId: numbered(0).id, heldUntil: iso(START + 60 * MINUTE_MS) }]);
    const unjudged = await sendsView(world.ports, { reason: "not-judged-yet" }, { limit: 10 });
    expect(unjudged.items).toMatchObject([{ sendId: numbered(1).id, state: "PENDING" }]);
    expect(unjudged.items[0]).not.toHaveProperty("heldUntil");
  });

  test.each([1, 2, 3, 7, 100])("has every send once, page by page of %i, wherever it is kept", async (limit) => {
    const world = await aWorld(240);
    for (let n = 0; n < 235; n++) {
      const way = n < 200 ? "sent" : (["paused", "waits", "claimed", "unknown", "refused"][n % 5] as string);
      await world.table.write({ put: (ways[way] as (one: Item) => Item)(await itemAt(world.table, n)) });
    }
    const all = await idsInPages(world, {}, limit);
    expect(all.sort()).toEqual(Array.from({ length: 240 }, (_, n) => numbered(n).id));
    const open = await idsInPages(world, { states: ["PENDING", "CLAIMED"] }, limit);
    expect(open).toHaveLength(5 + 7 + 7 + 7);
    expect(new Set(open).size).toBe(open.length);
  });
});

/** Every page of the list until the last. */
async function idsInPages(world: MemoryWorld, filter: SendFilter, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let page = await sendsView(world.ports, filter, { limit }); ; ) {
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ sendId }) => sendId));
    if (page.next === undefined) return ids;
    page = await sendsView(world.ports, filter, { limit, next: page.next });
  }
}

describe("the account", () => {
  test("with nothing stopped tells the quota, what waits, and when it will be out", async () => {
    const world = await aWorld(2_000);
    const view = await accountView(world.ports);
    expect(view).toEqual({
      now: iso(START),
      asOf: iso(START),
      mailer: { perSecond: 1_000, perDay: 1_000_000, sentToday: 0, state: "open" },
      stops: { campaigns: [] },
      backlog: { total: 2_000, stopped: 0, tooLate: 0 },
      allOutBy: iso(START + 2_000),
      says: ["2,000 mails at 1,000 a second."],
    });
  });

  test("counts whatever is open of a paused campaign as stopped, and not in the time", async () => {
    const world = await aWorld(2_000);
    await pauseCampaign(world.ports, "a", { by: "operator", reason: "wrong price" });
    const view = await accountView(world.ports);
    expect(view.stops.campaigns).toEqual([{ campaign: "a", at: iso(START), by: "operator", reason: "wrong price" }]);
    expect(view.backlog).toEqual({
      total: 2_000,
      stopped: 1_000,
      tooLate: 0,
      nextExpiresAt: iso(numbered(0).expiresAt),
    });
    expect(view.allOutBy).toBe(iso(world.now + 1_000));
    expect(view.says).toContain("Not in this time: 1,000 mails must be resumed first.");
  });

  test("counts what waits anew, however fresh the saved numbers are, wherever a send waits", async () => {
    const world = await aWorld(8);
    const ports = { ...world.ports, summaryMaxAgeMs: DAY_MS };
    await freshRollUp(ports);
    for (const [n, way] of ["sent", "paused", "waits", "claimed", "unknown", "retries"].entries())
      await world.table.write({ put: (ways[way] as (one: Item) => Item)(await itemAt(world.table, n)) });
    const view = await accountView(ports);
    expect(view.backlog).toEqual({ total: 6, stopped: 0, tooLate: 0 });
    // The gates hold one of them longer than the rate takes.
    expect(view.allOutBy).toBe(iso(START + 60 * MINUTE_MS));
  });

  test("that is stopped, by an operator or the provider, has no such time", async () => {
    const stopped = await aWorld(1);
    await pauseAccount(stopped.ports, { by: "operator" });
    const view = await accountView(stopped.ports);
    expect(view).not.toHaveProperty("allOutBy");
    expect(view.says).toEqual(["1 mail cannot leave: all sending is paused."]);
    const closed = await aWorld(1);
    closed.mailer.state = "paused";
    expect((await accountView(closed.ports)).says).toEqual([
      "1 mail cannot leave: the provider has paused the account.",
    ]);
  });

  test("whose daily quota is used up goes on from the instant that the provider is asked again", async () => {
    const world = await aWorld(1_000);
    await world.table.write({ put: { ...stopKey("QUOTA"), schema: SCHEMA, version: 1, until: START + DAY_MS / 2 } });
    const view = await accountView(world.ports);
    expect(view.stops.quotaUntil).toBe(iso(START + DAY_MS / 2));
    expect(view.allOutBy).toBe(iso(START + DAY_MS / 2 + 1_000));
  });
});
