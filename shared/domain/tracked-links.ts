// Decides which links of a mail lead over us, so that a click is known: web addresses of the shop's making, nothing else.
import { type HtmlAttribute, type HtmlTag, tagsOf } from "./html-tags.ts";

export type LinkTracking = {
  /** The public base address, without a trailing slash. */
  base: string;
  /** Where the link leads that no person sees. */
  trapUrl: string;
  /** Whether a web address there may become a target of ours. */
  mayLeadTo: (host: string) => boolean;
  /** The token of a link; the same link must have the same token. */
  sign: (link: { url: string; isTrap?: true }) => string;
};

/** Longer ones stay as they are: with its token a path must fit into any mail program and proxy. */
const MAX_URL = 2_000;
/** Our own links say what they do themselves. */
const OWN_PATHS = ["/u/", "/p/", "/c/"];
/** Cannot stand in what is known of a person: there quotes are written out. */
const TRAP = 'data-relance="trap"';
const NO_TRACK = "no-track";

/**
 * The HTML of a mail in which the web addresses of `<a>` are ours, `<base>/c/<token>`; with one link more that is hidden from
 * people, also from screen readers and the keyboard: who follows it is a machine. As they are stay our own links, those with
 * `data-relance="no-track"`, and everything that is not clearly a web address. Doing it twice changes nothing more.
 */
export function withTrackedLinks(html: string, { base, trapUrl, mayLeadTo, sign }: LinkTracking): string {
  const parts: string[] = [];
  let copied = 0;
  const replace = (from: number, to: number, by: string) => {
    parts.push(html.slice(copied, from), by);
    copied = to;
  };
  const hrefTo = (token: string) => `"${escaped(`${base}/c/${token}`)}"`;
  const trap = () =>
    `<a href=${hrefTo(sign({ url: trapUrl, isTrap: true }))} ${TRAP} aria-hidden="true" tabindex="-1" style="display:none;mso-hide:all"></a>`;
  const tags = [...tagsOf(html)];
  const needsTrap = webAddressOf(trapUrl) !== undefined && !html.includes(TRAP);
  const bodyEnd = tags.findLast(({ name }) => name === "/body");
  for (const tag of tags) {
    if (tag === bodyEnd && needsTrap) replace(tag.start, tag.start, trap());
    const href = hrefOf(tag);
    const url = href && webAddressOf(decoded(href.value));
    if (href === undefined || url === undefined || isOwn(url, base) || !mayLeadTo(new URL(url).host)) continue;
    replace(href.start, href.end, hrefTo(sign({ url })));
  }
  if (bodyEnd === undefined && needsTrap) replace(html.length, html.length, trap());
  return parts.join("") + html.slice(copied);
}

function hrefOf({ name, attributes }: HtmlTag): HtmlAttribute | undefined {
  if (name !== "a" || attributes.some((one) => one.name === "data-relance" && one.value === NO_TRACK)) return undefined;
  return attributes.find((one) => one.name === "href");
}

const isOwn = (url: string, base: string) =>
  url === `${base}/p` || OWN_PATHS.some((path) => url.startsWith(base + path));

/**
 * The hosts that the links of a template name themselves. Where a variable stands in the place of one, an event could bring
 * any, and our own address would lead there.
 */
export function hostsNamedIn(html: string): string[] {
  return [...tagsOf(html)].flatMap((tag) => {
    const host = /^https?:\/\/([^/?#\\{}]+)(?:[/?#]|$)/i.exec(decoded(hrefOf(tag)?.value ?? "").trim())?.[1];
    return host === undefined || !URL.canParse(`https://${host}`) ? [] : [new URL(`https://${host}`).host];
  });
}

/** Signs a header can carry and every browser reads alike. */
const PLAIN = /^[!#-;=?-[\]_a-z~]+$/;

/**
 * The web address that a browser would go to: as written, or in the browser's own spelling (percent signs, ASCII domain) where
 * a header could not carry it. `undefined` for other schemes, relative ones, and those that show another host than they go to.
 */
function webAddressOf(href: string): string | undefined {
  const text = href.replace(/^[ \t\r\n\f]+|[ \t\r\n\f]+$/g, "");
  if (text.length > MAX_URL || !/^https?:\/\/[^/\\]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // "https://shop.example@elsewhere.example" goes elsewhere.
  if (url.username !== "" || url.password !== "") return undefined;
  return PLAIN.test(text) ? text : url.href;
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** In an attribute, a name without its semicolon is none before "=" or a letter: "&copy=1" is a parameter. */
const ENTITY = /&(?:#\d{1,7};?|#x[\da-f]{1,6};?|(?:amp|lt|gt|quot)(?:;|(?![=\w]))|apos;)/gi;
/** Other names could stand for anything. */
const OTHER_ENTITY = /&[a-z][a-z\d]*;/i;

/** An attribute's value as a browser reads it; empty when it holds entities that are not known here. */
function decoded(value: string): string {
  return OTHER_ENTITY.test(value.replace(ENTITY, "")) ? "" : value.replace(ENTITY, signOf);
}

/** No character at all is read as U+FFFD, as browsers do. */
function signOf(entity: string): string {
  const name = entity.slice(1).replace(";", "").toLowerCase();
  if (!name.startsWith("#")) return NAMED[name] as string;
  const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  const isNone = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isNone ? "\ufffd" : String.fromCodePoint(code);
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
