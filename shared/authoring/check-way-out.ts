// Decides whether a marketing mail shows the way out: a link to unsubscribe that a reader can see, in HTML and in text.
import type { Rendered } from "../domain/render.ts";
import { fileError, type SourceProblem } from "./source-problem.ts";
import type { TemplateSources } from "./template-sources.ts";

const LINK = /<a\b([^>]*)>([\s\S]*?)<\/a>/gi;
/** An element whose style says that it is not shown, as preheaders are. */
const INVISIBLE = /<(\w+)\b[^>]*style="[^"]*(?:display\s*:\s*none|visibility\s*:\s*hidden)[^"]*"[^>]*>[\s\S]*?<\/\1>/gi;
/** Of the link itself: MJML's own boxes have no font size either, but give one to what is in them. */
const NO_SIZE = /font-size\s*:\s*0(?![.\d])/i;

/** Looks at what a reader would get, in each part; `url` stands for the link. */
export function checkWayOut(mails: Rendered[], what: { url: string; sources: TemplateSources }): SourceProblem[] {
  const { url, sources } = what;
  const files = { html: sources.html[0]?.file ?? "", text: sources.text[0]?.file ?? "" };
  const message =
    "a marketing mail must print {{ unsubscribeUrl }} where the reader sees it; put a link here or into templates/layout.mjml";
  return (["html", "text"] as const).flatMap((part) => {
    const seen =
      part === "html" ? (mail: Rendered) => isLinked(mail.html, url) : (mail: Rendered) => mail.text.includes(url);
    return mails.every(seen) ? [] : [fileError(files[part], { code: "unsubscribe_missing", message })];
  });
}

/** A link with something to click on, not hidden by its own style. */
function isLinked(html: string, url: string): boolean {
  const escaped = url.replaceAll("&", "&amp;");
  const shown = html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<head\b[\s\S]*?<\/head>/gi, "")
    .replace(INVISIBLE, "");
  return [...shown.matchAll(LINK)].some(([, attributes = "", content = ""]) => {
    if (!attributes.includes(`"${escaped}"`) && !attributes.includes(`'${escaped}'`)) return false;
    if (NO_SIZE.test(attributes)) return false;
    return /<img\b/i.test(content) || content.replace(/<[^>]*>|&nbsp;|&zwnj;/g, "").trim() !== "";
  });
}
