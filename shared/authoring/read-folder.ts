// Decides what the marketers' folder says as a whole: every definition that is sound, and every problem of every file.
import type { Definition } from "../domain/definition.ts";
import { settingsSchema } from "../domain/settings.ts";
import { checkReferences, isForMarketing } from "./check-references.ts";
import type { CompiledCache } from "./compiled-cache.ts";
import { checkLiquid } from "./liquid-source.ts";
import { type MarketingFiles, readFiles } from "./marketing-files.ts";
import { type Layout, layoutText, readLayout } from "./mjml-page.ts";
import { idFromFile, type Read, readDefinition } from "./read-definition.ts";
import { readTemplate } from "./read-template.ts";
import { inReadingOrder, type SourceProblem } from "./source-problem.ts";

export type ReadOptions = {
  /** Compiled templates of earlier reads; with all of them there, the MJML compiler is not loaded. */
  cache?: CompiledCache;
  /** How problems name the folder; as given without it. */
  shownAs?: string;
};

/** `definitions`: settings, segments, campaigns, templates, each kind in the order of its files. */
export type Marketing = { definitions: Definition[]; problems: SourceProblem[] };

const SETTINGS = "relance.yaml";
const LAYOUT = "templates/layout.mjml";

/**
 * Reads and checks the whole folder. Files of definitions are relative to it, files of problems carry its name.
 * Publish only without problems: a definition that has one is left out.
 */
export async function readMarketing(folder: string, options: ReadOptions = {}): Promise<Marketing> {
  const shownAs = (options.shownAs ?? folder).replaceAll("\\", "/").replace(/\/+$/, "");
  const { files, problems: unread } = await readFiles(folder);
  const { definitions, problems } =
    unread[0]?.code === "folder_unreadable"
      ? { definitions: [], problems: unread }
      : await readAll(files, unread, options.cache);
  const named = problems.map((problem) => ({ ...problem, file: [shownAs, problem.file].filter(Boolean).join("/") }));
  return { definitions, problems: inReadingOrder(named) };
}

async function readAll(
  files: MarketingFiles,
  unread: SourceProblem[],
  cache: CompiledCache | undefined,
): Promise<Marketing> {
  const settings = readSettings(files, unread);
  const segments = [...readKind(files, "segment", "segments/"), ...unreadKind(unread, "segments/")];
  const campaigns = readKind(files, "campaign", "campaigns/");
  const names = templateNames(files);
  const layout = names.length === 0 ? { problems: [] } : readSharedLayout(files);
  const templates: Read[] = [];
  for (const name of names) {
    const context = {
      files,
      layout: layout.layout,
      locales: localesOf(settings),
      cache,
      isForMarketing: (template: string) => isForMarketing(template, campaigns),
    };
    templates.push(await readTemplate(name, context));
  }
  const reads = [settings, ...segments, ...campaigns, ...templates];
  return {
    definitions: reads.flatMap(({ definition }) => definition ?? []),
    problems: [
      ...unread,
      ...reads.flatMap(({ problems }) => problems),
      ...layout.problems,
      ...checkReferences({ segments, campaigns, templates }),
    ],
  };
}

function readSettings(files: MarketingFiles, unread: SourceProblem[]): Read {
  const text = files.get(SETTINGS);
  if (text !== undefined) return readDefinition("settings", SETTINGS, text);
  if (unread.some(({ file }) => file === SETTINGS)) return { problems: [] };
  const message = "is missing; it holds the shop's name, sender, locales and time zones";
  return { problems: [{ file: SETTINGS, line: 1, column: 1, code: "settings_missing", message }] };
}

function localesOf({ definition }: Read): string[] | undefined {
  return definition && settingsSchema.parse(definition.body).locales.supported;
}

function readKind(files: MarketingFiles, kind: "segment" | "campaign", prefix: string): Read[] {
  return [...files].flatMap(([file, text]) => (file.startsWith(prefix) ? [readDefinition(kind, file, text)] : []));
}

/** A file that could not be read still stands for its definition: references to it are not called unknown. */
function unreadKind(unread: SourceProblem[], prefix: string): Read[] {
  return unread.flatMap(({ file }) => (file.startsWith(prefix) ? [{ id: idFromFile(file), problems: [] }] : []));
}

function templateNames(files: MarketingFiles): string[] {
  const names = [...files.keys()].flatMap((file) => /^templates\/([^/]+)\//.exec(file)?.[1] ?? []);
  return [...new Set(names)];
}

function readSharedLayout(files: MarketingFiles): { layout?: Layout; problems: SourceProblem[] } {
  const text = files.get(LAYOUT);
  if (text === undefined) {
    const message = "is missing; it is the frame of all mails: header, <!-- content --> and footer";
    return { problems: [{ file: LAYOUT, line: 1, column: 1, code: "layout_missing", message }] };
  }
  const layout = readLayout({ file: LAYOUT, text });
  if ("problems" in layout) return layout;
  const problems = checkLiquid({ file: LAYOUT, text: layoutText(layout) });
  return problems.length > 0 ? { problems } : { layout, problems };
}
