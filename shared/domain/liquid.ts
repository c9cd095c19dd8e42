// Decides how Liquid is read and run: two engines (HTML escapes, plain does not), strict about names, bounded in work.
import { Context, Liquid, type Template as Parsed } from "liquidjs";
import { guardedFilter, keptFilters, ownFilters, refuseGroups } from "./liquid-filters.ts";

/** `html` escapes every value; `plain` is for subjects and text parts. */
export type LiquidKind = "html" | "plain";

/** What is wrong with a template or with the data for it; lines and columns count from 1. */
export type LiquidProblem = { message: string; variable?: string; line?: number; column?: number };

/** A variable of a template as written, with its place: `path` ["profile", "firstName"]; a computed part is "*". */
export type LiquidVariable = { path: string[]; line: number; column: number };

/** No files, no raw output, no text that would be escaped twice. */
const TAGS = new Set(["if", "unless", "case", "for", "break", "continue", "assign", "comment", "#"]);
const MAX_PARSED = 400;
const LIMITS = { parseLimit: 1_000_000, memoryLimit: 1_000_000 };
/** Texts, variables and tags that one rendering may come by, each repetition of a loop counted: the same on every machine. */
const MAX_STEPS = 20_000;
const TOO_MUCH = "does too much work";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

/** A division by zero would print as Infinity, a list or an object as [object Object]. */
function printed(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("is no number that can be printed");
  refuseGroups(value);
  return String(value);
}

function engine(outputEscape: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    outputEscape,
    templates: {},
    ...LIMITS,
  });
  for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) delete liquid.tags[name];
  for (const [name, filter] of Object.entries(liquid.filters)) {
    if (!keptFilters.has(name)) liquid.unregisterFilter(name);
    else if (typeof filter === "function") liquid.registerFilter(name, guardedFilter(name, filter));
  }
  for (const [name, filter] of Object.entries(ownFilters)) liquid.registerFilter(name, filter);
  return liquid;
}

const engines: Record<LiquidKind, { liquid: Liquid; parsed: Map<string, Parsed[]> }> = {
  html: { liquid: engine((value) => escapeHtml(printed(value))), parsed: new Map() },
  plain: { liquid: engine(printed), parsed: new Map() },
};

/** Names of the filters a template may use. */
export const filterNames: readonly string[] = [...keptFilters, ...Object.keys(ownFilters)];

/** Parsed once per text: the text itself is the key, so a template read again from the table costs nothing. */
function parse(source: string, kind: LiquidKind): Parsed[] {
  const { liquid, parsed } = engines[kind];
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const fresh = liquid.parse(source);
  for (const oldest of parsed.keys()) {
    if (parsed.size < MAX_PARSED) break;
    parsed.delete(oldest);
  }
  parsed.set(source, fresh);
  return fresh;
}

/** Runs a template once over the data; values are never read as Liquid themselves. */
export function renderLiquid(
  source: string,
  kind: LiquidKind,
  scope: Record<string, unknown>,
): { text: string } | { problem: LiquidProblem } {
  try {
    const { liquid } = engines[kind];
    const text: unknown = liquid.renderSync(parse(source, kind), countedContext(liquid, scope));
    return { text: String(text) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** liquidjs limits a rendering by the clock; counting its steps makes the end the same at every run. */
function countedContext(liquid: Liquid, scope: Record<string, unknown>): Context {
  let steps = 0;
  const renderLimit = {
    use: () => undefined,
    check: () => {
      steps += 1;
      if (steps > MAX_STEPS) throw new RangeError("template render limit exceeded");
    },
  };
  return new Context(scope, liquid.options, { sync: true }, { renderLimit: renderLimit as never, liquid });
}

/** The variables a template expects from outside, or why it cannot be read. */
export function readLiquid(source: string): { variables: LiquidVariable[] } | { problem: LiquidProblem } {
  try {
    const { liquid } = engines.plain;
    const { globals } = liquid.analyzeSync(liquid.parse(source), { partials: false });
    const variables = Object.values(globals).flatMap((uses) =>
      uses.map(({ segments, location }) => ({
        path: segments.map((segment) => (typeof segment === "object" ? "*" : String(segment))),
        line: location.row,
        column: location.col,
      })),
    );
    return { variables };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** Work that no reader's data changes, such as a huge range; `undefined` when a rendering without data gets by. */
export function tooMuchWork(source: string): LiquidProblem | undefined {
  const tried = renderLiquid(source, "plain", {});
  return "problem" in tried && tried.problem.message.startsWith(TOO_MUCH) ? tried.problem : undefined;
}

type LiquidFault = Error & {
  token?: { getPosition?: () => number[] };
  originalError?: LiquidFault;
  variableName?: string;
};

function problemOf(thrown: unknown): LiquidProblem {
  const fault = thrown as LiquidFault;
  const variable = fault.variableName ?? fault.originalError?.variableName;
  const [line, column] = fault.token?.getPosition?.() ?? [];
  return {
    message: messageOf(fault, variable),
    ...(variable !== undefined && { variable }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
  };
}

function messageOf(fault: LiquidFault, variable: string | undefined): string {
  if (variable !== undefined)
    return `${variable} has no value here; guard it with {% if ${variable} %} or give it a default`;
  const message = fault.message.replace(/(, file:[^,]*)?, line:\d+, col:\d+$/, "");
  if (message.endsWith("limit exceeded")) return `${TOO_MUCH} (${message})`;
  return message
    .replace(/^output ".*" not closed$/s, "{{ is not closed; end it with }}")
    .replace(/^tag ".*" not closed$/s, "{% is not closed; end it with %}")
    .replace(/^tag (\{%-?\s*(\w+).*) not closed$/s, "$1 is not closed; add {% end$2 %}")
    .replace(/^undefined filter: (.*)$/, "unknown filter $1")
    .replace(/^tag "(.*)" not found$/, "unknown tag $1");
}
