// Guarantees of clicks in mails: a link leads where it was signed to, a person's click is told once, a machine's never.
import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { type Links, signLink } from "../../shared/domain/link-token.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { openClick, recordClick } from "../../shared/pipeline/click.ts";
import { ConditionFailed, Unavailable } from "../../shared/pipeline/faults.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { addressKeyOf, sendKey } from "../../shared/pipeline/keys.ts";
import { loadAddressAt } from "../../shared/pipeline/records/address-record.ts";
import { sendItem } from "../../shared/pipeline/records/send-record.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, NO_CAP, sendsIn } from "../support/sending.ts";
import { shopDefinitions } from "../support/shop-definitions.ts";

const SHOP = "https://shop.example";
const HTML = `<body><a href="${SHOP}/a">A</a> <a href="${SHOP}/b">B</a> <a href="${SHOP}/c">C</a> <a href="{{ unsubscribeUrl }}">no</a></body>`;
const TEMPLATE = { template: "mail", locales: { en: { subject: "Hello", html: HTML, text: `A: ${SHOP}/a` } } };
const hello: JsonObject & { campaign: string } = {
  campaign: "hello",
  on: { event: "lead.created" },
  reentry: "always",
};
const thanks: JsonObject & { campaign: string } = {
  campaign: "thanks",
  on: { event: "email.clicked", where: { property: "url", endsWith: "/a" } },
  reentry: "always",
};

function aShop(campaigns = [hello], settings: JsonObject = {}) {
  const definitions = shopDefinitions({ campaigns, settings: { ...NO_CAP, ...settings } });
  return [
    ...definitions.filter(({ kind }) => kind !== "template"),
    { kind: "template" as const, id: "mail", file: "mail", lines: {}, body: TEMPLATE },
  ];
}

let world: MemoryWorld;
/** What the links of the first mail stand for. */
let links: { a: Links["click"]; b: Links["click"]; c: Links["click"]; trap: Links["click"] };

async function open(definitions = aShop()) {
  world = await MemoryWorld.open(definitions);
  await leads(world, 1);
  await world.settle();
  world.now = START + HOUR_MS;
  const found = await linksOf(world.mailer.accepted[0]?.html ?? "");
  const to = (url: string) => found.find((link) => link.url === url && !link.isTrap) as Links["click"];
  const trap = found.find(({ isTrap }) => isTrap) as Links["click"];
  links = { a: to(`${SHOP}/a`), b: to(`${SHOP}/b`), c: to(`${SHOP}/c`), trap };
}

