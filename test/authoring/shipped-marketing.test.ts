// Guarantees of the starter set: no problem in it, and every mail of it reads well with and without a first name.
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Marketing, readMarketing } from "../../shared/authoring/read-folder.ts";
import { problemText } from "../../shared/authoring/source-problem.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { type Rendered, type RenderInput, render } from "../../shared/domain/render.ts";
import { settingsSchema } from "../../shared/domain/settings.ts";
import type { Template } from "../../shared/domain/template.ts";

const folder = fileURLToPath(new URL("../../marketing", import.meta.url));
const links = { unsubscribe: "https://example.com/u?p=1&s=2" };
let shipped: Marketing;

beforeAll(async () => {
  shipped = await readMarketing(folder);
});

const events: Record<string, JsonObject> = {
  welcome: { type: "lead.created", source: "fair" },
  upsell: { type: "purchase.completed", category: "books", amount: { amount: 123_450, currency: "EUR" } },
  birthday: { type: "birthday.reached", year: 2026 },
  "win-back": { type: "churn_risk.detected", lastPurchaseAt: "2026-02-28T23:30:00.000Z", silentDays: 122 },
};

function mail(template: string, changes: Partial<RenderInput> = {}): Rendered {
  const body = shipped.definitions.find(({ kind, id }) => kind === "template" && id === template)?.body as Template;
  const settings = settingsSchema.parse(shipped.definitions[0]?.body);
  const event = events[template] ?? {};
  const input = { locale: "fr", timezone: "Europe/Paris", profile: {}, event, shop: settings.shop, links, ...changes };
  const rendered = render(body, input);
  if ("problem" in rendered) throw new Error(`${template}: ${JSON.stringify(rendered.problem)}`);
  return rendered;
}

describe("the starter set", () => {
  test("has no problem", () => {
    expect(shipped.problems.map(problemText)).toEqual([]);
    expect(shipped.definitions.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      "settings settings",
      ...["at-risk", "big-spenders", "first-time-buyers", "lapsed", "leads", "repeat-buyers"].map(
        (id) => `segment ${id}`,
      ),
      ...["birthday", "upsell", "welcome", "win-back"].map((id) => `campaign ${id}`),
      ...["birthday", "upsell", "welcome", "win-back"].map((id) => `template ${id}`),
    ]);
  });

  const all = Object.keys(events).flatMap((template) =>
    ["fr", "en"].flatMap((locale) => [{ firstName: "Zoé" }, {}].map((profile) => ({ template, locale, profile }))),
  );
  test.each(all)("$template reads well in $locale for $profile", ({ template, locale, profile }) => {
    const { subject, html, text } = mail(template, { locale, profile });
    for (const part of [subject, html, text]) {
      expect(part).not.toMatch(/\{\{|\{%|%\}|undefined|null|\[object/);
      expect(part.includes("Zoé")).toBe("firstName" in profile);
    }
    expect(`${subject}\n${text}`).not.toMatch(/ [,.]|,,| {2}/);
    expect(html).toContain('href="https://example.com/u?p=1&amp;s=2"');
    expect(text).toContain("<https://example.com/u?p=1&s=2>");
    expect(text).toContain("12 rue des Lampions, 69001 Lyon");
    expect(html).toContain(`lang="${locale}"`);
    expect(html).not.toMatch(/<img|@import|<link/);
    expect(html.length).toBeLessThan(20_000);
  });

  test("the greeting stands without a name", () => {
    expect(mail("welcome", { profile: { firstName: "Anna" } }).text).toContain("\nBonjour Anna,\n");
    expect(mail("welcome").text).toContain("\nBonjour,\n");
    expect(mail("welcome", { profile: { firstName: "  " } }).text).toContain("\nBonjour,\n");
  });

  test.each([
    ["books", "music"],
    ["music", "games"],
    ["games", "home"],
    ["home", "books"],
    ["garden", "books"],
    [undefined, "books"],
  ])("after %s the upsell shows %s", (category, shown) => {
    const event: JsonObject = {
      type: "purchase.completed",
      order_id: "1",
      ...(category !== undefined && { category }),
    };
    const { html, text, subject } = mail("upsell", { locale: "en", event });
    expect(html).toContain(`href="https://shop.atelier-lumen.example/${shown}"`);
    expect(text).toContain(`<https://shop.atelier-lumen.example/${shown}>`);
    expect(subject).toContain(`our ${shown} shelf`);
  });

  test("amounts and dates are written as the reader writes them", () => {
    expect(mail("upsell").text).toContain("votre commande de 1\u202f234,50\u00a0€.");
    expect(mail("upsell", { locale: "en" }).text).toContain("your order of €1,234.50.");
    expect(mail("win-back").text).toContain("remonte à mars 2026");
    expect(mail("win-back", { timezone: "America/Toronto" }).text).toContain("remonte à février 2026");
  });
});
