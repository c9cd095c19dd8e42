// Guarantees of compiling templates: nothing MJML would drop in silence is dropped, and what was compiled is not compiled again.
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type CompiledTemplate, sourceHash } from "../../shared/authoring/compiled-cache.ts";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import type { Template } from "../../shared/domain/template.ts";
import { aFolder, CAMPAIGN, LAYOUT, problemsIn, sections, TEMPLATE } from "./a-folder.ts";

const inFrench = async (mjml: string) => {
  const problems = await problemsIn({ "templates/greeting/fr.mjml": mjml });
  return problems.map((problem) => problem.replace("marketing/templates/greeting/", ""));
};

beforeAll(() => import("../../shared/authoring/compile-mjml.ts"));

describe("MJML", () => {
  test.each([
    [
      "an unknown element",
      "<mj-section>\n  <mj-colum><mj-text>a</mj-text></mj-colum></mj-section>",
      ["2:3: <mj-colum> is no element of MJML; did you mean <mj-column>?"],
    ],
    [
      "an unknown attribute",
      '<mj-section>\n <mj-column>\n<mj-text\n  colr="red">a</mj-text></mj-column></mj-section>',
      ["3:1: colr is no attribute of <mj-text>; did you mean color?"],
    ],
    [
      "an element that is not closed",
      "<mj-section>\n  <mj-column><mj-text>a</mj-column></mj-section>",
      ["2:14: <mj-text> is not closed; add </mj-text>, or write <mj-text /> when it is empty"],
    ],
    [
      "a stray end",
      "<mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section></mj-section>",
      ["1:69: </mj-section> closes nothing that is open"],
    ],
    [
      "text between elements",
      "Bonjour\n<mj-section />",
      ["1:1: text between MJML elements is lost; put it into an <mj-text>"],
    ],
    [
      "an include",
      '<mj-include path="x" />',
      [
        "1:1: <mj-include> is not followed; write the sections here, and what all mails share into templates/layout.mjml",
      ],
    ],
    [
      "a frame of its own",
      "<mjml></mjml>",
      ["1:1: <mjml> stands in templates/layout.mjml; this file holds the sections only"],
    ],
    [
      "Liquid between elements",
      "<mj-section><mj-column>\n  {% if profile.a %}<mj-text>a</mj-text>{% endif %}</mj-column></mj-section>",
      [
        "2:3: Liquid between MJML elements is lost; write <mj-raw>{% if … %}</mj-raw>, or put it into an <mj-text>",
        "2:41: Liquid between MJML elements is lost; write <mj-raw>{% if … %}</mj-raw>, or put it into an <mj-text>",
      ],
    ],
  ])("%s is a problem with its line", async (_, mjml, problems) => {
    expect(await inFrench(mjml)).toEqual(problems.map((problem) => `fr.mjml:${problem}`));
  });

  test("a fault of the layout is told once, in the layout", async () => {
    const layout = LAYOUT.replace("<mj-section>", '<mj-section colr="a">');
    expect(await problemsIn({ "templates/layout.mjml": layout })).toEqual([
      "marketing/templates/layout.mjml:5:5: colr is no attribute of <mj-section>; did you mean color?",
    ]);
  });

  test("Liquid inside <mj-raw>, attributes and comparisons survives", async () => {
    const mjml = `<mj-raw>{% if profile.country < 3 %}</mj-raw><mj-section><mj-column><mj-button href="{{ shop.url }}/{{ event.source | default: '' }}">a &amp; b</mj-button></mj-column></mj-section><mj-raw>{% endif %}</mj-raw>`;
    expect(await inFrench(mjml)).toEqual([]);
  });
});

