// Decides which written texts a compiled part of a mail came from, and where a place in it was written.
import { readLiquid } from "../domain/liquid.ts";
import { type LiquidSource, liquidTokens } from "./liquid-source.ts";
import type { MarketingFiles } from "./marketing-files.ts";
import { withoutComments } from "./mjml-structure.ts";
import { type Place, placeAt } from "./source-problem.ts";
import type { YamlSource } from "./yaml-source.ts";

/** The parts of a mail. */
export type MailPart = "subject" | "html" | "text";

/** The texts that a mail in one locale is made of, by the part of the mail they end in. */
export type TemplateSources = Record<MailPart, LiquidSource[]>;

/** A place in a text as it was written. */
export type Written = { file: string } & Place;

/** The frame of all mails. */
export const LAYOUT = "templates/layout.mjml";

/** All texts of a template in one locale; `yaml` is its template.yaml. */
export function templateSources(files: MarketingFiles, yaml: YamlSource, locale: string): TemplateSources {
  const folder = yaml.file.replace(/\/[^/]+$/, "");
  const inYaml = (field: string): LiquidSource[] => {
    const fields = yaml.body[field];
    const text = typeof fields === "object" && fields !== null && !Array.isArray(fields) ? fields[locale] : undefined;
    const start = yaml.texts[`${field}.${locale}`];
    return typeof text === "string" ? [{ file: yaml.file, text, ...(start && { start }) }] : [];
  };
  const inFile = (file: string): LiquidSource[] => {
    const text = files.get(file);
    return text === undefined ? [] : [{ file, text: file.endsWith(".mjml") ? withoutComments(text) : text }];
  };
  const html = [...inFile(`${folder}/${locale}.mjml`), ...inYaml("preheader"), ...inFile(LAYOUT)];
  const own = inFile(`${folder}/${locale}.txt`);
  return { subject: inYaml("subject"), html, text: own.length > 0 ? own : html };
}

/** Every variable with its place. */
export function variablesIn(source: LiquidSource): { path: string[]; at: Written }[] {
  const read = readLiquid(source.text);
  if ("problem" in read) return [];
  return read.variables.map(({ path, line, column }) => ({ path, at: written(source, { line, column }) }));
}

function written({ file, start }: LiquidSource, { line, column }: Place): Written {
  if (start === undefined) return { file, line, column };
  return { file, line: start.line + line - 1, column: line === 1 ? start.column + column - 1 : column };
}

/** Where the Liquid at a place of a compiled text was written: compiling moves tokens, but does not change them. */
export function origin(compiled: string, place: Partial<Place>, sources: LiquidSource[]): Written | undefined {
  const offset = offsetOf(compiled, place);
  const around = liquidTokens(compiled).find((one) => offset >= one.offset && offset < one.offset + one.token.length);
  if (around === undefined) return undefined;
  for (const source of sources) {
    const at = source.text.indexOf(around.token);
    if (at !== -1) return written(source, placeAt(source.text, at + offset - around.offset));
  }
  return undefined;
}

function offsetOf(text: string, { line = 1, column = 1 }: Partial<Place>): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed++) offset = text.indexOf("\n", offset) + 1;
  return offset + column - 1;
}
