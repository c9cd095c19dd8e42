// Proves the automatic pause: counted exactly however often an event comes, at the limit and not before, and not again by
// old counts after a resume.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { reputationPk } from "../../shared/pipeline/keys.ts";
import { intendedItem } from "../../shared/pipeline/records/send-record.ts";
import { loadReputations, noteSent } from "../../shared/pipeline/reputation.ts";
import { readStops } from "../../shared/pipeline/stop-state.ts";
import { pauseCampaign, resumeAccount, resumeCampaign } from "../../shared/pipeline/stop-switch.ts";
import { auditView } from "../../shared/pipeline/views/audit.ts";
import { aSend } from "../support/gate-facts.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";
import { itemsOf } from "../support/stored.ts";

const CAMPAIGNS = ["welcome", "upsell"];
const definitions = shopDefinitions({
  campaigns: CAMPAIGNS.map((campaign) => ({ campaign, on: { event: "lead.created" } })),
});

type Told = { campaign?: string; at?: Instant; type?: "Bounce" | "Complaint" | "Delivery"; permanent?: boolean };

/** What SES says about the mail of a send, which is stored first if it is not there. */
async function told(world: MemoryWorld, n: number, { campaign = "welcome", ...more }: Told = {}) {
  const { at = world.now, type = "Bounce", permanent = true } = more;
  const send = aSend({ id: `${campaign}-${n}`, profileId: `p-${n}`, campaign, intendedAt: START });
  if ((await world.table.get({ pk: `PROFILE#p-${n}`, sk: `SEND#${send.id}` })) === undefined)
    await world.table.write({ put: intendedItem(send), if: { absent: true } });
  const timestamp = iso(at + MINUTE_MS);
  const mail = {
    timestamp: iso(at),
    messageId: `m-${send.id}`,
    destination: [`a${n}@example.com`],
    tags: { sid: [send.id], pid: [send.profileId] },
  };
  const bounceType = permanent ? "Permanent" : "Transient";
  return {
    Bounce: { eventType: type, mail, bounce: { bounceType, bounceSubType: "General", timestamp } },
    Complaint: { eventType: type, mail, complaint: { timestamp } },
    Delivery: { eventType: type, mail, delivery: { timestamp } },
  }[type];
}

async function take(world: MemoryWorld, ...bodies: object[]): Promise<string[]> {
  return takeFeedback(
    world.ports,
    bodies.map((body, index) => ({ id: String(index), body, receiveCount: 1 })),
  );
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);

/** Bounces (or others) of so many sends, in one batch. */
async function takeMany(world: MemoryWorld, ids: number[], what: Told = {}): Promise<void> {
  const bodies = [];
  for (const n of ids) bodies.push(await told(world, n, what));
  await take(world, ...bodies);
}

const sent = (world: MemoryWorld, count: number, campaign = "welcome") =>
  noteSent(world.ports, new Map([[campaign, count]]));
const stopsOf = async (world: MemoryWorld) => {
  const { campaigns, account } = await readStops(world.ports);
  return { ...campaigns, ...(account && { ACCOUNT: account }) };
};
const aWorld = () => MemoryWorld.open(definitions);