describe("the way out", () => {
  const without = { "templates/layout.mjml": LAYOUT.replace("{{ unsubscribeUrl }}", "https://shop.example") };
  const complaint =
    "a marketing mail must print {{ unsubscribeUrl }} where the reader sees it; put a link here or into templates/layout.mjml";

  test("a marketing template without it is a problem in each locale", async () => {
    expect(await problemsIn(without)).toEqual([
      `marketing/templates/greeting/en.mjml:1:1: ${complaint}`,
      `marketing/templates/greeting/fr.mjml:1:1: ${complaint}`,
    ]);
  });

  test("a text part of its own needs it too", async () => {
    expect(await problemsIn({ "templates/greeting/fr.txt": "Bonjour" })).toEqual([
      `marketing/templates/greeting/fr.txt:1:1: ${complaint}`,
    ]);
  });

  test("a service mail needs none", async () => {
    expect(await problemsIn({ ...without, "campaigns/hello.yaml": `${CAMPAIGN}purpose: service\n` })).toEqual([]);
  });
});

describe("what comes out", () => {
  const bodyOf = async (changes: Parameters<typeof aFolder>[0]) => {
    const { definitions } = await readMarketing(await aFolder(changes));
    return definitions.find(({ kind }) => kind === "template")?.body as Template;
  };

  test("the preheader is escaped and its Liquid kept; the text part does not repeat it", async () => {
    const preheader = `preheader:\n  fr: "a < b & {{ profile.country | default: 'c' }}"\n  en: b\n`;
    const { fr } = (await bodyOf({ "templates/greeting/template.yaml": TEMPLATE + preheader })).locales;
    expect(fr?.html).toContain("a &lt; b &amp; {{ profile.country | default: 'c' }}</div>");
    expect(fr?.text).not.toContain("a < b");
  });

  test("the derived text keeps headings as written, paragraphs apart and links readable", async () => {
    const mjml = sections(
      '<h1>Bonne fête</h1></mj-text><mj-text>Un</mj-text><mj-text>Deux <a href="{{ shop.url }}">ici</a>',
    );
    const { fr } = (await bodyOf({ "templates/greeting/fr.mjml": mjml })).locales;
    expect(fr?.text).toBe(
      "Bonne fête\n\nUn\n\nDeux ici <{{ shop.url }}>\n\nBye <{{ unsubscribeUrl }}> {{ shop.postalAddress }}\n",
    );
  });

  test("a text file takes the place of the derived text", async () => {
    const { fr } = (await bodyOf({ "templates/greeting/fr.txt": "Salut {{ unsubscribeUrl }}\n" })).locales;
    expect(fr?.text).toBe("Salut {{ unsubscribeUrl }}\n");
  });

  test("no font and nothing else is fetched from outside", async () => {
    const { fr } = (await bodyOf({})).locales;
    expect(fr?.html).not.toMatch(/fonts\.googleapis|@import|<link/);
  });
});

describe("the cache", () => {
  test("everything compiled is offered, and with it the same definitions come back", async () => {
    const kept = new Map<string, CompiledTemplate>();
    const asked: string[] = [];
    const cache = {
      get: async (hash: string) => {
        asked.push(hash);
        return kept.get(hash);
      },
      put: async (hash: string, compiled: CompiledTemplate) => void kept.set(hash, compiled),
    };
    const folder = await aFolder();
    const first = await readMarketing(folder, { cache });
    expect(kept.size).toBe(2);
    for (const compiled of kept.values()) Object.freeze(compiled);
    expect(await readMarketing(folder, { cache })).toEqual(first);
    expect(asked.slice(2)).toEqual([...kept.keys()]);
  });

  test("the key names the versions of the compilers that are installed", async () => {
    const version = async (name: string) =>
      JSON.parse(await readFile(new URL(`../../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
    const source = await readFile(new URL("../../shared/authoring/compiled-cache.ts", import.meta.url), "utf8");
    expect(source).toContain(`"mjml ${await version("mjml")}, html-to-text ${await version("html-to-text")}, `);
    expect(sourceHash("a")).not.toBe(sourceHash("b"));
  });
});
