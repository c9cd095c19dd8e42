// Decides whether the Liquid of a subject, a text or an MJML file can be published: readable, and only known variables.
import { closest } from "../domain/closest.ts";
import { filterNames, type LiquidVariable, readLiquid } from "../domain/liquid.ts";
import { dateStyles } from "../domain/liquid-filters.ts";
import { fileError, type Place, placeAt, type SourceProblem } from "./source-problem.ts";

/** A text with its place: `start` is where its first character stands in the file (default 1:1). */
export type LiquidSource = { file: string; text: string; start?: Place };

const TOKEN = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
const STYLE = /<mj-style\b[\s\S]*?<\/mj-style>/g;
const DATE = /\|\s*date\s*:\s*(["'])(.*?)\1/g;

const SHOP = ["name", "url", "postalAddress"];
const ROOTS = ["profile", "event", "shop", "unsubscribeUrl", "preferencesUrl", "lawfulBasis", "locale"];

/** Every `{{ … }}` and `{% … %}` of a text, with its offset. */
export function liquidTokens(text: string): { token: string; offset: number }[] {
  return [...text.matchAll(TOKEN)].map((match) => ({ token: match[0], offset: match.index }));
}

/** Everything that is wrong with the Liquid of one text. */
export function checkLiquid(source: LiquidSource): SourceProblem[] {
  const read = readLiquid(source.text);
  if ("problem" in read) {
    const { message, line = 1, column = 1 } = read.problem;
    return [problemAt(source, { line, column }, syntaxProblem(message))];
  }
  return [
    ...read.variables.flatMap((variable) => {
      const message = faultOf(variable);
      return message === undefined ? [] : [problemAt(source, variable, { code: "unknown_variable", message })];
    }),
    ...unknownDateStyles(source),
    ...strayBraces(source),
  ];
}

function syntaxProblem(message: string): { code: string; message: string } {
  const filter = /^unknown filter (.*)$/.exec(message)?.[1];
  if (filter !== undefined) {
    const nearest = closest(filter, filterNames);
    const hint = nearest === undefined ? `there are ${filterNames.join(", ")}` : `did you mean ${nearest}?`;
    return { code: "unknown_filter", message: `${message}; ${hint}` };
  }
  return { code: message.startsWith("unknown tag ") ? "unknown_tag" : "liquid_syntax", message };
}

function faultOf({ path }: LiquidVariable): string | undefined {
  const [root = "", name] = path;
  if (!ROOTS.includes(root)) {
    const nearest = closest(root, ROOTS);
    const hint =
      nearest === undefined
        ? "there are profile.…, event.…, shop.…, unsubscribeUrl, preferencesUrl, lawfulBasis and locale"
        : `did you mean ${nearest}?`;
    return `${path.join(".")} is no variable of templates; ${hint}`;
  }
  if (root === "shop" && !SHOP.includes(name ?? "")) {
    return `${path.join(".")} does not exist; of shop there are ${SHOP.join(", ")}`;
  }
  if ((root === "profile" || root === "event") && name === undefined) {
    return `${root} alone prints nothing; name a field of it such as ${root}.${root === "profile" ? "firstName" : "amount"}`;
  }
  return undefined;
}

function unknownDateStyles(source: LiquidSource): SourceProblem[] {
  return liquidTokens(source.text).flatMap(({ token, offset }) =>
    [...token.matchAll(DATE)].flatMap((match) => {
      if (dateStyles.includes(match[2] as string)) return [];
      const message = `date knows the styles ${dateStyles.join(", ")}, not ${match[2]}`;
      return [problemAt(source, placeAt(source.text, offset + match.index), { code: "unknown_date_style", message })];
    }),
  );
}

/** A `}}` that closes nothing is Liquid somebody meant: `{ profile.firstName }}` would reach the reader as it stands. */
function strayBraces(source: LiquidSource): SourceProblem[] {
  const blank = (text: string) => " ".repeat(text.length);
  const rest = source.text.replace(TOKEN, blank).replace(STYLE, blank);
  return [...rest.matchAll(/\}\}|%\}/g)].map((match) => {
    const message = `${match[0]} closes nothing; write {{ variable }} or {% tag %}, with two signs on both sides`;
    return problemAt(source, placeAt(source.text, match.index), { code: "stray_liquid", message });
  });
}

function problemAt(
  { file, start }: LiquidSource,
  { line, column }: Place,
  what: { code: string; message: string },
): SourceProblem {
  const { line: firstLine, column: firstColumn } = start ?? { line: 1, column: 1 };
  return fileError(file, what, { line: firstLine + line - 1, column: line === 1 ? firstColumn + column - 1 : column });
}
