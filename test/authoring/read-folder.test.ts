// Guarantees of reading the marketers' folder: all problems of all files at once, each with file, line and column.
import { describe, expect, test } from "vitest";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import { problemText } from "../../shared/authoring/source-problem.ts";
import { aFolder, CAMPAIGN, compiledBefore, LAYOUT, problemsIn, SETTINGS, sections, TEMPLATE } from "./a-folder.ts";

const inFolder = (changes: Parameters<typeof problemsIn>[0]) => problemsIn(changes, compiledBefore);
const SEGMENT = "segment: leads\ntitle: Leads\nwhere: { did: lead.created }\n";

describe("a sound folder", () => {
  test("has no problem, and its definitions carry file and lines", async () => {
    const { definitions, problems } = await readMarketing(await aFolder(), { cache: compiledBefore });
    expect(problems).toEqual([]);
    expect(definitions.map(({ kind, id, file }) => `${kind} ${id} ${file}`)).toEqual([
      "settings settings relance.yaml",
      "segment leads segments/leads.yaml",
      "campaign hello campaigns/hello.yaml",
      "template greeting templates/greeting/template.yaml",
    ]);
    expect(definitions[2]?.lines["steps[1].send"]).toBe("10:5");
    expect(definitions[3]?.lines["locales.en.subject"]).toBe("4:3");
  });

  test("reads the same with Windows line ends and a byte order mark", async () => {
    const windows = (text: string) => `\ufeff${text.replaceAll("\n", "\r\n")}`;
    const folder = await aFolder({ "campaigns/hello.yaml": windows(CAMPAIGN), "relance.yaml": windows(SETTINGS) });
    const plain = await readMarketing(await aFolder(), { cache: compiledBefore });
    expect(await readMarketing(folder, { cache: compiledBefore })).toEqual(plain);
  });

  test("may hold notes, hidden files and tests of campaigns", async () => {
    const extra = {
      "README.md": "x",
      ".DS_Store": "x",
      ".git/config.yaml": "x",
      "campaigns/hello.test.yaml": "# later\n",
    };
    expect(await inFolder(extra)).toEqual([]);
  });
});

describe("a folder that is not there or not one", () => {
  test("a missing folder is one problem", async () => {
    const { problems } = await readMarketing("/no/such/marketing/");
    expect(problems.map(problemText)).toEqual(["/no/such/marketing:1:1: there is no such folder"]);
  });

  test("an empty folder lacks the settings", async () => {
    const { definitions, problems } = await readMarketing(`${await aFolder({ "empty/.keep": "" })}/empty`, {
      shownAs: "m",
    });
    expect(definitions).toEqual([]);
    expect(problems.map(problemText)).toEqual([
      "m/relance.yaml:1:1: is missing; write the shop's name, sender, locales and time zones into it",
    ]);
  });

  test("a file in its place says so", async () => {
    const { problems } = await readMarketing(`${await aFolder()}/relance.yaml`, { shownAs: "m" });
    expect(problems.map(problemText)).toEqual([
      "m:1:1: is a file; it must be the folder with relance.yaml, segments, campaigns and templates",
    ]);
  });
});

