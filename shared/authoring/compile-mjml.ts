// Decides how MJML becomes the HTML and the text part of a mail. Importing this costs a second: import it lazily.
import { type HtmlToTextOptions, htmlToText } from "html-to-text";
import mjml2html from "mjml";
import { closest } from "../domain/closest.ts";
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
    return {
      faults: errors.map(({ line, tagName, message }) => ({ line, tag: tagName, message: inWords(message, tagName) })),
    };
  }
}

const ELEMENTS =
  "mj-accordion mj-button mj-carousel mj-column mj-divider mj-group mj-hero mj-image mj-navbar mj-raw mj-section mj-social mj-spacer mj-table mj-text mj-wrapper".split(
    " ",
  );
const ATTRIBUTES =
  "align alt background-color background-url border border-radius color css-class font-family font-size font-style font-weight height href inner-padding letter-spacing line-height mj-class padding src target text-align text-decoration vertical-align width".split(
    " ",
  );

/** MJML's complaint with what was probably meant. */
function inWords(message: string, tag: string): string {
  if (message.includes("doesn't exist")) {
    const nearest = closest(tag, ELEMENTS);
    const hint = nearest === undefined ? `there are ${ELEMENTS.join(", ")}` : `did you mean <${nearest}>?`;
    return `<${tag}> is no element of MJML; ${hint}`;
  }
  const attribute = /^Attribute (\S+) is illegal$/.exec(message)?.[1];
  if (attribute === undefined) return message;
  const nearest = closest(attribute, ATTRIBUTES);
  const hint =
    nearest === undefined ? "take it out, or put the style into templates/layout.mjml" : `did you mean ${nearest}?`;
  return `${attribute} is no attribute of <${tag}>; ${hint}`;
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
