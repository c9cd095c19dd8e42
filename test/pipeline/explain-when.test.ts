// Guarantees of explanations of segments, of everything in short, and of other instants than now: past and future.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { unsubscribe } from "../../shared/pipeline/preferences.ts";
import { explainView } from "../../shared/pipeline/views/explain.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import {
  aboutCampaign,
  aboutEverything,
  aboutSegment,
  postAt,
  shopWith,
  worldWith,
  written,
} from "../support/explained-shop.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

const OFFER = `
campaign: offer
title: An offer
on: { event: purchase.completed, key: order_id }
audience: { trait: country, eq: FR }
steps:
  - { id: pause, wait: 3 days }
  - { id: offer, send: welcome }
`;
const WEEKLY = `
campaign: weekly
title: Weekly
on: { schedule: { weekly: "09:00", on: [friday], zone: Europe/Paris }, segment: repeat-buyers }
steps: [{ id: hello, send: welcome }]
`;

async function aBuyer(...campaigns: string[]): Promise<MemoryWorld> {
  const world = await worldWith(campaigns);
  await world.post(identify(START), consent(START));
  await world.settle();
  return world;
}

describe("explain, a segment", () => {
  test("not in: the deciding clause with file and line, and what was found", async () => {
    const world = await aBuyer();
    const view = await aboutSegment(world, "repeat-buyers");
    expect(view.answer).toBe(
      "Not in: did purchase.completed atLeast 2, found times 0 (segments/repeat-buyers.yaml:5:1).",
    );
    expect(view).toMatchObject({
      member: { is: false },
      rule: { verdict: "false", at: "segments/repeat-buyers.yaml:5:1" },
      history: [],
    });
  });

  test("in: since when, until when if nothing happens, and every change with what brought it", async () => {
    const world = await aBuyer();
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS));
    await world.advanceTo(START + 400 * DAY_MS);
    const lapsed = await aboutSegment(world, "lapsed");
    const since = iso(START + HOUR_MS + 365 * DAY_MS);
    expect(lapsed.answer).toBe(`In since ${since}.`);
    expect(lapsed.rule.parts).toMatchObject([{ verdict: "true" }, { verdict: "true", since }]);
    expect(lapsed.history).toMatchObject([{ change: "entered", at: since, event: "time.passed" }]);
    const risk = await aboutSegment(world, "at-risk");
    expect(risk.history.map(({ change, at }) => [change, at])).toEqual([
      ["entered", expect.any(String)],
      ["left", since],
    ]);
  });

  test("unknown is no member, and says what is not known", async () => {
    const world = await aBuyer();
    const view = await aboutSegment(world, "at-risk");
    expect(view.rule.parts?.[0]).toMatchObject({ verdict: "unknown", why: "nothing is known of it" });
    expect(view.answer).toMatch(/^Not in: unknown is no member: .*nothing known \(segments\/at-risk\.yaml/);
  });
});

describe("explain, everything in short", () => {
  test("one line per campaign and per segment, with the same answers", async () => {
    const world = await aBuyer(OFFER, WEEKLY);
    await world.post(purchase(START, { order: "o-1" }));
    await world.advanceTo(START + DAY_MS);
    const view = await aboutEverything(world);
    expect(view.answer).toBe(`Now in 1 of ${view.segments.length} segments; under way in 1 of 2 campaigns.`);
    for (const { id, answer } of view.campaigns) expect(answer).toBe((await aboutCampaign(world, id)).answer);
    for (const { id, answer, member } of view.segments) {
      const segment = await aboutSegment(world, id);
      expect({ answer, member }).toEqual({ answer: segment.answer, member: segment.member.is });
    }
  });
});

