// Proves that addresses that are none, addresses written in two ways and variables without a value have one answer each,
// from the event to the ledger.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import { type Links, readLink } from "../../shared/domain/link-token.ts";
import { unsubscribe } from "../../shared/pipeline/preferences.ts";
import { sendsView } from "../../shared/pipeline/views/lists.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { aboutCampaign, shopWith, written } from "../support/explained-shop.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

const HELLO = `
campaign: hello
title: Hello
on: { event: lead.created }
reentry: always
steps:
  - { id: greet, send: greeting }
`;

/** A template that needs a first name, without a guard. */
const greeting = (line: string): Definition => ({
  kind: "template",
  id: "greeting",
  file: "templates/greeting/template.yaml",
  lines: {},
  body: {
    template: "greeting",
    locales: Object.fromEntries(
      ["fr", "en"].map((locale) => [locale, { subject: "Hello", html: `<p>${line}</p>`, text: line }]),
    ),
  },
});

async function open({ line = "Hi", max = 3 }: { line?: string; max?: number } = {}): Promise<MemoryWorld> {
  const settings = { frequencyCap: { marketing: { max, within: "7 days" } } };
  return MemoryWorld.open(await shopWith([written("campaign", HELLO), greeting(line)], settings));
}

/** Somebody says yes and becomes a lead; then everything happens that happens within an hour. */
async function newLead(
  world: MemoryWorld,
  traits: object,
  { user = "u-1", at = START }: { user?: string; at?: Instant } = {},
) {
  const answer = await world.post(identify(at, { user, traits }), consent(at, { user }), lead(at, user));
  await world.advanceTo(at + HOUR_MS);
  return answer;
}

async function sendsOf(world: MemoryWorld) {
  return (await sendsView(world.ports, {}, { limit: 100 })).items;
}

async function clickUnsubscribe(world: MemoryWorld, mail: number): Promise<void> {
  const url = world.mailer.accepted[mail]?.headers["List-Unsubscribe"] ?? "";
  const token = /\/u\/(.+)>/.exec(url)?.[1] ?? "";
  const secret = await world.ports.secrets.get("link");
  const link = readLink(secret, "unsubscribe", { token, now: world.now }) as Links["unsubscribe"] | undefined;
  if (link === undefined) throw new Error(`no link in ${url}`);
  await unsubscribe(world.ports, link);
}

describe("an address that is none", () => {
  test.each([
    "zoe@example.com\r\nBcc: victim@example.com",
    "Zoe\r\nBcc: victim@example.com\r\n\r\n<zoe@example.com>",
    "zoe\u0000@example.com",
    '"zoe muller"@example.com',
    '"zoe@example.com"@evil.example',
    "zoé@example.com",
    "zoe@example.com,victim@example.com",
    "zoe@example.com.",
    "zoe@[192.0.2.1]",
    "zoe@localhost",
    `${"a".repeat(65)}@example.com`,
    "not an address",
    "   ",
  ])("%j: nothing leaves, and the ledger says that there is no address", async (email) => {
    const world = await open();
    await newLead(world, { email });
    expect(world.mailer.accepted).toEqual([]);
    expect(await sendsOf(world)).toMatchObject([{ state: "REFUSED", reason: "no-address" }]);
    const { gatesNow } = await aboutCampaign(world, "hello");
    expect(gatesNow.find(({ gate }) => gate === "address")).toMatchObject({ answer: "refuse", reason: "no-address" });
  });

  test.each([
    ["zoe@münchen.example", "zoe@xn--mnchen-3ya.example"],
    [" Zoe+Shop@EXAMPLE.com\r\n", "zoe+shop@example.com"],
  ])("%j is one, and the mail goes to %s", async (email, to) => {
    const world = await open();
    await newLead(world, { email });
    expect(world.mailer.accepted.map((mail) => mail.to)).toEqual([to]);
  });
});

