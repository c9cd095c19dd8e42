// Guarantees of what consent means for mail: opens watched only where that is agreed to, pauses kept, the basis asked.
import { describe, expect, test } from "vitest";
import { DAY_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { consentByPerson } from "../../shared/pipeline/consent-writes.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { profileView, timelineView } from "../../shared/pipeline/views/timeline.ts";
import { aConsentShop as aShop, EMAIL } from "../support/consent-shop.ts";
import type { MemoryWorld } from "../support/memory-world.ts";
import { sendsIn, states } from "../support/sending.ts";
import { sesWord } from "../support/ses-words.ts";

describe("open tracking", () => {
  const tracked = ({ mailer }: MemoryWorld) => mailer.accepted.map(({ tracksOpens }) => tracksOpens);

  test("is off until the person agrees to just that, and off again when they or who shares their address says no", async () => {
    const { world, says, becomesLead, later, post, ofMail } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    await becomesLead();
    const mail = await ofMail();
    const choose = (state: "granted" | "denied") =>
      consentByPerson(world.ports, mail, { purpose: "open-tracking", state });
    await choose("granted");
    await becomesLead();
    await choose("denied");
    await becomesLead();
    await choose("granted");
    await becomesLead();
    await later(MINUTE_MS);
    await post("shop", {
      type: "identify",
      userId: "ben",
      traits: { email: EMAIL, consent: { "open-tracking": "denied" } },
    });
    await becomesLead();
    expect(tracked(world)).toEqual([false, true, false, true, false]);
  });

  test("that is told all the same is noted only while they agree; without that it proves no more than that the mail left", async () => {
    const { world, says, becomesLead, later, ofMail } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    await becomesLead();
    const mail = await ofMail();
    const open = async () => {
      await later(MINUTE_MS);
      const of = { to: [EMAIL], sid: mail.sendId, pid: mail.profileId, acceptedAt: world.now };
      const body = sesWord({ type: "Open", ...of, part: { open: { timestamp: iso(world.now) } } });
      expect(await takeFeedback(world.ports, [{ id: "1", body, receiveCount: 1 }])).toEqual([]);
      const [send] = await sendsIn(world);
      const news = world.published.filter(({ type }) => type === "email.opened").length;
      return [send?.ledger.state, send?.ledger.feedback?.["open"], news];
    };
    const choose = (state: "granted" | "denied") =>
      consentByPerson(world.ports, mail, { purpose: "open-tracking", state });
    expect(await open()).toEqual(["SENT", undefined, 0]);
    await choose("granted");
    const [, noted] = await open();
    expect(noted).toBe(world.now);
    await choose("denied");
    expect(await open()).toEqual(["SENT", noted, 1]);
  });

  test("never happens in service mails", async () => {
    const { world, says, becomesLead, ofMail } = await aShop({ purpose: "service" });
    await says("shop", { email: EMAIL });
    await consentByPerson(world.ports, await ofMail(), { purpose: "open-tracking", state: "granted" });
    await becomesLead();
    expect(tracked(world)).toEqual([false]);
  });
});

test("a person's pause holds their mail until it ends, or refuses what would be too late then", async () => {
  for (const [sendBefore, expected] of [
    ["40 days", "greet PENDING person-paused"],
    ["3 days", "greet REFUSED person-paused"],
  ]) {
    const { world, says, becomesLead, later, pause, idOf } = await aShop({ sendBefore: sendBefore as string });
    await says("shop", { email: EMAIL, consent: "granted" });
    const until = world.now + 30 * DAY_MS;
    await pause(until);
    await becomesLead();
    const shown = async () => (await profileView(world.ports, await idOf()))?.pausedUntil;
    expect(await shown()).toEqual({ marketing: iso(until) });
    expect(await states(world)).toEqual({ [expected as string]: 1 });
    await later(31 * DAY_MS);
    expect(await shown()).toBeUndefined();
    expect(world.mails()).toHaveLength(sendBefore === "40 days" ? 1 : 0);
  }
});

test("where mail rests on the shop's own interest nobody waits for a word, but for the country where that decides", async () => {
  const basis = { marketing: { default: "legitimate-interest", byCountry: { FR: "consent" } } };
  const { world, says, becomesLead, post, later } = await aShop({}, { consent: { basis } });
  await post("shop", { type: "identify", traits: { email: EMAIL, country: "CH" } });
  await becomesLead();
  expect(world.mails()).toHaveLength(1);
  await says("shop", { user: "ben", email: "ben@example.com" });
  await becomesLead("ben");
  expect(world.mails()).toHaveLength(1);
  await post("shop", { type: "identify", userId: "ben", traits: { country: "fr" } });
  await later(5 * MINUTE_MS);
  expect(await states(world)).toEqual({ "greet SENT": 1, "greet REFUSED consent-unknown": 1 });
});

test("what somebody chose by a link stands in their timeline; what an event said, that event tells", async () => {
  const { world, says, later, idOf } = await aShop();
  await says("shop", { email: EMAIL, consent: "granted" });
  await later(MINUTE_MS);
  const profileId = await idOf();
  const word = { purpose: "marketing", state: "denied", how: "one-click unsubscribe" } as const;
  await consentByPerson(world.ports, { profileId, sendId: "none" }, word);
  const { items = [] } = (await timelineView(world.ports, profileId)) ?? {};
  expect(items.filter(({ kind }) => kind === "consent")).toEqual([
    { kind: "consent", at: iso(world.now), actor: "person", ...word },
  ]);
});