describe("the automatic pause of a campaign", () => {
  test("comes with the 8th hard bounce of 200 mails, not with the 7th, and says why", async () => {
    const world = await aWorld();
    await sent(world, 150);
    await sent(world, 50);
    await takeMany(world, numbers(7));
    expect(await stopsOf(world)).toEqual({});
    await takeMany(world, [7]);
    const reason = "4 % of 200 mails bounced";
    expect(await stopsOf(world)).toEqual({ welcome: { at: world.now, by: "automatic", reason } });
  });

  test("does not come before the 200th mail, however many bounced", async () => {
    const world = await aWorld();
    await sent(world, 199);
    await takeMany(world, numbers(60));
    expect(await stopsOf(world)).toEqual({});
    await sent(world, 1);
    await takeMany(world, [59]);
    expect(Object.keys(await stopsOf(world))).toEqual(["welcome"]);
  });

  test("counts a bounce once, however often it is told, and only hard ones", async () => {
    const world = await aWorld();
    await sent(world, 200);
    for (let repeat = 0; repeat < 3; repeat++) await takeMany(world, numbers(7));
    await takeMany(world, numbers(20, 100), { permanent: false });
    const [campaign] = await loadReputations(world.ports, ["CAMPAIGN#welcome"]);
    expect(campaign?.reputation).toEqual({ sent: 200, delivered: 0, bounces: 7, complaints: 0 });
    expect(await stopsOf(world)).toEqual({});
  });

  test("comes with the first complaint of 1,000 delivered mails; a delivery told twice is one", async () => {
    const world = await aWorld();
    await sent(world, 1_000);
    for (let start = 0; start < 999; start += 111) await takeMany(world, numbers(111, start), { type: "Delivery" });
    await takeMany(world, numbers(50), { type: "Delivery" });
    await takeMany(world, [1], { type: "Complaint" });
    expect(await stopsOf(world)).toEqual({});
    await takeMany(world, [999], { type: "Delivery" });
    await takeMany(world, [1], { type: "Complaint" });
    expect(Object.keys(await stopsOf(world))).toEqual(["welcome"]);
  });

  test("leaves the other campaigns alone", async () => {
    const world = await aWorld();
    await sent(world, 200);
    await sent(world, 300, "upsell");
    await takeMany(world, numbers(11), { campaign: "upsell" });
    await takeMany(world, numbers(8));
    expect(Object.keys(await stopsOf(world))).toEqual(["welcome"]);
  });

  test("does not wait in the batch: time stands still", async () => {
    const world = await aWorld();
    await sent(world, 200);
    const before = world.now;
    await takeMany(world, numbers(8));
    expect(world.now).toBe(before);
  });

  test("forgets what is older than seven days", async () => {
    const world = await aWorld();
    await sent(world, 200);
    await takeMany(world, numbers(7));
    world.now += 7 * DAY_MS;
    await sent(world, 200);
    await takeMany(world, numbers(7, 10));
    expect(await stopsOf(world)).toEqual({});
    await takeMany(world, [20]);
    expect(Object.keys(await stopsOf(world))).toEqual(["welcome"]);
  });
});

describe("the automatic pause of the account", () => {
  test("comes at 5 % hard bounces of 1,000 mails of all campaigns together", async () => {
    const world = await aWorld();
    await sent(world, 700);
    await sent(world, 300, "upsell");
    await takeMany(world, numbers(25));
    await takeMany(world, numbers(24), { campaign: "upsell" });
    expect(Object.keys(await stopsOf(world))).toEqual(["upsell"]);
    await takeMany(world, [25]);
    expect((await stopsOf(world))["ACCOUNT"]).toMatchObject({ by: "automatic", reason: "5 % of 1000 mails bounced" });
  });

  test("stands in the audit once, as done by Relance, and so does that of a campaign", async () => {
    const world = await aWorld();
    await sent(world, 700);
    await sent(world, 300, "upsell");
    await takeMany(world, numbers(25));
    await takeMany(world, numbers(26), { campaign: "upsell" });
    const span = { since: START - DAY_MS, until: world.now + DAY_MS };
    const { items } = await auditView(world.ports, span, { limit: 10 });
    const by = { principal: "relance", outcome: "done" };
    expect(items).toHaveLength(2);
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...by, action: "campaign.pause", subject: { campaign: "upsell" } }),
        expect.objectContaining({ ...by, action: "account.pause", subject: { account: "all mail" } }),
      ]),
    );
  });
});

