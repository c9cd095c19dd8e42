// Decides how a template's sections and the shared layout become one MJML page, and which file a line of it came from.
import { checkStructure, type MjmlSource, withoutComments } from "./mjml-structure.ts";
import { fileError, placeAt, type SourceProblem } from "./source-problem.ts";

const CONTENT = /<!--\s*content\s*-->/;
const PREHEADER = /<!--\s*preheader\s*-->/;

/** The shared layout, cut at its markers. */
export type Layout = { file: string; before: string; after: string };

/** A page to compile. `origin` tells where a line of `text` was written. */
export type MjmlPage = { text: string; origin: (line: number) => { file: string; line: number; text: string } };

/** Reads the layout: an `<mjml>` frame with `<!-- content -->` where the sections go; `<!-- preheader -->` is optional. */
export function readLayout({ file, text }: MjmlSource): Layout | { problems: SourceProblem[] } {
  const marker = CONTENT.exec(text);
  if (marker === null) {
    const message = "needs the line <!-- content --> where the sections of each template go";
    return { problems: [fileError(file, { code: "layout_marker", message })] };
  }
  const problems = checkStructure({ file, text: withoutComments(text) }, "layout");
  if (problems.length > 0) return { problems };
  return { file, before: text.slice(0, marker.index), after: text.slice(marker.index + marker[0].length) };
}

/** The layout's own text: everything outside its markers, comments blanked, places kept. */
export function layoutText({ before, after }: Layout): string {
  return withoutComments(`${before}<!-- content -->${after}`);
}

/** Puts sections and preheader into the layout. */
export function assemble(layout: Layout, sections: MjmlSource, preheader: string): MjmlPage {
  const before = withoutComments(layout.before.replace(PREHEADER, () => escaped(preheader)));
  const own = withoutComments(sections.text);
  const text = `${before}${own}${withoutComments(layout.after)}`;
  const lines = text.split("\n");
  const first = placeAt(text, before.length).line;
  const added = own.split("\n").length - 1;
  const origin = (line: number) => {
    const inSections = line >= first && line <= first + added;
    const file = inSections ? sections.file : layout.file;
    const fileLine = inSections ? line - first + 1 : line < first ? line : line - added;
    return { file, line: fileLine, text: lines[line - 1] ?? "" };
  };
  return { text, origin };
}

/** A preheader is plain text with Liquid; its other signs are escaped for HTML. */
function escaped(preheader: string): string {
  return preheader.replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|[&<>]/g, (match) => {
    if (match === "&") return "&amp;";
    return match === "<" ? "&lt;" : match === ">" ? "&gt;" : match;
  });
}
