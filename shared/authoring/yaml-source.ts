// Decides what a YAML file says: one map of plain values, and where each field stands; anything else is a problem.
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { Json, JsonObject } from "../domain/json.ts";
import { atField, fileError, type Place, placeAt, type SourceProblem } from "./source-problem.ts";

/** `lines`: path of a field → "line:column" of its key. `texts`: path of a text → where its first character stands. */
export type YamlSource = {
  file: string;
  body: JsonObject;
  lines: Record<string, string>;
  texts: Record<string, Place>;
};

const MAX_ALIASES = 100;
const MAX_DEPTH = 60;

const SENTENCES: Record<string, string> = {
  DUPLICATE_KEY: "this field is written twice; keep one of them",
  TAB_AS_INDENT: "indent with spaces, not with tabs",
  MULTIPLE_DOCS: "one file holds one definition; move what follows --- into a file of its own",
  TAG_RESOLVE_FAILED: "tags such as !!binary are not used here; write a plain text, number, list or map",
  BAD_INDENT: "the indentation does not fit; fields of one map start in the same column",
  BLOCK_AS_IMPLICIT_KEY: "a text that holds a colon needs quotes (or the next line is indented by mistake)",
  MULTILINE_IMPLICIT_KEY: "a text that holds a colon needs quotes (or the line above is not finished)",
};

const AS_WRITTEN = { prettyErrors: false, resolveKnownTags: false } as const;

/** Reads one YAML 1.2 file; never throws for what is in it. */
export function readYaml(file: string, text: string): YamlSource | { problems: SourceProblem[] } {
  const counter = new LineCounter();
  return readDocument(parseDocument(text, { ...AS_WRITTEN, lineCounter: counter }), { file, text, counter });
}

/** The same for a file of several documents, with `---` between them; empty ones are passed over. */
export function readYamlDocuments(file: string, text: string): (YamlSource | { problems: SourceProblem[] })[] {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, { ...AS_WRITTEN, lineCounter: counter });
  const all = "empty" in documents ? [] : documents;
  const written = all.filter((document) => document.errors.length > 0 || !isEmpty(document.contents));
  return written.map((document) => readDocument(document, { file, text, counter }));
}

type InFile = { file: string; text: string; counter: LineCounter };

const isEmpty = (contents: unknown) => contents === null || (isScalar(contents) && contents.value === null);

function readDocument(
  document: Document.Parsed,
  { file, text, counter }: InFile,
): YamlSource | { problems: SourceProblem[] } {
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return { problems: onePerLine(faults.map((fault) => syntaxProblem(fault, file, text))) };
  const { contents } = document;
  if (contents === null || isEmpty(contents)) {
    return {
      problems: [fileError(file, { code: "empty_file", message: "is empty; write its fields, or take the file away" })],
    };
  }
  const start = placeAt(text, contents.range[0]);
  if (!isMap(contents)) {
    const message = "must be a map of fields, one per line, such as title: New customers";
    return { problems: [fileError(file, { code: "not_a_map", message }, start)] };
  }
  const source: YamlSource = { file, body: {}, lines: { "": `${start.line}:${start.column}` }, texts: {} };
  walk(contents, "", { source, counter });
  const problem = fill(source, document, text);
  return problem === undefined ? source : { problems: [problem] };
}

function syntaxProblem(fault: YAMLError, file: string, text: string): SourceProblem {
  const isOpen = /^Flow (map|sequence) .* end with/.test(fault.message);
  const known = isOpen ? "the line above opens a { or [ that is not closed" : SENTENCES[fault.code];
  const message = known ?? `is not valid YAML: ${fault.message}; mend the line, or put the text in quotes`;
  return fileError(file, { code: `yaml_${fault.code.toLowerCase()}`, message }, placeAt(text, fault.pos[0]));
}

/** One slip makes the parser stumble several times on the same line. */
function onePerLine(problems: SourceProblem[]): SourceProblem[] {
  return problems.filter((problem, index) => problems.findIndex(({ line }) => line === problem.line) === index);
}

/** Takes over the plain values. Aliases are followed within bounds: nested ones could multiply into gigabytes. */
function fill(source: YamlSource, document: Document, text: string): SourceProblem | undefined {
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES }) as Json;
    const odd = oddPath(value, "", 0);
    if (odd !== undefined) {
      const message = "is no text, number, true, false, list or map (or is nested too deep)";
      return atField(source, { code: "not_plain", path: odd, message });
    }
    source.body = value as JsonObject;
    return undefined;
  } catch (error) {
    const reason = (error as Error).message;
    const tooMany = reason.startsWith("Excessive alias count");
    const message = tooMany ? "uses too many aliases (*name); write the values out" : `is not valid YAML: ${reason}`;
    const place = aliasPlace(document, text, tooMany ? undefined : /: (\S+)$/.exec(reason)?.[1]);
    return fileError(source.file, { code: tooMany ? "too_many_aliases" : "yaml_alias", message }, place);
  }
}

/** Where the first alias stands, or the first one of that name. */
function aliasPlace(document: Document, text: string, name: string | undefined): Place {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      if (name !== undefined && alias.source !== name) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return placeAt(text, offset);
}

/** The path of the first value that JSON cannot carry. */
function oddPath(value: Json, path: string, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return path.split(/[.[]/, 1)[0];
  if (typeof value === "number") return Number.isFinite(value) ? undefined : path;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value !== "object") return path;
  const isList = Array.isArray(value);
  for (const [key, part] of Object.entries(value)) {
    const at = isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const odd = oddPath(part as Json, at, depth + 1);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

type Target = { source: YamlSource; counter: LineCounter };

/** Notes where every field and every text below a node stands. */
function walk(node: Node | null | undefined, path: string, to: Target): void {
  if (isMap<Node, Node>(node)) {
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const at = path === "" ? name : `${path}.${name}`;
      note(key, at, to);
      walk(value, at, to);
    }
  } else if (isSeq<Node>(node)) {
    node.items.forEach((item, index) => {
      note(item, `${path}[${index}]`, to);
      walk(item, `${path}[${index}]`, to);
    });
  } else if (isScalar(node) && typeof node.value === "string" && node.range) {
    const { line, col } = to.counter.linePos(node.range[0]);
    const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
    to.source.texts[path] = { line, column: col + (quoted ? 1 : 0) };
  }
}

function note({ range }: Node, path: string, { source, counter }: Target): void {
  if (!range) return;
  const { line, col } = counter.linePos(range[0]);
  source.lines[path] = `${line}:${col}`;
}