async function linksOf(html: string): Promise<Links["click"][]> {
  const tokens = [...html.matchAll(/https:\/\/relance\.example\/c\/([^"]+)"/g)].map(([, token]) => token as string);
  return Promise.all(tokens.map(async (token) => (await openClick(world.ports, token)) as Links["click"]));
}

const click = (link: Links["click"], { isScanner = false } = {}) => recordClick(world.ports, link, isScanner);
const theSend = async () => (await sendsIn(world)).find(({ send }) => send.campaign === "hello");
const feedbackOf = async () => (await theSend())?.ledger.feedback;
const waitingClicks = () => world.queued.feedback.splice(0).map(({ body }) => body);
const settle = (bodies: Json[]) =>
  takeFeedback(
    world.ports,
    bodies.map((body, index) => ({ id: String(index), body, receiveCount: 1 })),
  );
const told = () => world.published.filter(({ type }) => type === "email.clicked");
const lastActAt = async () => {
  const { ledger } = (await theSend()) ?? {};
  return (await loadAddressAt(world.ports, addressKeyOf(ledger?.address ?? ""))).address.lastActAt;
};
/** Has everything that waits happen, ten minutes later. */
async function tenMinutesLater(clicks = waitingClicks()) {
  world.now += 10 * MINUTE_MS;
  expect(await settle(clicks)).toEqual([]);
}

beforeEach(() => open());

describe("the links of a mail", () => {
  test("lead over us in the HTML of marketing, to their own address; in the text they stand as they are", () => {
    const [mail] = world.mailer.accepted;
    expect(links.a.url).toBe(`${SHOP}/a`);
    expect(links.trap).toMatchObject({ url: SHOP, isTrap: true });
    expect(mail?.html).toContain(`<a href="https://relance.example/u/`);
    expect(mail?.text).toContain(`A: ${SHOP}/a`);
  });

  test("lead over us to the shop and to what its template names, never to where only an event says", async () => {
    const hosts = [
      "https://www.shop.example",
      "https://partner.example",
      "https://evil.example",
      "https://notshop.example",
    ];
    const html = `<body><a href="https://partner.example/a">P</a>${hosts.map((_, n) => `<a href="{{ event.link${n} }}">x</a>`).join("")}</body>`;
    const body = { template: "mail", locales: { en: { subject: "Hello", html, text: "x" } } };
    world = await MemoryWorld.open(aShop().map((one) => (one.kind === "template" ? { ...one, body } : one)));
    const properties = Object.fromEntries(hosts.map((host, n) => [`link${n}`, `${host}/x`]));
    await world.post(identify(START), consent(START), { ...lead(START), properties });
    await world.settle();
    const sent = world.mailer.accepted[0]?.html ?? "";
    expect((await linksOf(sent)).map(({ url }) => url)).toEqual([
      "https://partner.example/a",
      "https://www.shop.example/x",
      "https://partner.example/x",
      SHOP,
    ]);
    for (const host of hosts.slice(2)) expect(sent).toContain(`<a href="${host}/x">`);
  });

  test.each([
    ["of service mails", aShop([{ ...hello, purpose: "service" }])],
    ["of a shop that does not want to know", aShop([hello], { clickTracking: false })],
  ])("%s are the shop's own", async (_, definitions) => {
    await open(definitions);
    const [mail] = world.mailer.accepted;
    expect(mail?.html).toContain(`<a href="${SHOP}/a">`);
    expect(mail?.html).not.toContain("/c/");
  });

  test("are ours alone: forged, cut, of another use or another key they are none", async () => {
    const secret = await world.ports.secrets.get("link");
    const { profileId, sendId, url } = links.a;
    const token = signLink(secret, "click", { profileId, sendId, url });
    expect(await openClick(world.ports, token)).toEqual({ profileId, sendId, url });
    const [id, , signature] = token.split(".");
    const elsewhere = Buffer.from(JSON.stringify({ profileId, sendId, url: "https://evil.example" })).toString(
      "base64url",
    );
    const forged = [
      "",
      "x",
      SHOP,
      token.slice(0, -1),
      `${token}.`,
      `${id}.${elsewhere}.${signature}`,
      signLink("another-key-another-key-another-key", "click", { profileId, sendId, url }),
      signLink(secret, "unsubscribe", { profileId, sendId, purpose: "marketing" }),
      signLink(secret, "preferences", { profileId, sendId, expiresAt: world.now + DAY_MS }),
    ];
    for (const one of forged) expect(await openClick(world.ports, one)).toBeUndefined();
  });
});

describe("a person's click", () => {
  test("is on the ledger at once, and told ten minutes later with what it was on", async () => {
    await click(links.a);
    expect(await feedbackOf()).toMatchObject({ click: START + HOUR_MS });
    expect(told()).toEqual([]);
    await tenMinutesLater();
    const { profileId, sendId } = links.a;
    const properties = { url: `${SHOP}/a`, campaign: "hello", step: "say", sendId, template: "mail" };
    expect(told()).toMatchObject([{ source: "relance", detail: { profileId, properties } }]);
    expect(told()[0]?.detail).toMatchObject({ occurredAt: "2026-03-02T09:00:00.000Z" });
    expect(await lastActAt()).toBe(START + HOUR_MS);
  });

  test("waits as long as it may turn out to be a machine's", async () => {
    const delays: (number | undefined)[] = [];
    const { feedback } = world.ports.queues;
    world.ports.queues.feedback = { send: async (all) => delays.push(...all.map(({ delayMs }) => delayMs)) as never };
    await click(links.a);
    world.ports.queues.feedback = feedback;
    expect(delays).toEqual([10 * MINUTE_MS]);
  });

  test("heard of again changes nothing, and is the same news", async () => {
    await click(links.a);
    const waiting = waitingClicks();
    await tenMinutesLater(waiting);
    const before = await theSend();
    await tenMinutesLater([...waiting, ...waiting]);
    expect(await theSend()).toEqual(before);
    expect(new Set(told().map(({ detail }) => detail["id"])).size).toBe(1);
  });

  test("starts a campaign that asks for it, once, and counts in its conditions", async () => {
    await open(aShop([hello, thanks]));
    await click(links.b);
    await tenMinutesLater();
    await world.settle();
    expect(world.mailer.accepted).toHaveLength(1);
    await click(links.a);
    const waiting = waitingClicks();
    await tenMinutesLater([...waiting, ...waiting]);
    await world.settle();
    expect((await sendsIn(world)).map(({ send, ledger }) => `${send.campaign} ${ledger.state}`).sort()).toEqual([
      "hello SENT",
      "thanks SENT",
    ]);
  });

  test("in the mail that a click brought starts another campaign, and not the same one for ever", async () => {
    const more = {
      ...thanks,
      campaign: "more",
      on: { event: "email.clicked", where: { property: "campaign", eq: "thanks" } },
    };
    await open(aShop([hello, thanks, more]));
    await click(links.a);
    await tenMinutesLater();
    await world.settle();
    for (let mail = 1; mail < world.mailer.accepted.length && mail < 9; mail++) {
      world.now += HOUR_MS;
      const [again] = await linksOf(world.mailer.accepted[mail]?.html ?? "");
      await click(again as Links["click"]);
      await tenMinutesLater();
      await world.settle();
    }
    const campaigns = (await sendsIn(world)).sort((a, b) => a.send.intendedAt - b.send.intendedAt);
    expect(campaigns.map(({ send }) => send.campaign)).toEqual(["hello", "thanks", "more"]);
  });

  test("lets a rule ask for who clicked and who did not", async () => {
    const where = { did: "email.clicked", within: "30 days" };
    await publish(world.ports, [
      ...aShop(),
      ...shopDefinitions({ segments: { readers: where } }).filter(({ kind }) => kind === "segment"),
    ]);
    await click(links.a);
    await tenMinutesLater();
    await world.settle();
    const members = world.published.filter(({ type }) => type === "segment.entered");
    expect(members).toMatchObject([{ detail: { segment: "readers" } }]);
  });
});

describe("a machine's click", () => {
  test.each<[string, () => Promise<unknown>]>([
    ["of a scanner that says so", () => click(links.a, { isScanner: true })],
    ["on the link no person sees", () => click(links.trap)],
    [
      "within two seconds of the mail",
      () => {
        world.now = START + 1_999;
        return click(links.a);
      },
    ],
  ])("%s is counted apart, and told to nobody", async (_, machine) => {
    await machine();
    expect(waitingClicks()).toEqual([]);
    expect(Object.keys((await feedbackOf()) ?? {})).toEqual(["machine-click"]);
    expect(await lastActAt()).toBeUndefined();
  });

  test.each<[string, () => Promise<unknown>[]]>([
    ["three links at once", () => [click(links.a), click(links.b), click(links.c)]],
    ["the link no person sees, last of all", () => [click(links.a), click(links.trap)]],
    ["the link no person sees, first of all", () => [click(links.trap), click(links.a)]],
  ])("is taken back when it turns out to be one: %s", async (_, clicks) => {
    await Promise.all(clicks());
    expect(Object.keys((await feedbackOf()) ?? {})).toEqual(["machine-click"]);
    await tenMinutesLater();
    expect(told()).toEqual([]);
    expect(await lastActAt()).toBeUndefined();
  });

  test("takes nothing from a person's, half an hour later", async () => {
    await click(links.trap);
    world.now += 30 * MINUTE_MS;
    await click(links.a);
    await tenMinutesLater();
    expect(told()).toHaveLength(1);
    expect(await feedbackOf()).toEqual({ click: START + HOUR_MS + 30 * MINUTE_MS, "machine-click": START + HOUR_MS });
  });
});

describe("whatever else happens", () => {
  test("a mail that is gone changes nothing, and stays gone", async () => {
    await click(links.a);
    await world.table.write({ delete: sendKey(links.a.profileId, links.a.sendId) });
    await tenMinutesLater();
    await click(links.b);
    expect(waitingClicks()).toEqual([]);
    expect(told()).toEqual([]);
    expect(await theSend()).toBeUndefined();
  });

  test("a mail whose leaving is not written down yet keeps its ledger for the mailer's answer, and the click for later", async () => {
    const record = await theSend();
    if (record === undefined) throw new Error("no mail left");
    const { feedback: _, ...ledger } = record.ledger;
    const claimed = { ...record, ledger: { ...ledger, state: "CLAIMED" as const } };
    await world.table.write({ put: sendItem(record, claimed.ledger, START + DAY_MS) });
    await click(links.a);
    expect((await theSend())?.ledger).toEqual(claimed.ledger);
    await world.table.write({ put: sendItem({ ...record, version: record.version + 1 }, record.ledger) });
    await tenMinutesLater();
    expect(await feedbackOf()).toMatchObject({ click: START + HOUR_MS });
    expect(told()).toHaveLength(1);
  });

  test("a click that cannot be told comes again, and is told then", async () => {
    await click(links.a);
    const waiting = waitingClicks();
    const { get } = world.table;
    world.table.get = async () => Promise.reject(new Unavailable("The table"));
    expect(await settle(waiting)).toEqual(["0"]);
    world.table.get = get;
    await tenMinutesLater(waiting);
    expect(told()).toHaveLength(1);
  });

  test("a click that could not be put before the queue counts when it is made again soon after", async () => {
    const { send } = world.ports.queues.feedback;
    world.ports.queues.feedback.send = async () => Promise.reject(new Unavailable("The queue"));
    await expect(click(links.a)).rejects.toThrow(Unavailable);
    world.ports.queues.feedback.send = send;
    world.now += MINUTE_MS;
    await click(links.a);
    await tenMinutesLater();
    expect(told()).toHaveLength(1);
  });

  test("somebody else's write of the same ledger is kept", async () => {
    const { write } = world.table;
    let met = 0;
    world.table.write = async (one) => {
      if (met++ === 0) throw new ConditionFailed();
      return write.call(world.table, one);
    };
    await click(links.a);
    world.table.write = write;
    expect(await feedbackOf()).toMatchObject({ click: START + HOUR_MS });
  });

  test("a link that somebody asks for all the time is one click an hour, and nothing is written for the others", async () => {
    const before = (await theSend())?.version ?? 0;
    for (let n = 0; n < 130; n++) {
      await click(links.a);
      world.now += MINUTE_MS / 2;
      await click(links.a);
      world.now += MINUTE_MS / 2;
    }
    expect(waitingClicks()).toHaveLength(3);
    expect((await theSend())?.version).toBe(before + 3);
  });

  test("no more than twenty clicks of a mail are kept", async () => {
    for (let n = 0; n < 40; n++) {
      world.now += HOUR_MS;
      await click(links.a);
    }
    expect((await theSend())?.ledger.clicks?.length).toBeLessThanOrEqual(20);
  });
});
