// Decides how MJML becomes the HTML and the text part of a mail. Importing this costs a second: import it lazily.
import { type HtmlToTextOptions, htmlToText } from "html-to-text";
import mjml2html from "mjml";
import type { CompiledTemplate } from "./compiled-cache.ts";

/** A complaint of the compiler; `line` counts from 1 in the page that was given. */
export type MjmlFault = { line: number; tag: string; message: string };

const headings = ["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } }));

/** No line is wrapped: a break inside `{{ … }}` would tear it. Links read "Our shop <https://…>". */
const TEXT_OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  selectors: [
    ...headings,
    { selector: "a", options: { linkBrackets: ["<", ">"], hideLinkHrefIfSameAsText: true } },
    { selector: "img", format: "skip" },
    { selector: 'div[style*="display:none"]', format: "skip" },
    {
      selector: 'div[style*="font-family"]',
      format: "block",
      options: { leadingLineBreaks: 2, trailingLineBreaks: 2 },
    },
  ],
};

/** Compiles one page, refusing what MJML's own rules do not allow. Includes are never followed, fonts never fetched. */
export async function compileMjml(page: string): Promise<CompiledTemplate | { faults: MjmlFault[] }> {
  try {
    const options = { validationLevel: "strict", keepComments: false, ignoreIncludes: true, fonts: {} } as const;
    const html = lean((await mjml2html(page, options)).html);
    return { html, text: tidy(htmlToText(html, TEXT_OPTIONS)) };
  } catch (error) {
    const { errors, message } = error as {
      errors?: { line: number; tagName: string; message: string }[];
      message: string;
    };
    if (errors === undefined) return { faults: [{ line: 1, tag: "mjml", message }] };
    return { faults: errors.map((fault) => ({ line: fault.line, tag: fault.tagName, message: fault.message })) };
  }
}

/** Indentation is a third of what MJML writes. */
function lean(html: string): string {
  return `${html
    .replace(/^[ \t]+|[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim()}\n`;
}

/** Spacers leave lines of hair spaces. */
function tidy(text: string): string {
  return `${text
    .replace(/^[^\S\n]+|[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}