describe("explain, as of an instant in the past", () => {
  test("what was known then: later facts are not known yet", async () => {
    const world = await aBuyer(OFFER);
    await postAt(world, START + DAY_MS, purchase(START + DAY_MS, { order: "o-1" }));
    await postAt(world, START + 2 * DAY_MS, identify(START + 2 * DAY_MS, { traits: { country: "BE" } }));
    await world.advanceTo(START + 10 * DAY_MS);
    const at = START + DAY_MS + HOUR_MS;
    const then = await aboutCampaign(world, "offer", { at });
    expect(then.asOf).toMatchObject({ at: iso(at), is: "past" });
    expect(then.answer).toMatch(/^Then, at .*: Under way: the next step is due /);
    expect(then.audience).toMatchObject({ verdict: "true", found: "FR" });
    expect(then.sends).toEqual([]);
    expect(then.entries).toMatchObject([{ key: "o-1" }]);
    expect(then.entries[0]?.ended).toBeUndefined();
    expect(then.runs).toMatchObject([{ step: "pause", dueAt: iso(START + 4 * DAY_MS) }]);
    const before = await aboutCampaign(world, "offer", { at: START + HOUR_MS });
    expect(before.answer).toBe(`Then, at ${iso(START + HOUR_MS)}: Not triggered: no purchase.completed yet.`);
    const now = await aboutCampaign(world, "offer");
    expect(now.audience).toMatchObject({ verdict: "false", found: "BE" });
    expect(now.sends).toMatchObject([{ state: "SENT" }]);
  });

  test("what time brought by then is lived again: churn risk, memberships", async () => {
    const world = await aBuyer();
    await postAt(world, START + HOUR_MS, purchase(START + HOUR_MS));
    await world.advanceTo(START + 500 * DAY_MS);
    const risk = await aboutSegment(world, "at-risk", { at: START + 200 * DAY_MS });
    expect(risk.member.is).toBe(true);
    expect((await aboutSegment(world, "at-risk")).member.is).toBe(false);
    expect(await aboutSegment(world, "at-risk", { at: START + 2 * HOUR_MS })).toMatchObject({
      member: { is: false },
      history: [],
    });
  });

  test("at every instant it tells the memberships that were stored then", async () => {
    const world = await aBuyer();
    const seen: { at: number; stored: string[] }[] = [];
    const look = async () => {
      const { segments } = await aboutEverything(world);
      seen.push({ at: world.now, stored: segments.filter(({ member }) => member).map(({ id }) => id) });
    };
    for (const day of [1, 3, 130, 200, 380]) {
      await world.advanceTo(START + day * DAY_MS);
      if (day <= 3) await world.post(purchase(world.now, { order: `o-${day}` }), lead(world.now));
      await world.advanceTo(world.now + MINUTE_MS);
      await look();
    }
    for (const { at, stored } of seen) {
      const { segments } = await aboutEverything(world, at);
      expect(segments.filter(({ member }) => member).map(({ id }) => id)).toEqual(stored);
    }
  });

  test("a mail that left later was still waiting then", async () => {
    const patient = OFFER.replace("{ id: pause, wait: 3 days }", "{ id: pause, wait: 1 minute }");
    const world = await aBuyer(`${patient}sendBefore: 20 days\n`);
    for (const n of [1, 2, 3, 4]) {
      await postAt(world, START + n * HOUR_MS, purchase(START + n * HOUR_MS, { order: `o-${n}` }));
    }
    await world.advanceTo(START + 10 * DAY_MS);
    const states = async (at?: number) =>
      (await aboutCampaign(world, "offer", at === undefined ? {} : { at })).sends.map(({ state }) => state);
    expect(await states()).toEqual(["SENT", "SENT", "SENT", "SENT"]);
    expect(await states(START + DAY_MS)).toEqual(["SENT", "SENT", "SENT", "PENDING"]);
  });

  test("a decision is told in the words of the rule it was made by, also when the rule changed since", async () => {
    const world = await aBuyer(OFFER.replace("eq: FR", "eq: CH"));
    await postAt(world, START + DAY_MS, purchase(START + DAY_MS, { order: "o-1" }));
    await world.advanceTo(START + 2 * DAY_MS);
    const changed = OFFER.replace("{ trait: country, eq: FR }", "{ trait: vip, eq: true }");
    await publish(world.ports, await shopWith([written("campaign", changed)]));
    await world.advanceTo(START + 3 * DAY_MS);
    const now = await aboutCampaign(world, "offer");
    expect(now.answer).toBe('Not entered: audience, trait country eq "CH", found FR (campaigns/offer.yaml:4:1).');
    expect(now.audience).toMatchObject({ says: "trait vip eq true" });
    expect((await aboutEverything(world)).campaigns[0]?.answer).toBe(now.answer);
    const then = await aboutCampaign(world, "offer", { at: START + DAY_MS + HOUR_MS });
    expect(then.asOf).toMatchObject({ publication: 1, says: expect.stringContaining("publication 1 was live then") });
    expect(now.asOf.publication).toBeUndefined();
  });

  test("a campaign that was not there yet says since when it is", async () => {
    const world = await aBuyer(OFFER);
    await postAt(world, START + DAY_MS, purchase(START + DAY_MS, { order: "o-1" }));
    await world.advanceTo(START + 2 * DAY_MS);
    const late = written("campaign", OFFER.replaceAll("offer", "late"));
    await publish(world.ports, await shopWith([written("campaign", OFFER), late]));
    await world.advanceTo(START + 3 * DAY_MS);
    expect((await aboutCampaign(world, "late")).answer).toBe(
      "Not entered: the campaign was not live when the last purchase.completed came.",
    );
    expect((await aboutCampaign(world, "late", { at: START + DAY_MS })).answer).toContain(
      `Not triggered: the campaign was first published ${iso(START + 2 * DAY_MS)}.`,
    );
  });

  test("an unsubscribe is known from its own instant on", async () => {
    const world = await aBuyer(OFFER);
    await postAt(world, START, purchase(START, { order: "o-1" }));
    await world.advanceTo(START + 4 * DAY_MS);
    const id = (await findProfile(world.ports, "u-1")) as string;
    const sendId = world.mailer.accepted[0]?.sendId as string;
    await unsubscribe(world.ports, { profileId: id, sendId, purpose: "marketing" });
    await world.advanceTo(START + 5 * DAY_MS);
    const gates = async (at?: number) => {
      const { gatesNow } = await aboutCampaign(world, "offer", at === undefined ? {} : { at });
      return gatesNow.flatMap(({ reason }) => reason ?? []);
    };
    expect(await gates()).toEqual(["consent-denied", "opted-out"]);
    expect(await gates(START + 3 * DAY_MS)).toEqual([]);
  });

  test("before the first event it says that nothing was known, and since when", async () => {
    const world = await aBuyer(OFFER);
    const id = (await findProfile(world.ports, "u-1")) as string;
    world.now += DAY_MS;
    expect(await explainView(world.ports, id, { campaign: "offer", at: START - DAY_MS })).toEqual({
      problem: {
        code: "not_known_yet",
        message: `Nothing was known of this profile then: its first event came at ${iso(START)}. Ask about a later instant.`,
      },
    });
  });
});

