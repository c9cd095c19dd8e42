// Guarantees of what is told of mails: others hear of it when it is written, rules that ask for it apply it once, no mail
// causes itself over and over, and nobody comes back by it.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { builtInFacts, propertiesOf } from "../../shared/domain/known-facts.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { profileKey, profileListPks, profilePk } from "../../shared/pipeline/keys.ts";
import type { Mail } from "../../shared/pipeline/ports.ts";
import { readLife } from "../../shared/pipeline/recorded-life.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { type SendRecord, sendItem } from "../../shared/pipeline/records/send-record.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, NO_CAP, sendsIn, states } from "../support/sending.ts";
import { bounceOf, sesWord, subscriptionOf } from "../support/ses-words.ts";
import { leadShop, type ShopParts, shopDefinitions } from "../support/shop-definitions.ts";

const AT = START + MINUTE_MS;

/** What SES tells of a mail that left. */
const of = ({ to, tags }: Mail, type: string, part: JsonObject = {}): JsonObject =>
  sesWord({ type, to: [to], sid: tags["sid"] as string, pid: tags["pid"] as string, acceptedAt: START, part });
const delivered = (mail: Mail, at = AT) =>
  of(mail, "Delivery", { delivery: { timestamp: iso(at), recipients: [mail.to] } });
const bounced = (mail: Mail, type = "Permanent") =>
  of(mail, "Bounce", bounceOf(type, "General", { at: AT, of: [mail.to] }));

const take = (world: MemoryWorld, ...bodies: JsonObject[]) =>
  takeFeedback(
    world.ports,
    bodies.map((body, index) => ({ id: String(index), body, receiveCount: 1 })),
  );
const lastMail = (world: MemoryWorld) => world.mailer.accepted.at(-1) as Mail;
const told = (world: MemoryWorld) => world.published.filter(({ type }) => type.startsWith("email."));

/** One lead was greeted, an hour ago. */
async function greeted(campaigns: Record<string, JsonObject> = {}, parts: ShopParts = {}): Promise<MemoryWorld> {
  const shop = leadShop({ welcome: {}, ...campaigns }, { ...NO_CAP, ...parts.settings });
  const segments = shopDefinitions(parts).filter(({ kind }) => kind === "segment");
  const world = await MemoryWorld.open([...shop, ...segments]);
  await leads(world, 1);
  await world.settle();
  expect(world.mailer.accepted).toHaveLength(1);
  world.now = START + HOUR_MS;
  return world;
}

const own = (changes: JsonObject): Record<string, JsonObject> => ({ answer: { reentry: "always", ...changes } });

describe("news of a mail", () => {
  test("name the mail, and are told by nobody but Relance", async () => {
    const world = await greeted();
    const mail = lastMail(world);
    await take(world, delivered(mail), bounced(mail, "Transient"), bounced(mail));
    const about = { campaign: "welcome", step: "say", sendId: mail.sendId, template: "mail" };
    const profileId = mail.tags["pid"];
    const one = (id: string, properties: object) => ({ profileId, id, occurredAt: iso(AT), properties });
    expect(told(world)).toEqual([
      { source: "relance", type: "email.delivered", at: world.now, detail: one(`${mail.sendId}/delivery`, about) },
      {
        ...{ source: "relance", type: "email.bounced", at: world.now },
        detail: one(`${mail.sendId}/soft-bounce`, { ...about, kind: "soft" }),
      },
      {
        ...{ source: "relance", type: "email.bounced", at: world.now },
        detail: one(`${mail.sendId}/bounce`, { ...about, kind: "hard" }),
      },
    ]);
    expect(world.queued.events).toEqual([]);
    for (const { type, detail } of told(world)) {
      const known = Object.keys(propertiesOf(builtInFacts, type) ?? {});
      expect(Object.keys(detail["properties"] as object).sort()).toEqual(known.sort());
    }
  });

  test.each([
    ["Complaint", { complaint: { timestamp: iso(AT) } }, "email.complained"],
    ["Reject", { reject: { reason: "Bad content" } }, "email.rejected"],
    ["Rendering Failure", { failure: { errorMessage: "x", templateName: "y" } }, "email.rejected"],
    ["DeliveryDelay", { deliveryDelay: { timestamp: iso(AT), delayType: "MailboxFull" } }, "email.delayed"],
    ["Open", { open: { timestamp: iso(AT) } }, "email.opened"],
    ["Subscription", subscriptionOf(AT, { all: true }), "email.unsubscribed"],
    ["Send", { send: {} }, undefined],
    ["Click", { click: { timestamp: iso(AT), link: "https://shop.example/" } }, undefined],
  ])("of %s are of the right type", async (type, part, news) => {
    const consent = { basis: { "open-tracking": { default: "legitimate-interest" } } };
    const world = await greeted({}, { settings: { consent } });
    await take(world, of(lastMail(world), type, part));
    expect(told(world).map((entry) => entry.type)).toEqual(news === undefined ? [] : [news]);
  });

  test("come only after the address and the send are written", async () => {
    const world = await greeted();
    const mail = lastMail(world);
    const publish = world.ports.bus.publish.bind(world.ports.bus);
    let written: object | undefined;
    world.ports.bus.publish = async (entries) => {
      written = (await loadAddress(world.ports, mail.to)).address.suppressions;
      return publish(entries);
    };
    await take(world, bounced(mail));
    expect(written).toEqual({ bounce: AT });
    const { write } = world.table;
    world.table.write = async (one) => {
      if ("put" in one && one.put.sk.startsWith("SEND#")) throw new Error("out of reach");
      return write.call(world.table, one);
    };
    expect(await take(world, delivered(mail))).toEqual(["0"]);
    expect(told(world)).toHaveLength(1);
  });

  test("are no reason to hear feedback again where the bus does not answer", async () => {
    const world = await greeted();
    world.ports.bus.publish = async () => {
      throw new Error("out of reach");
    };
    expect(await take(world, delivered(lastMail(world)))).toEqual([]);
  });
});