describe("two profiles of one address", () => {
  const SPELLINGS = ["zoe@münchen.example", "ZOE@xn--mnchen-3ya.example"] as const;

  test("share its cap, however the address is written", async () => {
    const world = await open({ max: 1 });
    await newLead(world, { email: SPELLINGS[0] }, { user: "u-1" });
    await newLead(world, { email: SPELLINGS[1] }, { user: "u-2", at: world.now });
    expect(world.mailer.accepted).toHaveLength(1);
    expect((await sendsOf(world)).map(({ reason }) => reason).filter((reason) => reason !== undefined)).toEqual([
      "frequency-cap",
    ]);
  });

  test("share its opt-out, however the address is written", async () => {
    const world = await open();
    await newLead(world, { email: SPELLINGS[0] }, { user: "u-1" });
    await clickUnsubscribe(world, 0);
    await newLead(world, { email: SPELLINGS[1] }, { user: "u-2", at: world.now });
    expect(world.mailer.accepted).toHaveLength(1);
    expect(await sendsOf(world)).toContainEqual(expect.objectContaining({ state: "REFUSED", reason: "opted-out" }));
  });

  test("share its hard bounce, which names the address as it was written in the mail", async () => {
    const world = await open();
    await newLead(world, { email: SPELLINGS[0] }, { user: "u-1" });
    const [mail] = world.mailer.accepted;
    const timestamp = new Date(world.now).toISOString();
    const tags = { sid: [mail?.tags["sid"] ?? ""], pid: [mail?.tags["pid"] ?? ""] };
    world.queued.feedback.push({
      body: {
        eventType: "Bounce",
        mail: { timestamp, messageId: "m-1", destination: [mail?.to ?? ""], tags },
        bounce: { timestamp, bounceType: "Permanent" },
      },
    });
    await world.settle();
    await newLead(world, { email: SPELLINGS[1] }, { user: "u-2", at: world.now });
    expect(world.mailer.accepted).toHaveLength(1);
    expect(await sendsOf(world)).toContainEqual(expect.objectContaining({ state: "REFUSED", reason: "suppressed" }));
  });

  test("that become due at once get one mail each, and no cap is broken", async () => {
    const world = await open({ max: 3 });
    const people = Array.from({ length: 6 }, (_, index) => `u-${index}`);
    for (const user of people) await world.post(identify(START, { user }), consent(START, { user }), lead(START, user));
    await world.advanceTo(START + DAY_MS);
    expect(world.mailer.accepted).toHaveLength(3);
    expect(new Set(world.mailer.accepted.map(({ tags }) => tags["pid"])).size).toBe(3);
    expect((await sendsOf(world)).filter(({ reason }) => reason === "frequency-cap")).toHaveLength(3);
  });
});

describe("a variable that must have a value", () => {
  test.each([
    ["is null", null],
    ["is empty", ""],
    ["is blank", "  \t "],
    ["is an unbroken blank", "\u00a0"],
    ["is a zero-width sign", "\u200b"],
    ["is a filler", "\u3164"],
    ["is a null byte", "\u0000"],
  ])("and %s: the mail is refused and says which one, in the ledger and in explain", async (_, firstName) => {
    const world = await open({ line: "Hi {{ profile.firstName }}," });
    await newLead(world, { firstName });
    expect(world.mailer.accepted).toEqual([]);
    const refused = {
      state: "REFUSED",
      reason: "not-renderable",
      detail: expect.stringContaining("profile.firstName"),
    };
    expect(await sendsOf(world)).toMatchObject([refused]);
    const { sends, answer } = await aboutCampaign(world, "hello");
    expect(sends).toMatchObject([refused]);
    expect(answer).toContain("profile.firstName");
  });

  test("never leaves a hole: with a name it greets, with a guard it does without", async () => {
    const line = "Hi{% if profile.firstName %} {{ profile.firstName }}{% endif %},";
    const world = await open({ line });
    await newLead(world, { firstName: "\u200b\u00a0" });
    await newLead(world, { firstName: " Zoe" }, { user: "u-2", at: world.now });
    expect(world.mailer.accepted.map(({ text }) => text)).toEqual(["Hi,\n", "Hi  Zoe,\n"]);
  });

  test("and that nobody ever told is named as well", async () => {
    const world = await open({ line: "Hi {{ profile.nickname }}," });
    await newLead(world, {});
    expect(world.mailer.accepted).toEqual([]);
    expect(await sendsOf(world)).toMatchObject([
      { state: "REFUSED", reason: "not-renderable", detail: expect.stringContaining("profile.nickname") },
    ]);
  });

  test("of the event is named as well", async () => {
    const world = await open({ line: "Your order {{ event.order_id }}" });
    await newLead(world, {});
    expect(await sendsOf(world)).toMatchObject([
      { state: "REFUSED", reason: "not-renderable", detail: expect.stringContaining("event.order_id") },
    ]);
  });

  test("gives the address nothing to count: the next mail still fits under the cap", async () => {
    const world = await open({ line: "Hi {{ profile.firstName }},", max: 1 });
    await newLead(world, { firstName: "" });
    await newLead(world, { firstName: "Zoe" }, { at: world.now });
    expect(world.mailer.accepted.map(({ text }) => text)).toEqual(["Hi Zoe,\n"]);
  });
});
