// Decides where the tags and attributes of an HTML text stand, as a browser reads it: not in comments, styles or values.

export type HtmlAttribute = {
  /** In lower case. */
  name: string;
  /** As written, without quotes; entities are not read. */
  value: string;
  /** Where the value stands, quotes included. */
  start: number;
  end: number;
};

/** `name` is in lower case, of a closing tag with its slash: "/body". Of attributes with one name the first counts. */
export type HtmlTag = { name: string; attributes: HtmlAttribute[]; start: number; end: number };

const NAME = /<(\/?[a-zA-Z][^\s/>]*)/y;
/** A name, and a value in quotes or without. */
const ATTRIBUTE = /[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>][^\s>]*))?/y;
const END = /[\s/]*>/y;
/** What stands in them is text, up to their closing tag. */
const TEXT_ONLY = new Set(["style", "script", "title", "textarea", "noscript", "xmp", "iframe"]);

/** Every tag, in order; ends where the text cannot be read on (a quote that is never closed). Linear in its length. */
export function* tagsOf(html: string): Generator<HtmlTag> {
  let at = html.indexOf("<");
  while (at >= 0) {
    const tag = tagAt(html, at);
    if (tag === "broken") return;
    if (tag !== undefined) yield tag;
    const from = tag === undefined ? afterNoTag(html, at) : afterTag(html, tag);
    at = from === undefined ? -1 : html.indexOf("<", from);
  }
}

function tagAt(html: string, start: number): HtmlTag | "broken" | undefined {
  const name = matchAt(NAME, html, start)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  const attributes: HtmlAttribute[] = [];
  let at = start + 1 + name.length;
  for (;;) {
    const end = matchAt(END, html, at);
    if (end !== undefined) return { name, attributes, start, end: at + end[0].length };
    const found = matchAt(ATTRIBUTE, html, at);
    if (found === undefined) return "broken";
    at += found[0].length;
    const [, attribute = "", raw = ""] = found;
    const known = attribute.toLowerCase();
    if (attributes.some((one) => one.name === known)) continue;
    const value = /^["']/.test(raw) ? raw.slice(1, -1) : raw;
    attributes.push({ name: known, value, start: at - raw.length, end: at });
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Behind a comment, a declaration, or a sign that opens nothing. */
function afterNoTag(html: string, at: number): number | undefined {
  if (html.startsWith("<!--", at)) return after(html, "-->", at + 2);
  if (html.startsWith("<!", at) || html.startsWith("<?", at) || html.startsWith("</", at)) return after(html, ">", at);
  return at + 1;
}

function afterTag(html: string, { name, end }: HtmlTag): number | undefined {
  if (!TEXT_ONLY.has(name)) return end;
  const close = new RegExp(`</${name}(?=[\\s/>])`, "gi");
  close.lastIndex = end;
  return close.exec(html)?.index;
}

function after(html: string, end: string, from: number): number | undefined {
  const found = html.indexOf(end, from);
  return found < 0 ? undefined : found + end.length;
}