describe("explain, as of an instant in the future", () => {
  test("what becomes due until then, if nothing else happens, in order", async () => {
    const world = await aBuyer(OFFER, WEEKLY);
    await world.post(purchase(START, { order: "o-1" }), purchase(START, { order: "o-2" }));
    await world.settle();
    const view = await aboutCampaign(world, "weekly", { at: START + 12 * DAY_MS });
    expect(view.asOf.is).toBe("future");
    expect(view.ahead?.items).toMatchObject([
      { at: "2026-03-06T08:00:00.000Z", says: "enters weekly" },
      { at: "2026-03-06T08:00:00.000Z", says: "mail hello becomes due" },
      { at: "2026-03-06T08:00:00.000Z", says: "the run ends: completed" },
      { at: "2026-03-13T08:00:00.000Z", says: "enters weekly" },
      { says: "mail hello becomes due" },
      { says: "the run ends: completed" },
    ]);
    expect(view.answer).toMatch(/^If nothing else happens until 2026-03-14.*: enters weekly at 2026-03-06/);
    const offer = await aboutCampaign(world, "offer", { at: START + 4 * DAY_MS });
    expect(offer.ahead?.items.filter(({ says }) => says === "mail offer becomes due")).toHaveLength(2);
    expect(offer.runs).toEqual([]);
  });

  test("what it foretells is what comes", async () => {
    const world = await aBuyer(OFFER, WEEKLY);
    await world.post(purchase(START, { order: "o-1" }), lead(START));
    await world.settle();
    const at = START + 500 * DAY_MS;
    const foretold = await aboutEverything(world, at);
    await world.advanceTo(at);
    const came = await aboutEverything(world);
    const members = (view: typeof came) =>
      view.segments.map(({ id, member, answer }) => ({ id, member, answer: answer.replace(/^If .*?: /, "") }));
    expect(members(foretold)).toEqual(members(came));
    expect(foretold.ahead?.items.map(({ says }) => says)).toContain("enters lapsed");
  });

  test("says so when nothing changes, and writes nothing", async () => {
    const world = await aBuyer(OFFER);
    const before = await world.table.scan({ segment: 0, segments: 1 });
    const { answer, ahead } = await aboutCampaign(world, "offer", { at: START + DAY_MS });
    expect(ahead).toEqual({ items: [] });
    expect(answer).toBe(
      `If nothing happens until ${iso(START + DAY_MS)}, nothing changes: Not triggered: no purchase.completed yet.`,
    );
    expect(await world.table.scan({ segment: 0, segments: 1 })).toEqual(before);
  });
});

describe("explain, what does not exist", () => {
  test("names the campaign or segment that was probably meant", async () => {
    const world = await MemoryWorld.open();
    await world.post(lead(START));
    await world.settle();
    const id = (await findProfile(world.ports, "u-1")) as string;
    const message = async (question: object) =>
      (await explainView(world.ports, id, question)) as { problem: { code: string; message: string } };
    expect((await message({ campaign: "welcom" })).problem).toEqual({
      code: "no_such_campaign",
      message: expect.stringMatching(/^There is no campaign "welcom"\. Did you mean welcome\? Campaigns: .*upsell/),
    });
    expect((await message({ segment: "lapse" })).problem).toEqual({
      code: "no_such_segment",
      message: expect.stringMatching(/^There is no segment "lapse"\. Did you mean lapsed\? Segments: /),
    });
    expect(await explainView(world.ports, "nobody", {})).toMatchObject({ problem: { code: "no_such_profile" } });
  });
});
