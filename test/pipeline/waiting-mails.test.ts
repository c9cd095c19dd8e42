// Guarantees of what is said of mails that wait: ceilings in the estimate, what is too late already, what stops them today.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { pauseAccount, pauseCampaign, resumeAccount, resumeCampaign } from "../../shared/pipeline/stop-switch.ts";
import { accountView } from "../../shared/pipeline/views/account.ts";
import { explainView } from "../../shared/pipeline/views/explain.ts";
import { ledgerView } from "../../shared/pipeline/views/ledger.ts";
import { campaignsView, eventsView, sendsView } from "../../shared/pipeline/views/lists.ts";
import { heldView } from "../../shared/pipeline/views/stops.ts";
import { summaryView } from "../../shared/pipeline/views/summary.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leadShop } from "../support/shop-definitions.ts";

const BY = { by: "operator" as const };
const MARKETING_CAP = { frequencyCap: { marketing: { max: 50, within: "7 days" } } };

/** The campaigns with so many leads who agreed, settled. */
async function aWorld(campaigns: Record<string, JsonObject>, settings: JsonObject = {}): Promise<MemoryWorld> {
  return MemoryWorld.open(leadShop(campaigns, { ...MARKETING_CAP, ...settings }));
}

async function leads(world: MemoryWorld, count: number, prefix = "u"): Promise<void> {
  for (let n = 0; n < count; n++) {
    const user = `${prefix}-${n}`;
    const traits = { email: `${user}@example.com`, timezone: "UTC" };
    await world.post(
      identify(world.now, { user, traits }),
      consent(world.now, { user, state: "granted" }),
      lead(world.now, user),
    );
  }
  await world.settle();
}

describe("all out by", () => {
  test("has whole days of the account's ceiling in it, and what came true is not later", async () => {
    const world = await aWorld({ welcome: {} }, { maxPerDay: 3 });
    await leads(world, 8);
    const { allOutBy, says } = await accountView(world.ports);
    expect(says).toContain("maxPerDay of the shop is 3, none more today: the rest needs 2 days behind this one.");
    const at = Date.parse(allOutBy ?? "");
    expect(at - START).toBeGreaterThan(DAY_MS);
    expect(world.mails()).toHaveLength(3);
    await world.advanceTo(at - HOUR_MS);
    expect(world.mails()).toHaveLength(6);
    await world.advanceTo(at + HOUR_MS);
    expect(world.mails()).toHaveLength(8);
  });

  test("has a campaign's own ceiling in it, for that campaign's mails alone", async () => {
    const world = await aWorld({ welcome: { maxPerDay: 2 }, other: {} });
    await leads(world, 4);
    const { says, backlog } = await accountView(world.ports);
    expect(backlog).toEqual({ total: 2, stopped: 0, tooLate: 0 });
    expect(says).toContain("maxPerDay of welcome is 2, none more today: the rest needs one day behind this one.");
  });
});

describe("mails that waited too long behind a stop", () => {
  /** Two leads 40 days before the switch is looked at, one just now; all mail stopped. */
  async function aLongStop(): Promise<MemoryWorld> {
    const world = await aWorld({ welcome: {} });
    await pauseAccount(world.ports, BY);
    await leads(world, 2, "early");
    await world.advanceTo(START + 40 * DAY_MS);
    await leads(world, 1, "late");
    return world;
  }

  test("are a reason of their own in the ledger, which still adds up, and can be listed by it", async () => {
    const world = await aLongStop();
    const total = (await ledgerView(world.ports))?.total;
    expect(total).toMatchObject({ planned: 3, held: 3, expired: 0 });
    expect(total?.reasons.held).toEqual({ "too-late": 2, "account-paused": 1 });
    const { items } = await sendsView(world.ports, { reason: "too-late" }, { limit: 10 });
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ state: "PENDING", reason: "too-late", stoppedBy: ["account"] });
  });

  test("are told by the account, with when the next one is too late; the resume makes them expired", async () => {
    const world = await aLongStop();
    const { backlog, says } = await accountView(world.ports);
    const [waiting] = (await sendsView(world.ports, { reason: "account-paused" }, { limit: 1 })).items;
    expect(backlog).toEqual({ total: 3, stopped: 1, tooLate: 2, nextExpiresAt: waiting?.expiresAt });
    expect(says).toEqual([
      "1 mail cannot leave: all sending is paused.",
      "2 mails waited too long and will not leave: not worth sending any more.",
    ]);
    const held = { total: 3, tooLate: 2, nextExpiresAt: waiting?.expiresAt };
    expect(await heldView(world.ports, undefined)).toEqual(held);
    expect(await heldView(world.ports, "welcome")).toEqual(held);
    await resumeAccount(world.ports, BY);
    await world.advanceTo(world.now + HOUR_MS);
    expect((await ledgerView(world.ports))?.total).toMatchObject({ planned: 3, sent: 1, expired: 2, held: 0 });
    expect(await heldView(world.ports, undefined)).toBeUndefined();
  });
});

