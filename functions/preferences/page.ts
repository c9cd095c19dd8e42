// Decides what is the same on every page for people: head, foot, style and headers; no script, nothing from elsewhere.
import { createHash } from "node:crypto";
import { type Html, html } from "../../shared/domain/markup.ts";
import type { Language } from "../../shared/domain/why-words.ts";
import type { HttpAnswer } from "../http-function.ts";
import { wordsOf } from "./words.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b1a; --quiet: #5a5650; --paper: #fff; --line: #8a857d; --accent: #0b5cad; --on-accent: #fff; --alarm: #a3180c; --good: #e8f3ea }
@media (prefers-color-scheme: dark) { :root { --ink: #f2efea; --quiet: #c2bcb2; --paper: #1c1b1a; --line: #8a857d; --accent: #8cc2ff; --on-accent: #10202f; --alarm: #ffb4a8; --good: #20382a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
header, main, footer { max-width: 40rem; margin: 0 auto; padding: 0 1rem }
header { padding-top: 1.5rem; color: var(--quiet) }
main { padding-bottom: 2rem }
footer { padding-top: 1.5rem; padding-bottom: 2.5rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9375rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0 1rem }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.25rem 0 .5rem }
h3 { font-size: 1.0625rem; margin: 1.25rem 0 .125rem }
p, ul { margin: .25rem 0 .75rem }
ul { padding-left: 1.25rem }
a { color: var(--accent) }
form { display: inline-block; margin: 0 .5rem .5rem 0; max-width: 100% }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.125rem; border: 2px solid var(--accent); border-radius: .375rem; background: var(--paper); color: var(--accent); cursor: pointer; max-width: 100% }
button.main { background: var(--accent); color: var(--on-accent) }
button.alarm { border-color: var(--alarm); color: var(--alarm) }
label { display: block; font-weight: 600; margin-bottom: .25rem }
input { font: inherit; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 2px solid var(--line); border-radius: .375rem; background: var(--paper); color: var(--ink); margin-bottom: .75rem }
form.wide { display: block; max-width: 26rem }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
.quiet { color: var(--quiet) }
.status { border-left: 4px solid var(--accent); background: var(--good); padding: .75rem 1rem }
.wrong { color: var(--alarm); font-weight: 600 }
`;

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** A link is in the address of most pages: it must not be told on, kept or found. */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
  "cache-control": "no-store",
};

/** Who speaks, and in which language. */
export type Frame = { language: Language; shop: { name: string; postalAddress: string } | undefined };

/** A page's own part; `said`: what has just been done, which is heard first where pages are read aloud. */
type Page = { title: string; body: Html; said?: string | undefined };

/** A whole page; its title is its heading. */
export function pageAnswer(statusCode: number, { language, shop }: Frame, page: Page): HttpAnswer {
  const { markup } = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow"><meta name="referrer" content="no-referrer"><title>${page.said && html`${page.said} · `}${page.title}${shop && html` · ${shop.name}`}</title><style>${{ markup: STYLE }}</style></head>
<body>${shop && html`<header>${shop.name}</header>`}<main><h1>${page.title}</h1>${page.body}</main>${shop && html`<footer>${shop.postalAddress}</footer>`}</body></html>`;
  return { statusCode, headers: HEADERS, body: markup };
}

/** The same page again, after something was changed: a reload must not change it twice. */
export function seeOther(location: string): HttpAnswer {
  return { statusCode: 303, headers: { ...HEADERS, location }, body: "" };
}

/** The page of a fault, which says nothing of it. */
export function laterPage(statusCode: number, language: Language): HttpAnswer {
  const { laterTitle, later } = wordsOf(language);
  const answer = pageAnswer(
    statusCode,
    { language, shop: undefined },
    { title: laterTitle, body: html`<p>${later}</p>` },
  );
  return { ...answer, headers: { ...answer.headers, "retry-after": "60" } };
}
