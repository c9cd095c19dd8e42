// Guarantees of rendering: nothing of a template or of the data leaves that was not meant to, and faults come back as data.
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../shared/domain/json.ts";
import { type Rendered, type RenderInput, render } from "../../shared/domain/render.ts";
import type { Template } from "../../shared/domain/template.ts";

const shop = { name: "Test & Sons", url: "https://shop.example", postalAddress: "1 Test Street" };
const links = { unsubscribe: "https://example.com/u?p=1&s=2", preferences: "https://example.com/p?p=1&s=2" };
const lawfulBasis = "consent" as const;

function aTemplate(part: Partial<Rendered>): Template {
  return { template: "t", locales: { fr: { subject: "Sujet", html: "<p>a</p>", text: "a", ...part } } };
}

function rendered(part: Partial<Rendered>, changes: Partial<RenderInput> = {}) {
  return render(aTemplate(part), { locale: "fr", profile: {}, event: {}, shop, links, lawfulBasis, ...changes });
}

/** The three parts of a template that prints the same Liquid everywhere. */
function everywhere(liquid: string, changes: Partial<RenderInput> = {}): Rendered {
  const result = rendered({ subject: liquid, html: liquid, text: liquid }, changes);
  if ("problem" in result) throw new Error(JSON.stringify(result.problem));
  return result;
}

const named = (firstName: string): Partial<RenderInput> => ({ profile: { firstName } });
const problemOf = (liquid: string, profile: JsonObject = {}) => {
  const result = rendered({ html: liquid }, { profile });
  return "problem" in result ? result.problem : undefined;
};

const NAUGHTY = [
  "<script>alert(1)</script>",
  "\"><img src=x onerror='alert(1)'>",
  'O\'Neil & "Söhne"',
  "{{ shop.url }}",
  "{% if true %}x{% endif %}",
  "{{ '' | raw }}%}}}",
  "&amp;",
  "__proto__",
  "constructor",
  "null",
  "田中さん",
  "مرحبا",
  "👩‍👩‍👧",
  "Zoe\u0308",
  "$\u007b7*7}",
  "%s%n",
  "a\\b",
];