describe("problems of one file", () => {
  test("schema problems stand at the field, all of them", async () => {
    const broken = CAMPAIGN.replace("3 days", "3 dayz").replace("title: Hello\n", "").replace("audience:", "audiance:");
    expect(await inFolder({ "campaigns/hello.yaml": broken })).toEqual([
      "marketing/campaigns/hello.yaml:1:1: title is missing; add title: New customers",
      "marketing/campaigns/hello.yaml:4:1: audiance is not a known field; did you mean audience?",
      "marketing/campaigns/hello.yaml:7:5: steps[0].wait must be a duration such as 3 days or 12 hours, or say what to wait for with one of until, date, event",
    ]);
  });

  test("a condition's problem stands inside the condition", async () => {
    const broken =
      "segment: leads\ntitle: x\nwhere:\n  all:\n    - did: lead.created\n    - trait: country\n      gte: old\n";
    expect(await inFolder({ "segments/leads.yaml": broken })).toEqual([
      'marketing/segments/leads.yaml:7:7: where.all[1].gte must be a number or an amount such as "80 EUR"; dates go under date:',
    ]);
  });

  test("settings: a zone that does not exist, a default that is not supported", async () => {
    expect(await inFolder({ "relance.yaml": SETTINGS.replace("Europe/Paris", "Europe/Pari") })).toEqual([
      "marketing/relance.yaml:7:13: timezone.default must be an IANA time zone such as Europe/Paris; did you mean Europe/Paris?",
    ]);
    expect(await inFolder({ "relance.yaml": SETTINGS.replace("default: fr", "default: de") })).toEqual([
      "marketing/relance.yaml:6:12: locales.default must be one of locales.supported (fr, en)",
    ]);
  });

  test("broken files of several kinds are told together, and cause no others", async () => {
    expect(
      await inFolder({
        "segments/leads.yaml": "segment: leads\ntitle: a\ntitle: b\n",
        "segments/other.yaml": new Uint8Array([0x61, 0xe9, 0x0a]),
        "relance.yaml": "",
      }),
    ).toEqual([
      "marketing/relance.yaml:1:1: is empty; write its fields, or take the file away",
      "marketing/segments/leads.yaml:3:1: this field is written twice; keep one of them",
      "marketing/segments/other.yaml:1:1: is not UTF-8 text; save it with that encoding",
    ]);
  });

  test("a file that would never be read is not passed over", async () => {
    expect(await inFolder({ "segments/foo.yml": SEGMENT, "segment/foo.yaml": SEGMENT })).toEqual([
      "marketing/segment/foo.yaml:1:1: is not read here: Relance reads relance.yaml, facts.yaml, segments/*.yaml, campaigns/*.yaml, templates/<id>/template.yaml, templates/<id>/<locale>.mjml and *.test.yaml; did you mean segments/foo.yaml?",
      "marketing/segments/foo.yml:1:1: is not read: name it .yaml",
    ]);
  });
});

describe("problems between files", () => {
  test("an id used twice", async () => {
    expect(await inFolder({ "segments/more.yaml": SEGMENT })).toEqual([
      "marketing/segments/more.yaml:1:1: segment is leads, which segments/leads.yaml is already; give this one another id",
    ]);
  });

  test("a segment that does not exist, with the one that was meant", async () => {
    expect(
      await inFolder({
        "campaigns/hello.yaml": CAMPAIGN.replace("inSegment: leads", "inSegment: lead"),
        "segments/b.yaml": "segment: b\ntitle: b\nwhere:\n  all:\n    - inSegment: nowhere-at-all\n",
      }),
    ).toEqual([
      "marketing/campaigns/hello.yaml:5:13: audience.inSegment names the segment lead, which does not exist; did you mean leads?",
      "marketing/segments/b.yaml:5:7: where.all[0].inSegment names the segment nowhere-at-all, which does not exist; write it in segments/nowhere-at-all.yaml",
    ]);
  });

  test("a template that does not exist", async () => {
    expect(await inFolder({ "campaigns/hello.yaml": CAMPAIGN.replace("send: greeting", "send: greting") })).toEqual([
      "marketing/campaigns/hello.yaml:10:5: steps[1].send names the template greting, which does not exist; did you mean greeting?",
    ]);
  });

  test("segments in a circle, at the rule that closes it", async () => {
    expect(
      await inFolder({
        "segments/a.yaml": "segment: a\ntitle: a\nwhere: { inSegment: b }\n",
        "segments/b.yaml": "segment: b\ntitle: b\nwhere:\n  not:\n    inSegment: a\n",
      }),
    ).toEqual([
      "marketing/segments/b.yaml:5:5: where.not.inSegment leads in a circle: a → b → a; a segment cannot depend on itself",
    ]);
  });
});

