// Guarantees of names that are attacks, jokes or foreign: through the whole flow and every shipped mail, they arrive as text.
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { readLiquid } from "../../shared/domain/liquid.ts";
import { type Rendered, render } from "../../shared/domain/render.ts";
import type { Settings } from "../../shared/domain/settings.ts";
import type { Template } from "../../shared/domain/template.ts";
import type { Item, Mail } from "../../shared/pipeline/ports.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { ILL_FORMED, NAUGHTY } from "../support/naughty-strings.ts";

const FOLDER = fileURLToPath(new URL("../../marketing", import.meta.url));
const amount = { amount: 8_000, currency: "EUR" };
const lastPurchaseAt = "2026-01-05T10:00:00.000Z";
const SIGNS: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** One event starts a few campaigns at once, not all of them. */
const eventOf = (index: number) => `names.tried_${Math.floor(index / 7)}`;

let definitions: Definition[];
let templates: Template[];
let shop: Settings["shop"];
/** Names of the traits and properties that the shipped mails print or ask for. */
let used: Record<"profile" | "event", string[]>;

/** The shipped templates, all sent by three events. */
beforeAll(async () => {
  const shipped = (await readMarketing(FOLDER)).definitions;
  const own = shipped.filter(({ kind }) => kind === "template");
  templates = own.map(({ body }) => body as Template);
  const settings = shipped.find(({ kind }) => kind === "settings") as Definition;
  shop = (settings.body as Settings).shop;
  // Links that lead over us would not read as they were written.
  const capped = { ...settings.body, clickTracking: false, frequencyCap: { marketing: { max: 50, within: "1 day" } } };
  const campaigns = templates.map(({ template }, index): Definition => {
    const campaign = `all-${template}`;
    const steps = [{ id: "say", send: template }];
    const body = { campaign, title: template, on: { event: eventOf(index) }, steps };
    return { kind: "campaign", id: campaign, body, file: `${campaign}.yaml`, lines: {} };
  });
  definitions = [{ ...settings, body: capped }, ...own, ...campaigns];
  const texts = templates.flatMap(({ locales }) =>
    Object.values(locales).flatMap(({ html, subject }) => [html, subject]),
  );
  const paths = texts.flatMap((text) => {
    const read = readLiquid(text);
    return "variables" in read ? read.variables.map(({ path }) => path) : [];
  });
  const namesOf = (root: string) => [
    ...new Set(paths.filter(([first]) => first === root).map(([, name = ""]) => name)),
  ];
  used = { profile: namesOf("profile"), event: namesOf("event") };
});

type Person = { user: string; traits: JsonObject; properties: JsonObject };

/** Everything that one world did for some people: the mails by address and template, and what the ledger says. */
async function everyMailFor(people: Person[]) {
  const world = await MemoryWorld.open(definitions);
  const rejected: unknown[] = [];
  for (const { user, traits, properties } of people) {
    const timestamp = iso(world.now);
    const who = { email: `${user}@example.com`, consent: { marketing: "granted" } };
    const events = [...new Set(templates.map((_, index) => eventOf(index)))];
    for (const call of [
      { type: "identify", userId: user, messageId: `i-${user}`, timestamp, traits: { ...traits, ...who } },
      ...events.map((event) => {
        return { type: "track", event, userId: user, messageId: `${event}-${user}`, timestamp, properties };
      }),
    ]) {
      rejected.push(...(await world.post(call)).rejected);
      await world.settle();
    }
  }
  // Many mails to one address at once get into each other's way: those go when the due index hands them out again.
  await world.advanceTo(world.now + HOUR_MS);
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await world.table.scan({ segment: 0, segments: 1, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  const sends = items.filter(({ sk }) => sk.startsWith("SEND#")).map((item) => readSend(item));
  return { world, sends, rejected, events: world.queued.events.length };
}

/** What a reader may see of a text: line breaks of one kind, nothing that controls a terminal or turns the direction. */
function shown(text: string): string | undefined {
  const kept = [...text.toWellFormed().replace(/\r\n?/g, "\n")].filter((sign) => {
    const code = sign.codePointAt(0) as number;
    if (code === 0x9 || code === 0xa || code === 0x85) return true;
    return !(
      code < 0x20 ||
      (code > 0x7e && code < 0xa0) ||
      (code > 0x2029 && code < 0x202f) ||
      (code > 0x2065 && code < 0x206a)
    );
  });
  const visible = kept.some(
    (sign) => !/^[\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]$/u.test(sign) || /\p{Co}|\p{Cn}/u.test(sign),
  );
  return visible ? kept.join("") : undefined;
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => SIGNS[sign] as string);
const blanksAsOne = (text: string) => text.replace(/[\s\u0085]+/g, " ").trim();

/** The mail as it would be with a plain word in each place, and the words then replaced by what must stand there. */
function expectedMail(
  mail: Mail,
  { template, locale, person }: { template: Template; locale: string; person: Person },
): Rendered {
  const unsubscribe = (mail.headers["List-Unsubscribe"] ?? "").slice(1, -1);
  const preferences = /https:\/\/relance\.example\/p\/[\w.-]+/.exec(mail.html)?.[0] ?? "";
  const marks = new Map<string, string>();
  const marked = (fields: JsonObject, root: string) =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]): [string, Json][] => {
        if (typeof value !== "string" || value === lastPurchaseAt) return [[name, value]];
        const visible = shown(value);
        if (visible === undefined) return [];
        marks.set(
          `Q${root}${name.replace(/\W/g, "")}Q`,
          name === "cart_id" ? encodeURIComponent(visible).replace(/%20/g, "+") : visible,
        );
        return [[name, `Q${root}${name.replace(/\W/g, "")}Q`]];
      }),
    ) as JsonObject;
  const plain = render(template, {
    locale,
    profile: marked(person.traits, "trait"),
    event: { ...marked(person.properties, "property"), type: "names.tried" },
    shop,
    links: { unsubscribe, preferences },
    lawfulBasis: "consent",
    timezone: "Europe/Paris",
  });
  if ("problem" in plain) throw new Error(JSON.stringify(plain.problem));
  const filled = (text: string, as: (value: string) => string) =>
    [...marks].reduce((all, [mark, value]) => all.replaceAll(mark, () => as(value)), text);
  const same = (value: string) => value;
  return { subject: filled(plain.subject, same), html: filled(plain.html, escaped), text: filled(plain.text, same) };
}

