// Guarantees of the starter set: no problem in it, everything in it is used and explained, and every mail of it reads well
// in both languages, whether much or nothing is known of the reader.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Marketing, readMarketing } from "../../shared/authoring/read-folder.ts";
import { problemText } from "../../shared/authoring/source-problem.ts";
import { runTests } from "../../shared/authoring/tests/run-tests.ts";
import { campaignSchema } from "../../shared/domain/campaign.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { allSteps } from "../../shared/domain/journey.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { type Rendered, type RenderInput, render } from "../../shared/domain/render.ts";
import { settingsSchema } from "../../shared/domain/settings.ts";
import type { Template } from "../../shared/domain/template.ts";

const folder = fileURLToPath(new URL("../../marketing", import.meta.url));
const links = { unsubscribe: "https://example.com/u?p=1&s=2", preferences: "https://example.com/p?p=1&s=2" };
let shipped: Marketing;

beforeAll(async () => {
  shipped = await readMarketing(folder);
});

const ids = (kind: Definition["kind"]) => shipped.definitions.filter((one) => one.kind === kind).map(({ id }) => id);
const campaignsOf = () =>
  shipped.definitions
    .filter(({ kind }) => kind === "campaign")
    .map(({ body, file }) => ({ file, ...campaignSchema.parse(body) }));

const CAMPAIGNS = [
  "abandoned-cart",
  "anniversary",
  "birthday",
  "company-gifts",
  "cross-sell",
  "first-order",
  "newsletter",
  "preferences-link",
  "replenishment",
  "sunset",
  "vip-welcome",
  "welcome",
  "welcome-back",
  "win-back",
];

/** Who sends what, and an event of that campaign that says all it can. */
const cart: JsonObject = { type: "cart.updated", cart_id: "c 1", amount: { amount: 123_450, currency: "EUR" } };
const order: JsonObject = { ...cart, type: "purchase.completed", order_id: "o-1", category: "books" };
const lead: JsonObject = { type: "lead.created", source: "fair" };
const silence: JsonObject = {
  type: "churn_risk.detected",
  lastPurchaseAt: "2026-02-28T23:30:00.000Z",
  silentDays: 122,
};
const events: Record<string, JsonObject> = {
  "abandoned-cart": cart,
  anniversary: { type: "segment.entered", segment: "anniversary" },
  birthday: { type: "birthday.reached", year: 2026 },
  "company-boxes": lead,
  "company-hello": lead,
  "last-call": { type: "segment.entered", segment: "long-lapsed" },
  newsletter: { type: "schedule.occurred", campaign: "newsletter" },
  "preferences-link": { type: "preferences.requested" },
  replenishment: order,
  "shelf-books": order,
  "shelf-games": order,
  "shelf-home": order,
  "shelf-music": order,
  "thank-you": order,
  "vip-welcome": { type: "segment.entered", segment: "big-spenders" },
  welcome: lead,
  "welcome-back": order,
  "welcome-choice": lead,
  "welcome-shipping": lead,
  "win-back": silence,
  "win-back-question": silence,
  "win-back-shipping": silence,
};
const MUCH: JsonObject = { firstName: "Zoé", company: "Cabinet Lemaire", country: "FR", birthday: "1990-05-05" };

function mail(template: string, changes: Partial<RenderInput> = {}): Rendered {
  const body = shipped.definitions.find(({ kind, id }) => kind === "template" && id === template)?.body as Template;
  const settings = settingsSchema.parse(shipped.definitions.find(({ kind }) => kind === "settings")?.body);
  const event = events[template] ?? {};
  const { shop } = settings;
  const known = { locale: "fr", timezone: "Europe/Paris", profile: {}, event, shop, links };
  const input: RenderInput = { ...known, lawfulBasis: "consent", ...changes };
  const rendered = render(body, input);
  if ("problem" in rendered) throw new Error(`${template}: ${JSON.stringify(rendered.problem)}`);
  return rendered;
}