describe("a rule that asks for news of mails", () => {
  const BOUNCED = { did: "email.bounced", where: { property: "kind", eq: "soft" }, atLeast: 1 };

  test("counts a bounce once, however often it is heard, and also when the rules were out of reach at first", async () => {
    const world = await greeted({}, { segments: { unreachable: BOUNCED } });
    const mail = lastMail(world);
    const { send } = world.ports.queues.events;
    world.ports.queues.events.send = async () => {
      throw new Error("out of reach");
    };
    expect(await take(world, bounced(mail, "Transient"))).toEqual(["0"]);
    world.ports.queues.events.send = send;
    for (let n = 0; n < 3; n++) expect(await take(world, bounced(mail, "Transient"))).toEqual([]);
    await world.settle();
    const entered = world.published.filter(({ type }) => type === "segment.entered");
    expect(entered.map(({ detail }) => detail["segment"])).toEqual(["unreachable"]);
    const { items } = await world.table.query({ pk: profilePk(mail.tags["pid"] as string), prefix: "EVENT#" });
    expect(items.filter((item) => item["type"] === "email.bounced")).toHaveLength(1);
  });

  test("starts a campaign, whose mail names what it is about", async () => {
    const world = await greeted(
      own({ on: { event: "email.bounced", where: { property: "campaign", eq: "welcome" } }, purpose: "service" }),
    );
    await take(world, bounced(lastMail(world), "Transient"));
    await world.settle();
    expect(await states(world)).toEqual({ "answer SENT": 1, "welcome SENT": 1 });
  });

  test("finds them in a life that is lived again, unlike what follows from other events", async () => {
    const unreachable = { unreachable: BOUNCED };
    const world = await greeted(own({ on: { entered: "unreachable" } }), { segments: unreachable });
    await take(world, bounced(lastMail(world), "Transient"));
    await world.settle();
    const { life } = await readLife(world.table, lastMail(world).tags["pid"] as string, START);
    const types = life.events.map(({ type }) => type);
    expect(types).toEqual(["profile.identified", "profile.identified", "lead.created", "email.bounced"]);
  });

  test("that nobody publishes any more changes nothing: the news are left to others", async () => {
    const world = await greeted();
    await take(world, delivered(lastMail(world)));
    expect(world.queued.events).toEqual([]);
    expect(told(world)).toHaveLength(1);
  });
});

describe("a service mail that was sent once more, and arrived twice", () => {
  const twice = {
    unreachable: { did: "email.delivered", atLeast: 2 },
    reached: { did: "email.delivered", atLeast: 1 },
  };

  test.each([
    ["in order", 1],
    ["the later one first", -1],
  ])("is one delivery, heard %s and again", async (_, order) => {
    const world = await greeted({ welcome: { purpose: "service" } }, { segments: twice });
    const mail = lastMail(world);
    const [stored] = await sendsIn(world);
    const { send, ledger } = stored as SendRecord;
    const resent = { ...ledger, state: "UNKNOWN" as const, resent: true as const, attempts: 2 };
    await world.table.write({ put: sendItem(stored as SendRecord, resent) });
    const words = [delivered(mail, AT), delivered(mail, AT + 6 * MINUTE_MS)].map((word, index) => ({
      ...word,
      mail: { ...(word["mail"] as JsonObject), messageId: `m-${index}` },
    }));
    const heard = order === 1 ? words : words.toReversed();
    for (const word of [...heard, ...heard]) {
      expect(await take(world, word)).toEqual([]);
      await world.settle();
    }
    const entered = world.published.filter(({ type }) => type === "segment.entered");
    expect(entered.map(({ detail }) => detail["segment"])).toEqual(["reached"]);
    const { items } = await world.table.query({ pk: profilePk(send.profileId), prefix: "EVENT#" });
    expect(items.filter((item) => item["type"] === "email.delivered")).toHaveLength(1);
    expect(new Set(told(world).map(({ detail }) => detail["id"])).size).toBe(1);
    // Who is told the later one first hears of the earlier one once: the fact is of that instant from then on.
    const instants = [...new Set(told(world).map(({ detail }) => detail["occurredAt"]))];
    expect(instants).toEqual((order === 1 ? [AT] : [AT + 6 * MINUTE_MS, AT]).map(iso));
  });
});