function checkHeaders(mail: Mail): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  expect(mail.subject).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  expect(mail.subject.length).toBeLessThanOrEqual(250);
  for (const one of [mail.to, mail.from, ...Object.entries({ ...mail.headers, ...mail.tags }).flat()]) {
    expect(one).toMatch(/^[\x20-\x7e]+$/);
  }
  for (const part of [mail.subject, mail.html, mail.text]) expect(part.isWellFormed()).toBe(true);
}

const wellTyped = (text: string): JsonObject =>
  Object.fromEntries(used.event.filter((name) => name !== "type").map((name) => [name, text])) satisfies JsonObject;

describe("a naughty name", () => {
  test.each(Object.keys(NAUGHTY))("%s: in every text of every shipped mail it is the text it is", async (kind) => {
    const people = (NAUGHTY[kind] as string[]).map((text, index): Person => {
      const traits = Object.fromEntries(used.profile.map((name) => [name, text]));
      const locale = index % 2 === 0 ? "fr" : "en";
      return {
        user: `${kind}-${index}`,
        traits: { ...traits, locale },
        properties: { ...wellTyped(text), amount, lastPurchaseAt },
      };
    });
    const { world, sends, rejected } = await everyMailFor(people);
    expect(rejected).toEqual([]);
    expect(sends).toHaveLength(people.length * templates.length);
    expect(sends.map(({ ledger }) => ledger).filter(({ state }) => state !== "SENT")).toEqual([]);
    for (const mail of world.mailer.accepted) {
      checkHeaders(mail);
      const send = sends.find(({ send: { id } }) => id === mail.sendId)?.send;
      const person = people.find(({ user }) => mail.to === `${user}@example.com`) as Person;
      const template = templates.find((one) => one.template === send?.template) as Template;
      const expected = expectedMail(mail, { template, locale: person.traits["locale"] as string, person });
      expect(mail.html).toBe(expected.html);
      expect(blanksAsOne(mail.text)).toBe(blanksAsOne(expected.text));
      const subject = blanksAsOne(expected.subject);
      if (subject.length <= 250) expect(mail.subject.replace(/\s+/g, " ")).toBe(subject);
      else expect(mail.subject.endsWith("…") || mail.subject.length <= 250).toBe(true);
    }
  });

  test.each(Object.keys(NAUGHTY))(
    "%s: in any trait and property, each mail leaves or is refused with a reason",
    async (kind) => {
      const people = (NAUGHTY[kind] as string[]).map((text, index): Person => {
        const names = [...used.profile, "locale", "timezone", "country", "birthday", "__proto__", "constructor"];
        const traits = Object.fromEntries(names.map((name) => [name, text]));
        return { user: `any-${index}`, traits, properties: { ...wellTyped(text), constructor: text } };
      });
      const { world, sends, rejected } = await everyMailFor(people);
      expect(rejected).toEqual([]);
      expect(world.queued.rejected).toEqual([]);
      expect(sends).toHaveLength(people.length * templates.length);
      for (const { ledger } of sends) {
        if (ledger.state === "SENT") continue;
        expect(ledger).toMatchObject({
          state: "REFUSED",
          reason: "not-renderable",
          detail: expect.stringMatching(/^(html|text|subject): ./),
        });
      }
      for (const mail of world.mailer.accepted) checkHeaders(mail);
      expect(sends.filter(({ ledger }) => ledger.state === "SENT")).toHaveLength(world.mailer.accepted.length);
    },
  );

  test.each(ILL_FORMED)("%j is refused at the door, with its field", async (text) => {
    const { world, sends, rejected } = await everyMailFor([
      { user: "half", traits: { firstName: text }, properties: {} },
    ]);
    const told = JSON.stringify([rejected, world.queued.rejected]);
    expect(told).toContain("traits.firstName");
    for (const mail of world.mailer.accepted) checkHeaders(mail);
    expect(sends.every(({ ledger }) => ledger.state === "SENT" || ledger.state === "REFUSED")).toBe(true);
  });
});