describe("the starter set", () => {
  test("has no problem and no warning", () => {
    expect(shipped.problems.map(problemText)).toEqual([]);
    expect(ids("campaign").toSorted()).toEqual(CAMPAIGNS);
    expect(ids("template").toSorted()).toEqual(Object.keys(events));
  });

  test("sends every template it has, and enters or asks for every segment somewhere", () => {
    const sent = campaignsOf().flatMap(({ steps }) =>
      allSteps(steps, "steps").flatMap(({ step }) => ("send" in step ? step.send : [])),
    );
    expect([...new Set(sent)].toSorted()).toEqual(Object.keys(events));
    const rules = JSON.stringify(shipped.definitions.filter(({ kind }) => kind !== "template").map(({ body }) => body));
    // Shown to marketers in the summary, and to begin with; no campaign needs them.
    const forReading = ["at-risk", "first-time-buyers", "leads", "repeat-buyers"];
    const used = ids("segment").filter(
      (id) => rules.match(new RegExp(`"(inSegment|entered|left|segment)":"${id}"`, "g"))?.length !== 1,
    );
    expect([...used, ...forReading].toSorted()).toEqual(ids("segment"));
  });

  test.each(CAMPAIGNS)("%s says what it is for, and has a test", (id) => {
    const [intent = ""] = readFileSync(join(folder, "campaigns", `${id}.yaml`), "utf8").split("\ncampaign: ");
    const lines = intent.split("\n");
    expect(lines.every((line) => line.startsWith("# "))).toBe(true);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(campaignsOf().find(({ campaign }) => campaign === id)?.description).toMatch(/^.{30,}\.$/);
    expect(existsSync(join(folder, "campaigns", `${id}.test.yaml`))).toBe(true);
  });

  test("keeps what its own tests promise", () => {
    const results = runTests(shipped.tests, shipped.definitions, shipped.facts);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.length).toBeGreaterThan(CAMPAIGNS.length * 2);
  });

  test("only what needs a hand first is paused", () => {
    const paused = campaignsOf().filter(({ status }) => status !== "live");
    expect(paused.map(({ campaign, status }) => [campaign, status])).toEqual([["newsletter", "paused"]]);
  });

  const all = Object.keys(events).flatMap((template) =>
    ["fr", "en"].flatMap((locale) => [MUCH, {}].map((profile) => ({ template, locale, profile }))),
  );
  test.each(all)("$template reads well in $locale for $profile", ({ template, locale, profile }) => {
    for (const event of [events[template] as JsonObject, {}]) {
      const { subject, html, text } = mail(template, { locale, profile, event });
      for (const part of [subject, html, text]) {
        expect(part).not.toMatch(/\{\{|\{%|%\}|undefined|null|\[object/);
      }
      for (const part of [html, text]) expect(part.includes("Zoé")).toBe("firstName" in profile);
      expect(`${subject}\n${text}`).not.toMatch(/ [,.]|,,| {2}/);
      expect(subject.length).toBeLessThanOrEqual(70);
      expect(html).toContain('href="https://example.com/u?p=1&amp;s=2"');
      expect(text).toContain("<https://example.com/u?p=1&s=2>");
      expect(text).toContain("12 rue des Lampions, 69001 Lyon");
      expect(html).toContain(`lang="${locale}"`);
      expect(html).not.toMatch(/<img|@import|<link/);
      expect(html.length).toBeLessThan(20_000);
    }
  });

  test("no two mails have the same subject or preheader", () => {
    for (const locale of ["fr", "en"]) {
      const subjects = Object.keys(events).map((template) => mail(template, { locale }).subject);
      expect(new Set(subjects).size).toBe(subjects.length);
      const openings = Object.keys(events).map(
        (template) => /<div style="display:none[^>]*>([^<]+)</.exec(mail(template, { locale }).html)?.[1],
      );
      expect(openings).not.toContain(undefined);
      expect(new Set(openings).size).toBe(openings.length);
    }
  });

  test("the greeting stands without a name", () => {
    expect(mail("welcome", { profile: { firstName: "Anna" } }).text).toContain("\nBonjour Anna,\n");
    expect(mail("welcome").text).toContain("\nBonjour,\n");
    expect(mail("welcome", { profile: { firstName: "  " } }).text).toContain("\nBonjour,\n");
  });

  test("the button leads back to the very cart", () => {
    expect(mail("abandoned-cart").text).toContain("<https://shop.atelier-lumen.example/panier?id=c+1>");
    expect(mail("abandoned-cart", { event: {} }).text).toContain("<https://shop.atelier-lumen.example/panier>");
  });

  test("amounts and dates are written as the reader writes them", () => {
    expect(mail("shelf-music").text).toContain("votre commande de 1\u202f234,50\u00a0€.");
    expect(mail("abandoned-cart", { locale: "en" }).text).toContain("a cart of €1,234.50,");
    expect(mail("win-back").text).toContain("remonte à mars 2026");
    expect(mail("win-back-question", { timezone: "America/Toronto" }).text).toContain("date de février 2026");
  });
});
