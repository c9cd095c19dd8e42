// Guarantees of counted links: they lead exactly where the mail's own links led, and nowhere a mail did not ask for.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostsNamedIn, withTrackedLinks } from "../../shared/domain/tracked-links.ts";
import { NAUGHTY } from "../support/naughty-strings.ts";

const BASE = "https://relance.example";
const SHOP = "https://shop.example";
const PREFIX = `${BASE}/c/`;

/** A token that can be read: the link itself. */
const sign = (link: object) => encodeURIComponent(JSON.stringify(link));
const tracked = (html: string, trapUrl = SHOP) =>
  withTrackedLinks(html, { base: BASE, trapUrl, mayLeadTo: () => true, sign });
const HREF = /<a\b[^>]*?\shref\s*=\s*"https:\/\/relance\.example\/c\/([^"]*)"[^>]*>/gi;
const linksIn = (html: string): { url: string; isTrap?: true }[] =>
  [...html.matchAll(HREF)].map(([, token]) => JSON.parse(decodeURIComponent(token as string)));
/** Where the links of a mail lead that a person sees. */
const targetsIn = (html: string) => linksIn(html).flatMap(({ url, isTrap }) => (isTrap ? [] : [url]));
const targetOf = (href: string) => targetsIn(tracked(`<p><a href="${href}">x</a></p>`));

describe("a link", () => {
  test("keeps everything around its address", () => {
    const html = `<p>1 < 2 <a class="b" href="${SHOP}/a" title="a > b">go</a> there</p>`;
    expect(tracked(html)).toContain(
      `<p>1 < 2 <a class="b" href="${PREFIX}${sign({ url: `${SHOP}/a` })}" title="a > b">go</a> there</p>`,
    );
  });

  test.each([
    ["in single quotes", `<a href='${SHOP}/a'>x</a>`],
    ["without quotes", `<a href=${SHOP}/a>x</a>`],
    ["in capitals", `<A HREF="${SHOP}/a">x</A>`],
    ["spread over lines", `<a\n  id="x"\n  href = "${SHOP}/a"\n>x</a>`],
    ["with blanks around", `<a href=" ${SHOP}/a\n">x</a>`],
    ["said twice, of which the first counts", `<a href="${SHOP}/a" href="https://second.example">x</a>`],
    ["behind a comment that ends at once", `<!--[if !mso]><!--><a href="${SHOP}/a">x</a><!--<![endif]-->`],
    ["behind a value that looks like a tag", `<img alt="<style>"><a href="${SHOP}/a">x</a>`],
    ["behind a style", `<style>a > b { content: "<a>" }</style><a href="${SHOP}/a">x</a>`],
  ])("is counted %s", (_, html) => {
    expect(targetsIn(tracked(html))).toEqual([`${SHOP}/a`]);
  });

  test.each([
    ["a parameter", "/?a=1&amp;b=2", "/?a=1&b=2"],
    ["a parameter whose & was not written out", "/?a=1&b=2", "/?a=1&b=2"],
    ["a parameter with the name of an entity", "/?a=1&copy=2&amp=3", "/?a=1&copy=2&amp=3"],
    ["numbers for signs", "/?a=1&#38;b=&#x32;", "/?a=1&b=2"],
    ["an entity written out twice", "/?a=&amp;amp;", "/?a=&amp;"],
    ["quotes", "/?a=&#34;&quot;&#39;&apos;", "/?a=%22%22%27%27"],
    ["signs beyond ASCII", "/été?q=café", "/%C3%A9t%C3%A9?q=caf%C3%A9"],
    ["blanks and tags", "/a b?c=&lt;i&gt;", "/a%20b?c=%3Ci%3E"],
    ["a place in the page", "/a#top", "/a#top"],
    ["nothing after the name", "", ""],
  ])("leads to the same address with %s", (_, href, target) => {
    expect(targetOf(SHOP + href)).toEqual([SHOP + target]);
  });

  test("of another alphabet leads to its name in ASCII", () => {
    expect(targetOf("https://bücher.example/a")).toEqual(["https://xn--bcher-kva.example/a"]);
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#115;cript:alert(1)",
    "&#1;javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/a",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "https://shop.example@evil.example/",
    "https://shop.example:secret@evil.example/",
    "https://",
    "https://exa mple.example/",
    "https://shop.example&newline;.evil.example/",
    "http&colon;//evil.example/",
    `https://shop.example/${"a".repeat(2_000)}`,
    "mailto:anna@shop.example",
    "tel:+33123456789",
    "#top",
    "",
    "/relative",
    "relative",
  ])("stays as it is: %s", (href) => {
    const html = `<p><a href="${href}">x</a></p></body>`;
    expect(targetsIn(tracked(html))).toEqual([]);
    expect(tracked(html)).toContain(`<p><a href="${href}">x</a></p>`);
  });

  test.each([
    ["of ours that says no", `<a href="${BASE}/u/t.t.t">x</a>`],
    ["of ours to the person's choices", `<a href="${BASE}/p/t.t.t">x</a>`],
    ["of ours that asks for a link", `<a href="${BASE}/p">x</a>`],
    ["that asks for it", `<a data-relance="no-track" href="${SHOP}/a">x</a>`],
    ["without an address", `<a name="top">x</a>`],
    ["that is no link of the text", `<link href="${SHOP}/a"><area href="${SHOP}/a"><abbr href="${SHOP}/a">`],
    ["in a comment", `<!-- <a href="${SHOP}/a">x</a> -->`],
    ["in a comment for one program", `<!--[if mso]><a href="${SHOP}/a">x</a><![endif]-->`],
    ["in a value", `<img alt='<a href="${SHOP}/a">'>`],
    ["in a style", `<style>/* <a href="${SHOP}/a"> */</style>`],
    ["behind a quote that is never closed", `<b title="x><a href=${SHOP}/a>x</a>`],
  ])("is not counted %s", (_, html) => {
    expect(targetsIn(tracked(html))).toEqual([]);
    expect(tracked(html)).toContain(html);
  });
});

