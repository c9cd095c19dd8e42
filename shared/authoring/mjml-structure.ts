// Decides whether MJML is well nested and loses nothing: the compiler itself drops unclosed elements and stray text in silence.
import { fileError, placeAt, type SourceProblem } from "./source-problem.ts";

export type MjmlSource = { file: string; text: string };

/** Elements whose content is taken as it stands. */
const CONTENT = new Set(
  "mj-accordion-text mj-accordion-title mj-button mj-navbar-link mj-preview mj-raw mj-social-element mj-style mj-table mj-text mj-title".split(
    " ",
  ),
);
const FRAME = new Set(["mjml", "mj-head", "mj-body"]);
const TAG = /<(\/?)(mj(?:ml|-[\w-]+))((?:"[^"]*"|'[^']*'|[^"'>])*?)(\/?)>/g;

type Tag = { name: string; offset: number; end: number; closes: boolean; single: boolean };
type Found = { offset: number; code: string; message: string };

/** Blanks comments out, so that nothing in them counts; conditional ones for Outlook stay. Places do not move. */
export function withoutComments(text: string): string {
  return text.replace(/<!--(?!\[|<!)[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, " "));
}

/** Everything that is wrong with the nesting. `part`: a template's own file holds sections only, the layout holds the frame. */
export function checkStructure({ file, text }: MjmlSource, part: "layout" | "sections"): SourceProblem[] {
  return [...nesting(text), ...(part === "sections" ? frame(text) : [])].map(({ offset, ...what }) =>
    fileError(file, what, placeAt(text, offset)),
  );
}

function tagsOf(text: string): Tag[] {
  return [...text.matchAll(TAG)].map((match) => ({
    name: match[2] as string,
    offset: match.index,
    end: match.index + match[0].length,
    closes: match[1] === "/",
    single: match[4] === "/",
  }));
}

function frame(text: string): Found[] {
  return tagsOf(text).flatMap(({ name, offset, closes }): Found[] => {
    if (closes) return [];
    const include = "is not followed; write the sections here, and what all mails share into templates/layout.mjml";
    if (name === "mj-include") return [{ offset, code: "mjml_include", message: `<mj-include> ${include}` }];
    if (!FRAME.has(name)) return [];
    return [
      {
        offset,
        code: "mjml_frame",
        message: `<${name}> stands in templates/layout.mjml; this file holds the sections only`,
      },
    ];
  });
}

/** One pass over the tags with a stack of open ones; stops at the first fault of nesting, which would only cause others. */
function nesting(text: string): Found[] {
  const open: Tag[] = [];
  const found: Found[] = [];
  let cursor = 0;
  for (const tag of tagsOf(text)) {
    const holder = open.at(-1);
    const isContent = holder !== undefined && CONTENT.has(holder.name);
    if (!isContent) found.push(...lost(text, cursor, tag.offset));
    cursor = tag.end;
    if (isContent && !(tag.closes && tag.name === holder.name)) return [...found, unclosed(holder)];
    if (tag.single) continue;
    if (!tag.closes) open.push(tag);
    else if (holder?.name === tag.name) open.pop();
    else if (holder === undefined) return [...found, stray(tag)];
    else return [...found, open.some(({ name }) => name === tag.name) ? unclosed(holder) : stray(tag)];
  }
  const last = open.at(-1);
  if (last !== undefined) return [...found, unclosed(last)];
  return [...found, ...lost(text, cursor, text.length)];
}

const unclosed = ({ name, offset }: Tag): Found => ({
  offset,
  code: "mjml_unclosed",
  message: `<${name}> is not closed; add </${name}>, or write <${name} /> when it is empty`,
});

const stray = ({ name, offset }: Tag): Found => ({
  offset,
  code: "mjml_unclosed",
  message: `</${name}> closes nothing that is open`,
});

/** Text between elements never reaches the mail. */
function lost(text: string, from: number, to: number): Found[] {
  const between = text.slice(from, to).replace(/<[^>]*>/g, (tag) => " ".repeat(tag.length));
  const at = between.search(/\S/);
  if (at === -1) return [];
  const isLiquid = /^\{[{%]/.test(between.slice(at));
  const message = isLiquid
    ? "Liquid between MJML elements is lost; write <mj-raw>{% if … %}</mj-raw>, or put it into an <mj-text>"
    : "text between MJML elements is lost; put it into an <mj-text>";
  return [{ offset: from + at, code: isLiquid ? "mjml_lost_liquid" : "mjml_lost_text", message }];
}
