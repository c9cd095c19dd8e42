// Guarantees of templates that loop, allocate or fail: each ends after a counted number of steps, with a reason, as data.
import { describe, expect, test } from "vitest";
import { checkDefinitions } from "../../shared/domain/check-definitions.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { render } from "../../shared/domain/render.ts";
import { problemsIn, sections } from "../authoring/a-folder.ts";

const shop = { name: "Shop", url: "https://shop.example", postalAddress: "1 Test Street" };
const links = { unsubscribe: "https://example.com/u", preferences: "https://example.com/p?p=1&s=2" };
const lawfulBasis = "consent" as const;
const LIST = Array.from({ length: 200 }, (_, index) => index);
const PROFILE: JsonObject = {
  firstName: "Anna",
  many: LIST,
  long: "x".repeat(30_000),
  blanks: `a${" ".repeat(30_000)}b`,
  brackets: "<".repeat(30_000),
  money: { amount: 100, currency: "EUR" },
  nothing: 0,
};

function mail(html: string, profile: JsonObject = PROFILE) {
  return render(
    { template: "t", locales: { en: { subject: "Hi", html, text: html } } },
    { locale: "en", profile, event: {}, shop, links, lawfulBasis },
  );
}
const problemOf = (html: string, profile?: JsonObject) => {
  const result = mail(html, profile);
  return "problem" in result ? result.problem : undefined;
};
const loops = (depth: number, list: string, inside = "x") =>
  Array.from({ length: depth }, (_, n) => `{% for i${n} in ${list} %}`).join("") +
  inside +
  "{% endfor %}".repeat(depth);