describe("a host", () => {
  test("that may not be led to keeps its links", () => {
    const html = `<a href="${SHOP}/a">x</a><a href="https://evil.example/a">x</a><a href="${SHOP}:8443/a">x</a>`;
    const mayLeadTo = (host: string) => host === "shop.example";
    expect(targetsIn(withTrackedLinks(html, { base: BASE, trapUrl: SHOP, mayLeadTo, sign }))).toEqual([`${SHOP}/a`]);
  });

  test.each([
    ["a link of its own", "https://Partner.example/a?b={{ event.c }}", ["partner.example"]],
    ["a link with a port", "http://partner.example:8080", ["partner.example:8080"]],
    ["a link in another alphabet", "https://bücher.example#a", ["xn--bcher-kva.example"]],
    ["a variable", "{{ event.url }}", []],
    ["a variable in the place of the host", "https://{{ event.host }}/a", []],
    ["a variable that goes on with the host", "https://partner.example{{ event.rest }}", []],
    ["a variable in a part of the host", "https://{{ event.sub }}.partner.example/a", []],
    ["a tag that may end the host", "https://partner.example{% if event.a %}.evil.example{% endif %}/", []],
    ["a name before the host", "https://partner.example@{{ event.host }}/", []],
  ])("is named by a template with %s: %s", (_, href, hosts) => {
    expect(hostsNamedIn(`<body><a href="${href}">x</a></body>`)).toEqual(hosts);
  });
});

describe("the link no person sees", () => {
  const html = `<html><body><p><a href="${SHOP}/a">x</a></p><!-- </body> --></body></html>`;

  test("stands once at the end, hidden from eyes, screen readers and the keyboard", () => {
    const [trap, ...more] = tracked(html).match(/<a\b[^>]*data-relance="trap"[^>]*>/g) as string[];
    expect(more).toEqual([]);
    expect(trap).toContain('aria-hidden="true"');
    expect(trap).toContain('tabindex="-1"');
    expect(trap).toContain('style="display:none;');
    expect(linksIn(trap as string)).toEqual([{ url: SHOP, isTrap: true }]);
    expect(tracked(html)).toContain(`<!-- </body> -->${trap}</a></body></html>`);
  });

  test("is there in a text without a body too", () => {
    expect(linksIn(tracked("<p>x</p>"))).toEqual([{ url: SHOP, isTrap: true }]);
  });

  test("is not made where the shop has no web address", () => {
    expect(tracked("<p>x</p>", "javascript:alert(1)")).toBe("<p>x</p>");
  });
});

describe("whatever the text is", () => {
  const pieces = fc.constantFrom(
    ...[
      "<a ",
      "<a href=",
      "href='",
      '"',
      "'",
      ">",
      "<",
      "/",
      "=",
      " ",
      "https://shop.example/a",
      "javascript:1",
      "&amp;",
    ],
    ...["<!--", "-->", "</body>", "<style>", "</style>", 'data-relance="no-track"', "\u0000", "é", "//", "<p>", "&#"],
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
    fc
      .constantFrom(...Object.values(NAUGHTY).flat())
      .map((text) => `<p title="${text}"><a href="${text}">${text}</a></p>`),
  );

  test("doing it twice is doing it once", () => {
    fc.assert(
      fc.property(texts, (html) => {
        expect(tracked(tracked(html))).toBe(tracked(html));
      }),
    );
  });

  test("every target is a web address that a header can carry", () => {
    fc.assert(
      fc.property(texts, (html) => {
        for (const target of targetsIn(tracked(html))) expect(target).toMatch(/^https?:\/\/[^/\\][!-~]*$/i);
      }),
    );
  });

  test("nothing but addresses changes, and the one link more", () => {
    fc.assert(
      fc.property(texts, (html) => {
        const bare = (text: string) =>
          text
            .replace(/<a href="[^"]*" data-relance="trap"[^>]*><\/a>/, "")
            .replace(/\shref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>][^\s>]*)/gi, "");
        expect(bare(tracked(html)).length).toBe(bare(html).length);
      }),
    );
  });

  test("a megabyte of what never ends takes no more than its length", () => {
    const reads = (html: string) => tracked(html).length >= html.length;
    for (const part of ["<a ", '<a href="', "<!--", "<a href=x ", "<style>", "<", "</", "<a\t", "= "])
      expect(reads(part.repeat(300_000 / part.length))).toBe(true);
  });
});