describe("a mail that is answered by a mail", () => {
  /** Everything that left is delivered, again and again. */
  async function deliverAll(world: MemoryWorld): Promise<void> {
    for (let heard = 0, round = 0; heard < world.mailer.accepted.length && round < 20; round++) {
      const mails = world.mailer.accepted.slice(heard);
      heard = world.mailer.accepted.length;
      world.now += HOUR_MS;
      await take(world, ...mails.map((mail) => delivered(mail, world.now - MINUTE_MS)));
      await world.advanceTo(world.now);
    }
  }

  test("does not answer itself", async () => {
    const world = await greeted(own({ on: { event: "email.delivered" } }));
    await deliverAll(world);
    expect(await states(world)).toEqual({ "answer SENT": 1, "welcome SENT": 1 });
    const last = told(world).at(-1)?.detail;
    expect(last).toMatchObject({ hops: 1, behind: ["email.delivered of welcome"] });
  });

  test("does not answer itself by way of an event that its steps emit, or of a segment", async () => {
    const emitting = await greeted({
      teller: { on: { event: "email.delivered" }, reentry: "always", steps: [{ id: "tell", emit: "mail.arrived" }] },
      ...own({ on: { event: "mail.arrived" } }),
    });
    await deliverAll(emitting);
    expect((await states(emitting))["answer SENT"]).toBe(1);
    const odd = [1, 3, 5, 7, 9].map((exactly) => ({ did: "email.delivered", exactly }));
    const flipping = await greeted(
      { ...own({ on: { entered: "odd" } }), back: { on: { left: "odd" }, reentry: "always" } },
      { segments: { odd: { any: odd } } },
    );
    await deliverAll(flipping);
    expect(await states(flipping)).toEqual({ "welcome SENT": 1, "answer SENT": 1, "back SENT": 1 });
  });

  test("of two campaigns that answer each other ends after each spoke once", async () => {
    const world = await greeted({
      ping: {
        on: { event: "email.delivered", where: { property: "campaign", in: ["welcome", "pong"] } },
        reentry: "always",
      },
      pong: { on: { event: "email.delivered", where: { property: "campaign", eq: "ping" } }, reentry: "always" },
    });
    await deliverAll(world);
    expect(await states(world)).toEqual({ "welcome SENT": 1, "ping SENT": 1, "pong SENT": 1 });
  });

  test("of a long row of campaigns ends after eight", async () => {
    const row = Array.from({ length: 12 }, (_, index) => `c-${index}`);
    const after = (index: number) => ({
      property: "campaign",
      eq: index === 0 ? "welcome" : (row[index - 1] as string),
    });
    const world = await greeted(
      Object.fromEntries(row.map((id, index) => [id, { on: { event: "email.delivered", where: after(index) } }])),
    );
    await deliverAll(world);
    expect(Object.keys(await states(world))).toHaveLength(9);
    expect(world.queued.rejected).toEqual([]);
  });
});

describe("news of somebody who is gone", () => {
  test("bring nobody back, and the address is closed all the same", async () => {
    const world = await greeted(own({ on: { event: "email.bounced" } }));
    const mail = lastMail(world);
    const profileId = (await findProfile(world.ports, "u-1")) as string;
    await take(world, bounced(mail));
    await world.table.write({ delete: profileKey(profileId) });
    const { items } = await world.table.query({ pk: profilePk(profileId), prefix: "STATE#" });
    for (const { pk, sk } of items) await world.table.write({ delete: { pk, sk } });
    await world.settle();
    expect(await world.table.get(profileKey(profileId))).toBeUndefined();
    const listed = await Promise.all(profileListPks.map((pk) => world.table.queryIndex("list", { pk })));
    expect(listed.flatMap((page) => page.items)).toEqual([]);
    expect(world.queued.rejected).toEqual([]);
    expect((await loadAddress(world.ports, mail.to)).address.suppressions).toEqual({ bounce: AT });
  });

  test("of long ago change history only: no campaign starts by it", async () => {
    const world = await greeted(own({ on: { event: "email.delivered" } }));
    world.now = START + 10 * DAY_MS;
    await take(world, delivered(lastMail(world)));
    await world.settle();
    expect(await states(world)).toEqual({ "welcome SENT": 1 });
  });
});