describe("after a resume", () => {
  test("a campaign is not paused again by old counts, and is by new ones", async () => {
    const world = await aWorld();
    await sent(world, 300);
    await takeMany(world, numbers(12));
    const [old] = [await told(world, 50)];
    world.now += HOUR_MS;
    await resumeCampaign(world.ports, "welcome", { by: "operator" });
    // Of a mail that left before, and the same events again.
    await take(world, old as object);
    await takeMany(world, numbers(12), { at: START });
    expect(await stopsOf(world)).toEqual({});
    world.now += MINUTE_MS;
    await sent(world, 200);
    await takeMany(world, numbers(7, 100));
    expect(await stopsOf(world)).toEqual({});
    await takeMany(world, [107]);
    expect(await stopsOf(world)).toMatchObject({ welcome: { reason: "4 % of 200 mails bounced" } });
  });

  test("the account is judged anew, its campaigns are not", async () => {
    const world = await aWorld();
    await sent(world, 1_000);
    await takeMany(world, numbers(50));
    expect(Object.keys(await stopsOf(world)).sort()).toEqual(["ACCOUNT", "welcome"]);
    await resumeAccount(world.ports, { by: "operator" });
    await takeMany(world, numbers(2, 60), { at: START });
    expect(Object.keys(await stopsOf(world))).toEqual(["welcome"]);
  });

  test("a count that was read before the resume does not undo it", async () => {
    const world = await aWorld();
    await sent(world, 200);
    await takeMany(world, numbers(7));
    await pauseCampaign(world.ports, "upsell", { by: "operator" });
    const { transact } = world.table;
    let resumed = false;
    world.table.transact = async (writes) => {
      // Just before the pause is written, somebody pauses and resumes.
      if (!resumed && writes.some((write) => "put" in write && write.put.sk === "CAMPAIGN#welcome")) {
        resumed = true;
        world.table.transact = transact;
        await pauseCampaign(world.ports, "welcome", { by: "operator" });
        await resumeCampaign(world.ports, "welcome", { by: "operator" });
      }
      return transact.call(world.table, writes);
    };
    await takeMany(world, [7]);
    expect(resumed).toBe(true);
    expect(Object.keys(await stopsOf(world))).toEqual(["upsell"]);
  });
});

describe("a crash", () => {
  test("between the count and the ledger counts once when the message comes again", async () => {
    const world = await aWorld();
    await sent(world, 200);
    const { write } = world.table;
    const body = await told(world, 1);
    world.table.write = async (one) => {
      if ("put" in one && one.put.sk.startsWith("SEND#")) throw new Error("crashed");
      return write.call(world.table, one);
    };
    expect(await take(world, body)).toEqual(["0"]);
    world.table.write = write;
    expect(await take(world, body)).toEqual([]);
    const [campaign] = await loadReputations(world.ports, ["CAMPAIGN#welcome"]);
    expect(campaign?.reputation.bounces).toBe(1);
  });

  test("before the judgement brings the message back, and the pause comes then", async () => {
    const world = await aWorld();
    await sent(world, 200);
    await takeMany(world, numbers(7));
    const { transact } = world.table;
    const body = await told(world, 7);
    world.table.transact = async () => {
      throw new Error("crashed");
    };
    expect(await take(world, body)).toEqual(["0"]);
    world.table.transact = transact;
    expect(await take(world, body)).toEqual([]);
    expect(Object.keys(await stopsOf(world))).toEqual(["welcome"]);
  });
});

describe("noteSent", () => {
  test("loses no count when many batches end at once, and writes nothing for an empty one", async () => {
    const world = await aWorld();
    await noteSent(world.ports, new Map());
    expect((await itemsOf(world)).filter(({ pk }) => pk === reputationPk)).toEqual([]);
    await Promise.all(numbers(12).map(() => sent(world, 5)));
    const [campaign] = await loadReputations(world.ports, ["CAMPAIGN#welcome"]);
    expect(campaign?.reputation.sent).toBe(60);
  });

  test("a campaign may be called like what every object has", async () => {
    const world = await aWorld();
    await sent(world, 3, "constructor");
    const [campaign] = await loadReputations(world.ports, ["CAMPAIGN#constructor"]);
    expect(campaign?.reputation.sent).toBe(3);
  });
});
