// Decides what a template folder defines: per locale a subject, HTML compiled from MJML, and a text part.
import * as z from "zod";
import { idSchema } from "../domain/definition.ts";
import { problemsOf } from "../domain/problem.ts";
import { compileTemplate } from "./compile-template.ts";
import type { CompiledCache } from "./compiled-cache.ts";
import { checkLiquid } from "./liquid-source.ts";
import type { MarketingFiles } from "./marketing-files.ts";
import { assemble, type Layout } from "./mjml-page.ts";
import { checkStructure, withoutComments } from "./mjml-structure.ts";
import { plainly } from "./plain-problem.ts";
import type { Read } from "./read-definition.ts";
import { atField, fileError, type SourceProblem } from "./source-problem.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

/** `locales`: those every template must have; absent when the settings are broken. */
export type TemplateContext = {
  files: MarketingFiles;
  layout: Layout | undefined;
  locales: string[] | undefined;
  cache: CompiledCache | undefined;
};

const oneLine = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[^\r\n]*$/, { error: "must be one line" });
/** template.yaml as written. */
export const templateSourceSchema = z.strictObject({
  template: idSchema,
  subject: z.record(z.string(), oneLine),
  preheader: z.record(z.string(), oneLine).optional(),
});
type TemplateSource = z.infer<typeof templateSourceSchema>;

type Texts = { subject: string; html: string; text: string };

/** Reads the folder templates/<name>; `definition` is present when nothing is wrong with it. */
export async function readTemplate(name: string, context: TemplateContext): Promise<Read> {
  const folder = `templates/${name}`;
  const file = `${folder}/template.yaml`;
  const yaml = context.files.get(file);
  if (yaml === undefined) {
    const message = `is missing; write template: ${name} and a subject per locale into it`;
    return { id: name, problems: [fileError(file, { code: "template_missing", message })] };
  }
  const source = readYaml(file, yaml);
  if ("problems" in source) return { id: name, ...source };
  const parsed = templateSourceSchema.safeParse(source.body, { reportInput: true });
  if (!parsed.success) {
    const complaints = problemsOf(parsed.error, Object.keys(templateSourceSchema.shape));
    return { id: name, source, problems: complaints.map((problem) => atField(source, plainly(problem, source.body))) };
  }
  const problems = [...checkNames(name, parsed.data, { source, context }), ...checkYamlLiquid(parsed.data, source)];
  const locales = context.locales ?? Object.keys(parsed.data.subject);
  const texts: Record<string, Texts> = {};
  for (const locale of locales) {
    const result = await readLocale({ folder, locale, template: parsed.data, context });
    problems.push(...result.problems);
    if (result.texts !== undefined) texts[locale] = result.texts;
  }
  const read: Read = { id: parsed.data.template, source, problems };
  if (problems.length > 0 || context.layout === undefined || context.locales === undefined) return read;
  const body = { template: parsed.data.template, locales: texts };
  return { ...read, definition: { kind: "template", id: body.template, body, file, lines: linesOf(source, locales) } };
}

/** Where the parts of the published body were written. */
function linesOf({ lines }: YamlSource, locales: string[]): Record<string, string> {
  const kept: [string, string | undefined][] = [
    ["", lines[""]],
    ["template", lines["template"]],
    ["locales", lines["subject"]],
    ...locales.map((locale): [string, string | undefined] => [`locales.${locale}.subject`, lines[`subject.${locale}`]]),
  ];
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function checkNames(
  name: string,
  template: TemplateSource,
  { source, context }: { source: YamlSource; context: TemplateContext },
): SourceProblem[] {
  const problems: SourceProblem[] = [];
  if (template.template !== name) {
    const message = `must be ${name}, the name of its folder`;
    problems.push(atField(source, { code: "id_differs", path: "template", message }));
  }
  const { locales } = context;
  if (locales === undefined) return problems;
  for (const locale of locales.filter((wanted) => template.subject[wanted] === undefined)) {
    const message = `is missing; the shop writes in ${locales.join(", ")}`;
    problems.push(atField(source, { code: "locale_missing", path: `subject.${locale}`, message }));
  }
  const { preheader } = template;
  for (const locale of preheader === undefined ? [] : locales.filter((wanted) => preheader[wanted] === undefined)) {
    const message = `is missing; either every locale has a preheader (${locales.join(", ")}), or none`;
    problems.push(atField(source, { code: "locale_missing", path: `preheader.${locale}`, message }));
  }
  const written = [...Object.keys(template.subject).map((locale) => `subject.${locale}`)];
  written.push(...Object.keys(template.preheader ?? {}).map((locale) => `preheader.${locale}`));
  for (const path of written.filter((each) => !locales.includes(each.slice(each.indexOf(".") + 1)))) {
    const message = `is never used; relance.yaml supports ${locales.join(", ")}`;
    problems.push(atField(source, { code: "unknown_locale", path, message }));
  }
  for (const file of context.files.keys()) {
    const locale = file.startsWith(`templates/${name}/`) && /\/([^/]+)\.(mjml|txt)$/.exec(file)?.[1];
    if (typeof locale !== "string" || locales.includes(locale)) continue;
    const message = `is never used; relance.yaml supports ${locales.join(", ")}`;
    problems.push(fileError(file, { code: "unknown_locale", message }));
  }
  return problems;
}

function checkYamlLiquid(template: TemplateSource, source: YamlSource): SourceProblem[] {
  return (["subject", "preheader"] as const).flatMap((field) =>
    Object.entries(template[field] ?? {}).flatMap(([locale, text]) => {
      const start = source.texts[`${field}.${locale}`];
      return checkLiquid({ file: source.file, text, ...(start && { start }) });
    }),
  );
}

type LocaleSource = { folder: string; locale: string; template: TemplateSource; context: TemplateContext };

async function readLocale(from: LocaleSource): Promise<{ texts?: Texts; problems: SourceProblem[] }> {
  const { folder, locale, template, context } = from;
  const file = `${folder}/${locale}.mjml`;
  const written = context.files.get(file);
  if (written === undefined || written.trim() === "") {
    const what = written === undefined ? "is missing" : "is empty";
    const message = `${what}; write the mail's sections in ${locale} into it`;
    return { problems: [fileError(file, { code: "locale_missing", message })] };
  }
  const textFile = `${folder}/${locale}.txt`;
  const ownText = context.files.get(textFile);
  const text = withoutComments(written);
  const problems = [
    ...checkStructure({ file, text }, "sections"),
    ...checkLiquid({ file, text }),
    ...(ownText === undefined ? [] : checkLiquid({ file: textFile, text: ownText })),
  ];
  const subject = template.subject[locale];
  if (problems.length > 0 || context.layout === undefined || subject === undefined) return { problems };
  const page = assemble(context.layout, { file, text: written }, template.preheader?.[locale] ?? "");
  const compiled = await compileTemplate(page, { file, cache: context.cache });
  if ("problems" in compiled) return compiled;
  const texts: Texts = { subject, html: compiled.html, text: ownText ?? compiled.text };
  return { texts, problems: [] };
}
