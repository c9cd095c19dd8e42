// Guarantees of what explanations say about gates, holdouts and the address: each with the facts it looked at.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "../../shared/domain/instant.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { unsubscribe } from "../../shared/pipeline/preferences.ts";
import { profileView, timelineView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, purchase } from "../support/calls.ts";
import { aboutCampaign, postAt, worldWith } from "../support/explained-shop.ts";
import { type MemoryWorld, START } from "../support/memory-world.ts";

const OFFER = `
campaign: offer
title: An offer
on: { event: purchase.completed, key: order_id }
steps:
  - { id: offer, send: welcome }
`;

async function bought(world: MemoryWorld, times: number): Promise<MemoryWorld> {
  await world.post(identify(START), consent(START));
  for (let n = 1; n <= times; n++)
    await postAt(world, START + n * HOUR_MS, purchase(START + n * HOUR_MS, { order: `o-${n}` }));
  await world.advanceTo(START + DAY_MS);
  return world;
}

const gateOf = async (world: MemoryWorld, gate: string) =>
  (await aboutCampaign(world, "offer")).gatesNow.find((view) => view.gate === gate);

const feedback = (world: MemoryWorld, event: object) => {
  const [mail] = world.mailer.accepted;
  const tags = { sid: [mail?.tags["sid"]], pid: [mail?.tags["pid"]] };
  const sent = { timestamp: iso(START), messageId: "m-1", destination: [mail?.to], tags };
  world.queued.feedback.push({ body: JSON.parse(JSON.stringify({ mail: sent, ...event })) });
};

describe("explain, the gates", () => {
  test("asks all of them, each with what it looked at", async () => {
    const world = await bought(await worldWith([OFFER]), 1);
    const { gatesNow, ifTriggeredNow } = await aboutCampaign(world, "offer");
    expect(gatesNow.map(({ gate, answer, says }) => [gate, answer, says])).toEqual([
      ["expiry", "pass", "a mail is worth sending for 3 days after it became due"],
      ["campaign", "pass", "the campaign is live"],
      ["stop", "pass", "nothing is stopped"],
      ["consent", "pass", `marketing mail was granted on ${iso(START)}`],
      ["address", "pass", "there is an e-mail address"],
      ["suppression", "pass", "no bounce, complaint or opt-out"],
      ["person-pause", "pass", "the person has not asked for a pause"],
      ["quiet-hours", "pass", "marketing mails leave at any hour"],
      ["priority", "pass", "no more urgent mail to the address is about to leave"],
      ["frequency-cap", "pass", "1 of 3 within 7 days"],
      ["campaign-ceiling", "pass", "the campaign may send any number a day"],
      ["account-ceiling", "pass", "all campaigns together may send any number a day"],
      ["holdout", "pass", "nobody is held out"],
    ]);
    expect(ifTriggeredNow).toEqual({ would: "enter", says: "would enter, and a mail may leave" });
  });

  test("the cap that is full says when it is free again", async () => {
    const world = await bought(await worldWith([OFFER]), 4);
    const [first] = (await aboutCampaign(world, "offer")).sends;
    const free = iso(Date.parse(first?.at as string) + 7 * DAY_MS);
    expect(await gateOf(world, "frequency-cap")).toMatchObject({
      answer: "refuse",
      reason: "frequency-cap",
      says: `3 of 3 within 7 days, free again at ${free}`,
    });
    expect((await aboutCampaign(world, "offer")).ifTriggeredNow.says).toContain(
      "a mail would be refused: frequency-cap",
    );
    expect((await aboutCampaign(world, "offer")).answer).toMatch(/^Not sent: offer is refused \(frequency-cap\)/);
  });

  test("a service mail needs no consent and is not counted", async () => {
    const world = await bought(await worldWith([`${OFFER}purpose: service\n`]), 1);
    expect(await gateOf(world, "consent")).toMatchObject({ answer: "pass", says: "a service mail needs no consent" });
    expect(await gateOf(world, "frequency-cap")).toMatchObject({ says: "service mails are not counted" });
  });

  test("consent: never heard, and denied", async () => {
    const world = await worldWith([OFFER]);
    await world.post(identify(START));
    await world.settle();
    expect(await gateOf(world, "consent")).toMatchObject({ answer: "refuse", reason: "consent-unknown" });
    await postAt(world, START + HOUR_MS, consent(START + HOUR_MS, { state: "denied" }));
    await world.settle();
    expect(await gateOf(world, "consent")).toMatchObject({ reason: "consent-denied" });
    expect(await gateOf(world, "suppression")).toMatchObject({ reason: "opted-out" });
  });

  test("who is held out is said to be, and by which of the two", async () => {
    const own = await bought(await worldWith([`${OFFER}holdout: 100\n`]), 1);
    const view = await aboutCampaign(own, "offer");
    expect(view.arm).toEqual({
      arm: "holdout",
      says: "held out: among the 100 % that get nothing of this campaign",
    });
    expect(view.decisions).toMatchObject([{ outcome: "entered", arm: "holdout", says: "entered, in the arm holdout" }]);
    expect(view.entries).toMatchObject([{ arm: "holdout", ended: "completed" }]);
    expect(view.answer).toMatch(/^Not sent: offer is refused \(holdout\)/);
    expect(await gateOf(own, "holdout")).toMatchObject({ answer: "refuse", reason: "holdout" });
    const all = await bought(await worldWith([OFFER], { holdout: 100 }), 1);
    expect((await aboutCampaign(all, "offer")).arm.arm).toBe("global-holdout");
  });

  test("a campaign that sends nothing asks no gates", async () => {
    const silent = OFFER.replace("send: welcome", "update: { vip: true }");
    const world = await bought(await worldWith([silent]), 1);
    const { gatesNow, answer } = await aboutCampaign(world, "offer");
    expect(gatesNow).toEqual([]);
    expect(answer).toMatch(/^Entered .*, no mail became due, the run ended on .*: completed\.$/);
  });
});

