// Guarantees of mails before they are published: tried out in every language, for those we know well and those we do not.
import { beforeAll, describe, expect, test } from "vitest";
import { CAMPAIGN, LAYOUT, problemsIn, sections, TEMPLATE } from "./a-folder.ts";

beforeAll(() => import("../../shared/authoring/compile-mjml.ts"));

const OTHER = `campaign: bought
title: Bought
on: { event: purchase.completed }
steps: [{ id: thank, send: greeting }]
`;
const inFrench = async (content: string, changes: Parameters<typeof problemsIn>[0] = {}) => {
  const problems = await problemsIn({ "templates/greeting/fr.mjml": sections(content), ...changes });
  return problems.map((problem) => problem.replace("marketing/templates/greeting/", ""));
};

describe("variables", () => {
  test("what is known and guarded is fine", async () => {
    const mail =
      "{% if profile.firstName %}{{ profile.firstName }}{% endif %}{{ profile.country | default: '' }}{{ event.source | default: '' }} {{ event.type }}";
    expect(await inFrench(mail)).toEqual([]);
  });

  test("a trait that may be missing is a warning", async () => {
    expect(await inFrench("Bonjour {{ profile.firstName }}")).toEqual([
      'fr.mjml:2:23: warning: profile.firstName may be missing, and then this mail cannot be written; guard it with {% if profile.firstName %}, or give it a default: {{ profile.firstName | default: "..." }}',
    ]);
  });

  test("a property that the event may come without is a warning, unless the trigger asks for it", async () => {
    const warning =
      'fr.mjml:2:15: warning: event.source may be missing, and then this mail cannot be written; guard it with {% if event.source %}, or give it a default: {{ event.source | default: "..." }}';
    const sentOn = (on: string) =>
      inFrench("{{ event.source }}", {
        "campaigns/hello.yaml": CAMPAIGN.replace("event: lead.created", `event: lead.created\n  ${on}`),
      });
    expect(await inFrench("{{ event.source }}")).toEqual([warning]);
    expect(await inFrench("{% if event.source %}{{ event.source }}{% endif %}")).toEqual([]);
    expect(await sentOn("key: source")).toEqual([]);
    expect(await sentOn("where: { property: source, eq: fair }")).toEqual([]);
    expect(await sentOn("where: { all: [{ property: source, startsWith: f }] }")).toEqual([]);
    expect(await sentOn("where: { any: [{ property: source, eq: fair }, { trait: country, eq: FR }] }")).toEqual([
      warning,
    ]);
    expect(await sentOn("where: { property: source, exists: false }")).toEqual([warning]);
  });

  test("what Relance's own events always say is there", async () => {
    const risk = { "campaigns/hello.yaml": CAMPAIGN.replace("lead.created", "churn_risk.detected") };
    expect(await inFrench("{{ event.silentDays }}", risk)).toEqual([]);
    const birthday = { "campaigns/hello.yaml": CAMPAIGN.replace("lead.created", "birthday.reached") };
    expect(await inFrench("{{ event.age }}", birthday)).toEqual([expect.stringContaining("event.age may be missing")]);
  });

  test("a trait nobody knows is an error where the mail needs it, a warning where it is guarded", async () => {
    expect(await inFrench("Bonjour {{ profile.fristName }}")).toEqual([
      "fr.mjml:2:23: profile.fristName has no value: no such trait is known, so the mail could not be written; guard it with {% if profile.fristName %}, or declare it in facts.yaml under traits",
    ]);
    expect(await inFrench("{% if profile.fristName %}x{% endif %}")).toEqual([
      "fr.mjml:2:18: warning: profile.fristName is no trait that is known; did you mean firstName? Otherwise declare it in facts.yaml under traits",
    ]);
  });

  test("a property that the triggering event does not have, with the campaign that sends the mail", async () => {
    expect(await inFrench("{{ event.amount | money }}")).toEqual([
      "fr.mjml:2:15: event.amount has no value: lead.created is not known to have it, and the campaign hello sends this mail, so the mail could not be written; guard it with {% if event.amount %}, or declare it in facts.yaml under events, lead.created",
    ]);
    expect(await inFrench("{% if event.sorce %}x{% endif %}")).toEqual([
      "fr.mjml:2:18: warning: event.sorce is not known: this mail is sent by hello on lead.created; did you mean source? Otherwise declare it in facts.yaml under events, lead.created",
    ]);
  });

  test("a mail of two campaigns may guard what only one of their events has", async () => {
    const both = { "campaigns/bought.yaml": OTHER };
    expect(await inFrench("{% if event.amount %}{{ event.amount | money }}{% endif %}", both)).toEqual([]);
    expect(await inFrench("{{ event.amount | money }}", both)).toEqual([
      expect.stringContaining(
        "event.amount has no value: lead.created is not known to have it, and the campaign hello",
      ),
    ]);
  });

  test("what facts.yaml declares is known", async () => {
    const facts = { "facts.yaml": "traits: { points: number }\nevents: { lead.created: { form.name: text } }\n" };
    expect(await inFrench("{% if profile.points > 5 %}x{% endif %}", facts)).toEqual([]);
    expect(await inFrench("{{ event.form.name }}", facts)).toEqual([
      expect.stringMatching(/^fr\.mjml:2:15: warning: event\.form\.name may be missing/),
    ]);
    expect(await inFrench("{{ event.form.nam }}", facts)).toEqual([
      expect.stringContaining("fr.mjml:2:15: event.form.nam has no value"),
    ]);
  });

  test("a variable in the subject, the preheader, the text part and the layout is told where it was written", async () => {
    const problems = await inFrench("Bonjour", {
      "templates/greeting/template.yaml": `template: greeting\nsubject:\n  fr: "Salut {{ profile.a }}"\n  en: Hi\npreheader:\n  fr: "x {{ profile.b }}"\n  en: x\n`,
      "templates/greeting/fr.txt": "\n{{ profile.c }} {{ unsubscribeUrl }}",
      "templates/layout.mjml": LAYOUT.replace("Bye", "{{ profile.d }}"),
    });
    expect(problems.map((problem) => problem.split(" has no value")[0])).toEqual([
      "fr.txt:2:4: profile.c",
      "template.yaml:3:17: profile.a",
      "template.yaml:6:13: profile.b",
      expect.stringMatching(/^marketing\/templates\/layout\.mjml:5:\d+: profile\.d$/),
    ]);
  });

  test("a list or an amount that is printed as it is", async () => {
    const both = { "campaigns/hello.yaml": OTHER.replace("bought", "hello") };
    expect(await inFrench("{{ event.amount }}", both)).toContain(
      "fr.mjml:2:12: the mail could not be written: is an amount; print it with | money",
    );
    expect(await inFrench("{{ event.products }}", both)).toContain(
      "fr.mjml:2:12: the mail could not be written: is a list; print its parts",
    );
  });
});