describe("problems of templates", () => {
  test("a locale without subject, without sections, or that the shop does not speak", async () => {
    expect(
      await inFolder({
        "templates/greeting/template.yaml": TEMPLATE.replace("  en: Hello\n", ""),
        "templates/greeting/en.mjml": undefined,
        "templates/greeting/de.mjml": sections("Guten Tag"),
      }),
    ).toEqual([
      "marketing/templates/greeting/de.mjml:1:1: is never used; relance.yaml supports fr, en",
      "marketing/templates/greeting/en.mjml:1:1: is missing; write the mail's sections in en into it",
      "marketing/templates/greeting/template.yaml:2:1: subject.en is missing; the shop writes in fr, en",
    ]);
  });

  test("a folder without template.yaml, or with the name of another", async () => {
    expect(await inFolder({ "templates/greeting/template.yaml": undefined })).toEqual([
      "marketing/templates/greeting/template.yaml:1:1: is missing; write template: greeting and a subject per locale into it",
    ]);
    expect(
      await inFolder({
        "templates/hi/template.yaml": TEMPLATE,
        "templates/hi/fr.mjml": sections("a"),
        "templates/hi/en.mjml": sections("a"),
      }),
    ).toEqual(["marketing/templates/hi/template.yaml:1:1: template must be hi, the name of its folder"]);
  });

  test("no layout, or one without its marker", async () => {
    expect(await inFolder({ "templates/layout.mjml": undefined })).toEqual([
      "marketing/templates/layout.mjml:1:1: is missing; write the frame of all mails into it: header, <!-- content --> and footer",
    ]);
    expect(await inFolder({ "templates/layout.mjml": LAYOUT.replace("<!-- content -->", "") })).toEqual([
      "marketing/templates/layout.mjml:1:1: needs the line <!-- content --> where the sections of each template go",
    ]);
  });

  test("variables that do not exist, in sections, text, subject, preheader and layout", async () => {
    expect(
      await inFolder({
        "templates/greeting/template.yaml": `template: greeting\nsubject:\n  fr: Bonjour {{ prenom }}\n  en: "Hi {{ profil.firstName }}"\npreheader:\n  fr: a\n  en: '{{ nope }}'\n`,
        "templates/greeting/fr.mjml": sections("{{ profil.firstName }} {{ shop.nme }} {{ event }}"),
        "templates/greeting/fr.txt": "a\nb {{ x.y }} {{ unsubscribeUrl }}",
        "templates/layout.mjml": LAYOUT.replace("shop.postalAddress", "shop.address"),
      }),
    ).toEqual([
      "marketing/templates/greeting/fr.mjml:2:15: profil.firstName is no variable of templates; did you mean profile?",
      "marketing/templates/greeting/fr.mjml:2:38: shop.nme does not exist; of shop there are name, url, postalAddress",
      "marketing/templates/greeting/fr.mjml:2:53: event alone prints nothing; name a field of it such as event.amount",
      "marketing/templates/greeting/fr.txt:2:6: x.y is no variable of templates; there are profile.…, event.…, shop.…, unsubscribeUrl, preferencesUrl, lawfulBasis and locale",
      "marketing/templates/greeting/template.yaml:3:18: prenom is no variable of templates; there are profile.…, event.…, shop.…, unsubscribeUrl, preferencesUrl, lawfulBasis and locale",
      "marketing/templates/greeting/template.yaml:4:14: profil.firstName is no variable of templates; did you mean profile?",
      "marketing/templates/greeting/template.yaml:7:11: nope is no variable of templates; there are profile.…, event.…, shop.…, unsubscribeUrl, preferencesUrl, lawfulBasis and locale",
      "marketing/templates/layout.mjml:5:79: shop.address does not exist; of shop there are name, url, postalAddress",
    ]);
  });

  test.each([
    ["an unknown filter", "a\n {{ profile.firstName | upcse }}", "3:2: unknown filter upcse; did you mean upcase?"],
    ["an open tag", "{% if profile.a %}a", "2:12: {% if profile.a %} is not closed; add {% endif %}"],
    ["an open output", "{{ profile.a }", "2:12: {{ is not closed; end it with }}"],
    ["the raw tag", "{% raw %}{{ x }}{% endraw %}", "2:12: unknown tag raw"],
    ["an include", "{% include 'x' %}", "2:12: unknown tag include"],
    [
      "an unknown date style",
      "{{ event.a | date: 'big' }}",
      "2:23: date knows the styles long, short, day, month, not big",
    ],
    [
      "a brace too few",
      "{ profile.firstName }}",
      "2:32: }} closes nothing; write {{ variable }} or {% tag %}, with two signs on both sides",
    ],
  ])("Liquid: %s", async (_, content, problem) => {
    const problems = await inFolder({ "templates/greeting/fr.mjml": sections(content) });
    expect(problems).toEqual([`marketing/templates/greeting/fr.mjml:${problem}`]);
  });

  test("what is commented out is not checked", async () => {
    expect(await inFolder({ "templates/greeting/fr.mjml": sections("<!-- {{ nope }} {% if -->Bonjour") })).toEqual([]);
  });
});