describe("too much work", () => {
  test.each([
    ["a huge range", "{% for i in (1..1000000000) %}x{% endfor %}"],
    ["a huge range with nothing inside", "{% for i in (1..1000000000) %}{% endfor %}"],
    ["a huge range of the data", "{% for i in (1..profile.big) %}x{% endfor %}"],
    ["a huge range that is only assigned", "{% assign a = (1..1000000000) %}x"],
    ["nested ranges", loops(3, "(1..1000)")],
    ["nested lists", loops(5, "profile.many")],
    ["nested lists with nothing inside", loops(5, "profile.many", "")],
    ["deeply nested lists", loops(60, "profile.many")],
    ["a loop that works all the time", loops(2, "profile.many", "{% if profile.long contains 'y' %}{% endif %}")],
    ["doubling by append", `{% assign a = "xxxxxxxx" %}${"{% assign a = a | append: a %}".repeat(40)}{{ a }}`],
    ["doubling by prepend", `{% assign a = "xxxxxxxx" %}${"{% assign a = a | prepend: a %}".repeat(40)}{{ a }}`],
    [
      "doubling in a loop",
      `{% assign a = "xxxxxxxx" %}{% for i in profile.many %}{% assign a = a | append: a %}{% endfor %}`,
    ],
    ["a replacement for every sign", "{{ profile.long | replace: 'x', profile.long }}"],
    ["a replacement between all signs", "{{ profile.long | replace: '', profile.long }}"],
    ["a long separator", "{{ profile.many | join: profile.long }}"],
    ["doubling of lists", `{% assign a = profile.many %}${"{% assign a = a | concat: a %}".repeat(40)}x`],
    ["a huge slice", "{{ profile.long | slice: 0, 1000000000 }}"],
    ["a template that is too long", "x".repeat(1_000_001)],
  ])("%s ends with a reason", (_, html) => {
    expect(problemOf(html, { ...PROFILE, big: 1e15 })?.message).toMatch(/^does too much work/);
  });

  test("is counted, so that it ends at the very same step at every run", () => {
    const upTo = (times: number) => loops(1, `(1..${times})`, "{% assign a = 1 %}");
    const passes = (times: number) => problemOf(upTo(times)) === undefined;
    expect([9_990, 10_000].map(passes)).toEqual([true, false]);
    expect([9_990, 10_000].map(passes)).toEqual([true, false]);
  });

  test("leaves room for what mails need", () => {
    const rows = "{{ forloop.index }}. {{ i0 }} {% if i0 == 3 %}three{% else %}other{% endif %}\n";
    expect(problemOf(loops(1, "profile.many", rows))).toBeUndefined();
    expect(problemOf("{{ profile.long | truncate: 100 | upcase }}")).toBeUndefined();
  });

  test.each([
    ["tags that are never closed", "{% if profile.a %}".repeat(20_000)],
    ["tags in tags", `${"{% if profile.firstName %}".repeat(15_000)}x${"{% endif %}".repeat(15_000)}`],
    ["a path without an end", `{{ profile${".a".repeat(200_000)} }}`],
    ["brackets in brackets", `{{ ${"profile[".repeat(50_000)}1${"]".repeat(50_000)} }}`],
    ["filters without an end", `{{ profile.firstName${" | upcase | downcase".repeat(30_000)} }}`],
    ["signs that open and never close", "{{".repeat(200_000)],
    ["tags that open and never close", "{%".repeat(200_000)],
  ])("%s: an answer, not a crash", (_, html) => {
    const result = mail(html);
    if ("problem" in result) expect(result.problem.message).toMatch(/./);
    else expect(result.html).not.toMatch(/\{[{%]/);
  });

  test("long runs of blanks and brackets in the data pass", () => {
    for (const name of ["blanks", "brackets"]) {
      for (const filter of ["strip_html", "strip", "rstrip", "truncatewords: 3", "strip_newlines", "append: ''"]) {
        expect(mail(`[{{ profile.${name} | ${filter} }}]`)).not.toHaveProperty("problem.part");
      }
    }
  });
});

describe("what cannot be done", () => {
  test.each([
    ["including a file", "{% include 'a' %}", "unknown tag include"],
    ["rendering a file", "{% render 'a' %}", "unknown tag render"],
    ["including itself", "{% include 't' %}", "unknown tag include"],
    ["a layout", "{% layout 'a' %}", "unknown tag layout"],
    ["a block", "{% block a %}{% endblock %}", "unknown tag block"],
    ["a capture", "{% capture a %}x{% endcapture %}", "unknown tag capture"],
    ["a table row", "{% tablerow i in profile.many %}{% endtablerow %}", "unknown tag tablerow"],
    ["a counter", "{% increment a %}", "unknown tag increment"],
    ["a cycle", "{% cycle 'a', 'b' %}", "unknown tag cycle"],
    ["tags without signs", "{% liquid\n assign a = 1 %}", "unknown tag liquid"],
    ["printing without escaping", "{{ profile.firstName | raw }}", "unknown filter raw"],
    ["a filter that is not there", "{{ profile.firstName | shout }}", "unknown filter shout"],
    ["a filter that reads a secret", "{{ profile.firstName | json }}", "unknown filter json"],
    ["a sum of money", "{{ profile.firstName | money }}", "money needs an amount with a currency"],
    ["money without its filter", "{{ profile.money }}", "is an amount; print it with | money"],
    ["a date of a name", "{{ profile.firstName | date }}", "date needs a date such as 2026-05-01 or an ISO instant"],
    ["a list", "{{ profile.many }}", "is a list; print its parts"],
    ["a division by zero", "{{ 100 | divided_by: profile.nothing }}", "is no number that can be printed"],
    ["nothing divided by zero", "{{ 0 | divided_by: 0 }}", "is no number that can be printed"],
    ["a rest by zero", "{{ 1 | modulo: 0 }}", "is no number that can be printed"],
    ["a number of a name", "{{ profile.firstName | times: 2 }}", "times needs a number"],
    ["a number by a name", "{{ 2 | plus: profile.firstName }}", "plus needs a number"],
    ["a text of a list", "{{ profile.many | upcase }}", "is a list; print its parts"],
    ["a text of an amount", "{{ profile.money | append: ' EUR' }}", "is an amount; print it with | money"],
    ["a sum with a part of a text", "{{ 'a,b' | split: ',' | first | plus: 1 }}", "plus needs a number"],
  ])("%s is a problem of that mail", (_, html, message) => {
    expect(problemOf(html)).toMatchObject({ part: "html", message, line: 1 });
  });

  test.each([
    "upcase",
    "split: ','",
    "join",
    "first",
    "size",
    "sort",
    "where: 'a', 1",
    "map: 'a'",
    "slice: -9",
    "sum",
    "round",
  ])("%s on any kind of value is text or a problem", (filter) => {
    for (const value of ["Anna", 1, true, LIST, {}, [], [{ a: 1 }], { amount: 1, currency: "EUR" }]) {
      const result = mail(`[{{ profile.value | ${filter} }}]`, { value });
      if ("problem" in result) expect(result.problem.message).toMatch(/./);
      else expect(result.html).not.toMatch(/\[object|undefined|NaN|Infinity|function/i);
    }
  });

  test("half of a character that a filter leaves is none", () => {
    const result = mail("{% assign a = '👩x' | split: '' %}{{ a | first }}|");
    expect("html" in result && result.html.isWellFormed()).toBe(true);
  });
});

describe("before it is published", () => {
  test.each([
    ["a huge range", "{% for i in (1..1000000000) %}x{% endfor %}", "does too much work"],
    ["nested ranges", loops(3, "(1..1000)"), "does too much work"],
    [
      "doubling",
      `{% assign a = "xxxxxxxx" %}${"{% assign a = a | append: a %}".repeat(40)}{{ a }}`,
      "does too much work",
    ],
    ["a division by zero", "{{ 1 | divided_by: 0 }}", "is no number that can be printed"],
    ["a filter that is not there", "{{ profile.firstName | shout }}", "unknown filter shout"],
    ["an include", "{% include 'a' %}", "unknown tag include"],
    ["a loop that is not closed", "{% for i in (1..3) %}x", "is not closed; add {% endfor %}"],
  ])("the folder complains about %s, with file and line", async (_, liquid, message) => {
    const problems = await problemsIn({ "templates/greeting/fr.mjml": sections(liquid) });
    expect(problems.join("\n")).toContain(message);
    expect(problems[0]).toMatch(/^marketing\/templates\/greeting\/fr\.mjml:\d+:\d+: /);
  });

  test.each([
    ["a filter that is not there", "{{ profile.firstName | shout }}", "unknown filter shout"],
    ["an include", "{% include 'a' %}", "unknown tag include"],
    ["a tag that is not closed", "{% if profile.a %}x", "{% if profile.a %} is not closed; add {% endif %}"],
    ["a huge range", "{% for i in (1..1000000000) %}x{% endfor %}", "does too much work ("],
    ["nested ranges", loops(3, "(1..1000)"), "does too much work ("],
  ])("definitions that a machine sends are refused for %s", (_, liquid, message) => {
    const sound = { subject: "Hi", html: "Hi", text: "Hi" };
    for (const part of ["subject", "html", "text"] as const) {
      const body = { template: "t", locales: { en: { ...sound, [part]: liquid } } };
      const template: Definition = { kind: "template", id: "t", body, file: "t.yaml", lines: {} };
      expect(checkDefinitions([template])[0]).toMatchObject({
        kind: "template",
        id: "t",
        path: `locales.en.${part}`,
        message: expect.stringContaining(message),
      });
    }
  });
});