describe("values", () => {
  test.each(NAUGHTY)("%s is printed as it is, escaped only in HTML", (name) => {
    const { subject, html, text } = everywhere("[{{ profile.firstName }}]", named(name));
    expect(subject).toBe(`[${name}]`);
    expect(text).toBe(`[${name}]\n`);
    const inside = html.slice(1, -1);
    expect(inside).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|#34;|#39;)/);
    const unescaped = inside.replace(/&(amp|lt|gt|#34|#39);/g, (entity) => {
      return { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'" }[entity] ?? entity;
    });
    expect(unescaped).toBe(name);
  });

  test("a link keeps its ampersand in text and is escaped in HTML", () => {
    const { html, text } = everywhere("{{ unsubscribeUrl }}");
    expect(text).toBe("https://example.com/u?p=1&s=2\n");
    expect(html).toBe("https://example.com/u?p=1&amp;s=2");
  });

  test.each(["a\r\nBcc: x@example.com", "a\nb", "a\r", "a\u2028b", "a\u0085b", "a\vb", "a\fb", "a\tb"])(
    "the subject stays one line with %j",
    (name) => {
      const { subject } = everywhere("Hi {{ profile.firstName }}!", named(name));
      expect(subject).not.toMatch(/[\r\n\t\v\f\u0085\u2028\u2029]/);
      expect(subject.startsWith("Hi a")).toBe(true);
    },
  );

  test("control characters and half characters never leave", () => {
    const { subject, html, text } = everywhere("[{{ profile.firstName }}]", named("a\u0000\u0007b\u001b\ud83d"));
    for (const part of [subject, html, text.trim()]) expect(part).toBe("[ab\ufffd]");
  });

  test("marks that turn the reading direction do not enter the subject", () => {
    expect(everywhere("Hi {{ profile.firstName }}", named("\u202egpj.exe")).subject).toBe("Hi gpj.exe");
  });

  test("a very long name does not make a very long subject", () => {
    const { subject } = everywhere("Hi {{ profile.firstName }}", named("👩".repeat(5_000)));
    expect(subject.length).toBeLessThanOrEqual(250);
    expect(subject.isWellFormed()).toBe(true);
    expect(subject.endsWith("…")).toBe(true);
  });

  test.each([
    ["a list", { firstName: ["a"] }],
    ["a group", { firstName: { a: 1 } }],
    ["an amount", { firstName: { amount: 1, currency: "EUR" } }],
  ])("%s is never printed as [object Object]", (_, profile) => {
    expect(problemOf("{{ profile.firstName }}", profile)?.message).toMatch(/^is (a|an) /);
  });
});

describe("missing values", () => {
  test("a missing variable is a problem with its name and place", () => {
    expect(problemOf("a\nb {{ profile.firstName }}")).toEqual({
      part: "html",
      variable: "profile.firstName",
      line: 2,
      column: 6,
      message: "profile.firstName has no value here; guard it with {% if profile.firstName %} or give it a default",
    });
  });

  test.each([[""], ["   "], ["\u00a0"], ["\u0000"], [null]])("%j counts as missing", (firstName) => {
    expect(problemOf("{{ profile.firstName }}", { firstName })?.variable).toBe("profile.firstName");
    expect(
      rendered({ html: "Bonjour{% if profile.firstName %} x{% endif %}," }, { profile: { firstName } }),
    ).toMatchObject({ html: "Bonjour," });
  });

  test("if, unless, case and default see a missing value without complaint", () => {
    const liquid =
      "{% if profile.a %}1{% elsif profile.b == 'x' %}2{% else %}3{% endif %}{% unless profile.a.b %}4{% endunless %}{% case profile.a %}{% when 'x' %}5{% endcase %}{{ profile.a | default: '6' }}";
    expect(everywhere(liquid).subject).toBe("346");
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "constructor.name"])(
    "profile.%s is nothing",
    (name) => {
      expect(problemOf(`{{ profile.${name} }}`)?.variable).toContain("profile.");
      expect(problemOf(`{{ profile.firstName.${name} }}`, { firstName: "a" })?.variable).toContain(
        "profile.firstName.",
      );
    },
  );

  test("what the law wants in every marketing mail must not be empty", () => {
    expect(rendered({}, { links: { ...links, unsubscribe: " " } })).toEqual({
      problem: { variable: "unsubscribeUrl", message: "unsubscribeUrl must not be empty" },
    });
    expect(rendered({}, { shop: { ...shop, postalAddress: "" } })).toMatchObject({
      problem: { variable: "shop.postalAddress" },
    });
  });

  test("the caller chooses what is mandatory", () => {
    expect(rendered({}, { links: { ...links, unsubscribe: "" }, mandatory: [] })).toMatchObject({ subject: "Sujet" });
    expect(rendered({}, { mandatory: ["event.order_id"] })).toMatchObject({ problem: { variable: "event.order_id" } });
  });

  test("an empty subject is a problem", () => {
    expect(rendered({ subject: " {% if profile.a %}x{% endif %} " })).toMatchObject({ problem: { part: "subject" } });
  });
});

describe("templates", () => {
  test.each([
    ["{{ profile.a | nope }}", "unknown filter nope"],
    ["{% nope %}", "unknown tag nope"],
    ["{% raw %}{{ x }}{% endraw %}", "unknown tag raw"],
    ["{% include 'x' %}", "unknown tag include"],
    ["{% render 'x' %}", "unknown tag render"],
    ["{% layout 'x' %}", "unknown tag layout"],
    ["{{ profile.firstName | raw }}", "unknown filter raw"],
    ["{% if profile.a %}", "{% if profile.a %} is not closed; add {% endif %}"],
    ["{{ profile.a", "{{ is not closed; end it with }}"],
    ["{% if profile.a", "{% is not closed; end it with %}"],
    ["{{ profile.a | date: 'big' }}", "date knows the styles long, short, day, month"],
  ])("%s is a problem, not a throw", (liquid, message) => {
    expect(problemOf(liquid, { a: "2026-05-01" })).toMatchObject({ part: "html", message, line: 1 });
  });

  test.each([
    ["a huge range", "{% for i in (1..100000000) %}x{% endfor %}"],
    [
      "ranges in ranges",
      "{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}x{% endfor %}{% endfor %}{% endfor %}",
    ],
    ["doubling", `{% assign a = "xxxxxxxx" %}${"{% assign a = a | append: a %}".repeat(40)}{{ a }}`],
    [
      "lists in lists",
      "{% for a in profile.l %}{% for b in profile.l %}{% for c in profile.l %}{% for d in profile.l %}{% for e in profile.l %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    ],
  ])("too much work ends with a problem: %s", (_, liquid) => {
    const l = Array.from({ length: 200 }, (_item, index) => index);
    expect(problemOf(liquid, { l })?.message).toMatch(/^does too much work/);
  });

  test("a text that is too long to be a template is a problem", () => {
    expect(problemOf("x".repeat(1_000_001))?.message).toMatch(/^does too much work/);
  });

  test("another region of the language serves, another language does not", () => {
    expect(rendered({}, { locale: "fr-CH" })).toMatchObject({ subject: "Sujet" });
    expect(rendered({}, { locale: "de" })).toEqual({
      problem: { message: "the template t has no locale de; it has fr" },
    });
    expect(rendered({}, { locale: "constructor" })).toHaveProperty("problem");
  });

  test("the same template and input give the same mail, and the input stays as it was", () => {
    const template = aTemplate({ html: "{% assign x = profile.l | reverse | join: '-' %}{{ x }}" });
    const input: RenderInput = {
      locale: "fr",
      profile: { l: [1, 2, 3], blank: "" },
      event: {},
      shop,
      links,
      lawfulBasis,
    };
    const before = structuredClone(input);
    expect(render(template, input)).toEqual(render(structuredClone(template), input));
    expect(render(template, input)).toMatchObject({ html: "3-2-1" });
    expect(input).toEqual(before);
  });

  test("more templates than the cache holds still render right", () => {
    for (let index = 0; index < 1_000; index++) {
      expect(rendered({ html: `${index} {{ profile.a }}` }, { profile: { a: "b" } })).toMatchObject({
        html: `${index} b`,
      });
    }
  });
});

describe("filters", () => {
  test.each([
    { locale: "fr", amount: 123_450, currency: "EUR", reads: "1\u202f234,50\u00a0€" },
    { locale: "en", amount: 123_450, currency: "EUR", reads: "€1,234.50" },
    { locale: "fr-CH", amount: 2_990, currency: "CHF", reads: "29.90\u00a0CHF" },
    { locale: "en", amount: 500, currency: "JPY", reads: "¥500" },
    { locale: "en", amount: -1_500, currency: "KWD", reads: "-KWD\u00a01.500" },
  ])("$amount $currency reads $reads in $locale", ({ locale, amount, currency, reads }) => {
    const part = { subject: "{{ profile.a | money }}", html: "a", text: "a" };
    const input = { locale, profile: { a: { amount, currency } }, event: {}, shop, links, lawfulBasis };
    expect(render({ template: "t", locales: { [locale]: part } }, input)).toMatchObject({ subject: reads });
  });

  test.each([["29.90"], [29.9], [{ amount: 1.5, currency: "EUR" }], [{ amount: 1, currency: "nope" }]])(
    "money refuses %j",
    (a) => {
      expect(problemOf("{{ profile.a | money }}", { a })).toHaveProperty("message");
    },
  );

  test.each([
    ["2026-03-01T00:30:00+01:00", "", "1 mars 2026"],
    ["2026-02-28T23:30:00.000Z", "", "1 mars 2026"],
    ["2026-02-28T23:30:00.000Z", ": 'short'", "01/03/2026"],
    ["2026-02-28T23:30:00.000Z", ": 'day'", "dimanche 1 mars"],
    ["2026-02-28T23:30:00.000Z", ": 'month'", "mars 2026"],
    ["1984-02-29", "", "29 février 1984"],
    ["--02-29", "", "29 février"],
  ])("date %s%s reads %s in Paris", (a, style, expected) => {
    expect(everywhere(`{{ profile.a | date${style} }}`, { profile: { a }, timezone: "Europe/Paris" }).subject).toBe(
      expected,
    );
  });

  test("without a known zone dates are those of UTC", () => {
    const input = { profile: { a: "2026-02-28T23:30:00.000Z" } };
    expect(everywhere("{{ profile.a | date }}", input).subject).toBe("28 février 2026");
    expect(everywhere("{{ profile.a | date }}", { ...input, timezone: "Mars/Olympus" }).subject).toBe(
      "28 février 2026",
    );
  });

  test.each(["now", "today", "yesterday", "1234567890", "2026-02-30"])(
    "date refuses %s: a mail does not depend on the clock",
    (a) => {
      expect(problemOf("{{ profile.a | date }}", { a })?.message).toBe(
        "date needs a date such as 2026-05-01 or an ISO instant",
      );
    },
  );
});