describe("a person's page", () => {
  test("shows what closed the address, and the timeline when: bounce, complaint, opt-out", async () => {
    const world = await bought(await worldWith([OFFER]), 1);
    const at = iso(START + 2 * HOUR_MS);
    feedback(world, { eventType: "Bounce", bounce: { bounceType: "Permanent", timestamp: at } });
    feedback(world, { eventType: "Complaint", complaint: { timestamp: at } });
    await world.settle();
    const id = (await findProfile(world.ports, "u-1")) as string;
    await unsubscribe(world.ports, {
      profileId: id,
      sendId: world.mailer.accepted[0]?.sendId as string,
      purpose: "marketing",
    });
    expect(await profileView(world.ports, id)).toMatchObject({
      suppressions: { bounce: at, complaint: at },
      optOuts: { marketing: iso(START + DAY_MS) },
    });
    const { items } = (await timelineView(world.ports, id)) as { items: { kind: string; what?: string }[] };
    const told = items.filter(({ kind }) => kind === "feedback" || kind === "address");
    expect(told.map(({ kind, what }) => `${kind} ${what}`).toSorted()).toEqual([
      "address bounce",
      "address complaint",
      "address opt-out",
      "feedback bounce",
      "feedback complaint",
    ]);
    expect(JSON.stringify(told)).not.toContain("example.com");
    expect(await gateOf(world, "suppression")).toMatchObject({
      reason: "suppressed",
      says: expect.stringContaining(`bounce on ${at}`),
    });
  });

  test("the timeline tells ends of runs that came before the last step", async () => {
    const early = OFFER.replace(
      "steps:",
      "exitWhen: { trait: country, eq: CH }\nsteps:\n  - { id: pause, wait: 3 days }",
    );
    const world = await bought(await worldWith([early]), 1);
    await world.post(identify(START + DAY_MS, { traits: { country: "CH" } }));
    await world.settle();
    const id = (await findProfile(world.ports, "u-1")) as string;
    const { items } = (await timelineView(world.ports, id)) as { items: object[] };
    expect(items).toContainEqual(
      expect.objectContaining({ kind: "run-ended", campaign: "offer", ended: "exit-condition" }),
    );
  });
});