describe("the way out", () => {
  const complaint =
    "a marketing mail must print {{ unsubscribeUrl }} where the reader sees it; put a link here or into templates/layout.mjml";
  const inLayout = (footer: string) =>
    problemsIn({ "templates/layout.mjml": LAYOUT.replace('<a href="{{ unsubscribeUrl }}">Bye</a>', footer) });

  test("one language without it is an error of that language", async () => {
    expect(await inLayout('{% if locale == "fr" %}<a href="{{ unsubscribeUrl }}">Bye</a>{% endif %}')).toEqual([
      `marketing/templates/greeting/en.mjml:1:1: ${complaint}`,
    ]);
  });

  test("a link that only some readers get is none", async () => {
    const footer = '{% if profile.country == "FR" %}<a href="{{ unsubscribeUrl }}">Bye</a>{% endif %}';
    expect(await inLayout(footer)).toHaveLength(2);
  });

  test.each(["consent", "existing-customer", "legitimate-interest"])(
    "a link that is missing on the ground %s alone is missing",
    async (ground) => {
      const footer = `{% if lawfulBasis != "${ground}" %}<a href="{{ unsubscribeUrl }}">Bye</a>{% endif %}`;
      expect((await inLayout(footer)).every((problem) => problem.includes(complaint))).toBe(true);
      expect(await inLayout(footer)).toHaveLength(2);
    },
  );

  test("a foot that only service mails do without is fine", async () => {
    expect(
      await inLayout('{% if lawfulBasis != "service" %}<a href="{{ unsubscribeUrl }}">Bye</a>{% endif %}'),
    ).toEqual([]);
  });

  test.each([
    ["commented out", '<!-- <a href="{{ unsubscribeUrl }}">Bye</a> -->'],
    ["hidden by its style", '<a href="{{ unsubscribeUrl }}" style="display: none">Bye</a>'],
    ["that is invisible", '<a href="{{ unsubscribeUrl }}" style="visibility:hidden">Bye</a>'],
    ["without any size", '<a href="{{ unsubscribeUrl }}" style="font-size: 0px">Bye</a>'],
    ["hidden by the element around it", '<span style="display:none"><a href="{{ unsubscribeUrl }}">Bye</a></span>'],
    ["without anything to click on", '<a href="{{ unsubscribeUrl }}"></a>'],
    ["in another attribute", '<a href="https://shop.example" title="{{ unsubscribeUrl }}">Bye</a>'],
  ])("a link %s is not seen", async (_, footer) => {
    const found = (await inLayout(footer)).filter((problem) => problem.includes(complaint));
    expect(found).toHaveLength(2);
  });

  test("the text part shows the address itself", async () => {
    expect(await problemsIn({ "templates/greeting/en.txt": "Bye" })).toEqual([
      `marketing/templates/greeting/en.txt:1:1: ${complaint}`,
    ]);
  });

  test("a mail that only service campaigns send needs none", async () => {
    const without = { "templates/layout.mjml": LAYOUT.replace('<a href="{{ unsubscribeUrl }}">Bye</a>', "") };
    expect(await problemsIn({ ...without, "campaigns/hello.yaml": `${CAMPAIGN}purpose: service\n` })).toEqual([]);
  });
});

describe("every language is complete", () => {
  test("a preheader in one language only", async () => {
    const template = `${TEMPLATE}preheader:\n  fr: x\n`;
    expect(await inFrench("Bonjour", { "templates/greeting/template.yaml": template })).toEqual([
      "template.yaml:5:1: preheader.en is missing; either every locale has a preheader (fr, en), or none",
    ]);
  });

  test("a subject that would be cut", async () => {
    const template = TEMPLATE.replace("Bonjour", "a".repeat(251));
    expect(await inFrench("Bonjour", { "templates/greeting/template.yaml": template })).toEqual([
      "template.yaml:3:7: subject.fr comes to more than 250 characters, and would be cut; shorten it",
    ]);
    const fits = TEMPLATE.replace("Bonjour", "a".repeat(250));
    expect(await inFrench("Bonjour", { "templates/greeting/template.yaml": fits })).toEqual([]);
  });
});