describe("what stops a mail", () => {
  test("is told by today's switches, whatever it was held for when it was looked at", async () => {
    const world = await aWorld({ welcome: {} });
    await pauseCampaign(world.ports, "welcome", BY);
    await leads(world, 1);
    await pauseAccount(world.ports, BY);
    const why = async () => (await sendsView(world.ports, { campaign: "welcome" }, { limit: 1 })).items[0]?.why;
    expect(await why()).toBe("the campaign is stopped and all sending is stopped");
    await resumeCampaign(world.ports, "welcome", BY);
    expect(await why()).toBe("all sending is stopped");
  });

  test("is told of a mail that quiet hours hold", async () => {
    const quietHours = { marketing: { from: "00:00", to: "23:59" } };
    const world = await aWorld({ welcome: {} }, { quietHours });
    await leads(world, 1);
    await pauseCampaign(world.ports, "welcome", BY);
    const [held] = (await sendsView(world.ports, { reason: "quiet-hours" }, { limit: 1 })).items;
    expect(held?.why).toBe("the campaign is stopped; besides, when last looked at: quiet hours where the person lives");
  });

  test("by its file is told as something to publish, not to resume", async () => {
    const world = await aWorld({ welcome: {} });
    await pauseCampaign(world.ports, "welcome", BY);
    await leads(world, 1);
    await publish(world.ports, leadShop({ welcome: { status: "paused" } }, MARKETING_CAP));
    expect((await accountView(world.ports)).says).toEqual(["1 mail must be resumed first."]);
    await resumeCampaign(world.ports, "welcome", BY);
    const { says, backlog } = await accountView(world.ports);
    expect(backlog).toMatchObject({ total: 1, stopped: 1 });
    expect(says).toEqual(["1 mail of campaigns that are paused in their file: publish them live first."]);
    const [waiting] = (await sendsView(world.ports, {}, { limit: 1 })).items;
    expect(waiting).toMatchObject({ stoppedBy: ["catalogue"], why: "the campaign is paused in its file" });
  });

  test("stands beside a campaign's status, in the list and in the summary", async () => {
    const world = await aWorld({ welcome: {}, other: {} });
    const at = iso(world.now);
    await pauseCampaign(world.ports, "welcome", { ...BY, reason: "wrong price" });
    const stopped = { by: "operator", at, reason: "wrong price" };
    for (const found of [(await campaignsView(world.ports)).items, (await summaryView(world.ports)).campaigns]) {
      expect(found.find(({ id }) => id === "welcome")).toMatchObject({ stopped });
      expect(found.find(({ id }) => id === "other")).not.toHaveProperty("stopped");
    }
  });
});

describe("the token of the next page", () => {
  test("stands in an address as it is, and leads on", async () => {
    const world = await aWorld({ welcome: {} });
    await leads(world, 3);
    const first = await sendsView(world.ports, {}, { limit: 1 });
    expect(first.next).toMatch(/^[\w-]+$/);
    const second = await sendsView(world.ports, {}, { limit: 1, next: first.next ?? "" });
    expect(second.items[0]?.sendId).not.toBe(first.items[0]?.sendId);
    const events = await eventsView(world.ports, { limit: 2 });
    expect(events?.next).toMatch(/^[\w-]+$/);
    const later = await eventsView(world.ports, { limit: 2, after: events?.next ?? "" });
    expect(later?.items[0]?.id).not.toBe(events?.items[1]?.id);
  });

  test.each(["0", "0:SENDS#a#0", "2027-03-02T08:00:00.000Z#e1", "#", ""])("is none that reads %j", async (next) => {
    const world = await aWorld({ welcome: {} });
    await expect(sendsView(world.ports, {}, { limit: 1, next })).rejects.toMatchObject({ code: "bad_page_token" });
    if (next.includes("#")) expect(await eventsView(world.ports, { limit: 1, after: next })).toBeUndefined();
  });
});

describe("explain", () => {
  const asked = async (world: MemoryWorld) => {
    const profileId = (await findProfile(world.ports, "u-0")) as string;
    const view = await explainView(world.ports, profileId, { campaign: "welcome" });
    if (!("about" in view) || view.about !== "campaign") throw new Error("there is no explanation of the campaign");
    return view;
  };

  test("says of a stopped mail what stops it and until when it is worth sending, later that it is too late", async () => {
    const world = await aWorld({ welcome: {} });
    await pauseCampaign(world.ports, "welcome", BY);
    await leads(world, 1);
    const { answer, sends } = await asked(world);
    expect(answer).toBe(
      `Not sent yet: say waits since ${sends[0]?.at}: the campaign is stopped; worth sending until ${sends[0]?.expiresAt}.`,
    );
    await world.advanceTo(START + 40 * DAY_MS);
    expect((await asked(world)).answer).toBe(
      `Not sent, and too late by now: say was worth sending until ${sends[0]?.expiresAt}.`,
    );
    await resumeCampaign(world.ports, "welcome", BY);
    await world.advanceTo(world.now + HOUR_MS);
    expect((await asked(world)).answer).toMatch(/^Not sent: say is expired since /);
  });

  test("says of somebody whose last mail could not be written that the next may not be either", async () => {
    const definitions = leadShop({ welcome: {} }, MARKETING_CAP).map((definition) =>
      JSON.parse(JSON.stringify(definition).replaceAll('"Hello"', '"Hello {{ profile.nickname }}"')),
    );
    const world = await MemoryWorld.open(definitions);
    await leads(world, 1);
    const { ifTriggeredNow } = await asked(world);
    expect(ifTriggeredNow.says).toMatch(
      /^would enter, and a mail may leave, if it can be written: the last one could not \(.*profile\.nickname.*\)$/,
    );
    const [refused] = (await sendsView(world.ports, { states: ["REFUSED"] }, { limit: 1 })).items;
    expect(refused?.detail).toContain("profile.nickname");
  });
});
