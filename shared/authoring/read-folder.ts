// Decides what the marketers' folder says as a whole: every definition that is sound, and every problem of every file.
import { checkDrop } from "../domain/check-drop.ts";
import type { Definition } from "../domain/definition.ts";
import { builtInFacts, type KnownFacts, withFacts } from "../domain/known-facts.ts";
import { type Settings, settingsSchema } from "../domain/settings.ts";
import { checkFacts } from "./check-facts.ts";
import { checkLoops } from "./check-loops.ts";
import { checkReferences } from "./check-references.ts";
import { checkTemplates } from "./check-templates.ts";
import type { CompiledCache } from "./compiled-cache.ts";
import { FACTS, readFacts } from "./facts-file.ts";
import { checkLiquid } from "./liquid-source.ts";
import { type Found, type MarketingFiles, readFiles } from "./marketing-files.ts";
import { type Layout, layoutText, readLayout } from "./mjml-page.ts";
import { idFromFile, type Read, readDefinition } from "./read-definition.ts";
import { readTemplate } from "./read-template.ts";
import { atField, fileError, inReadingOrder, type Placed, type SourceProblem } from "./source-problem.ts";
import { LAYOUT } from "./template-sources.ts";
import { checkTests } from "./tests/check-tests.ts";
import { readTests } from "./tests/read-tests.ts";
import type { WrittenTest } from "./tests/test-schema.ts";
import { factsTold } from "./told-facts.ts";

export type ReadOptions = {
  /** Compiled templates of earlier reads; with all of them there, the MJML compiler is not loaded. */
  cache?: CompiledCache;
  /** How problems name the folder; as given without it. */
  shownAs?: string;
};

/**
 * `definitions`: settings, segments, campaigns, templates, each kind in the order of its files. `problems`: errors and
 * warnings. `facts`: everything known by name. `tests`: the sound ones that marketers wrote.
 */
export type Marketing = {
  definitions: Definition[];
  problems: SourceProblem[];
  facts: KnownFacts;
  tests: WrittenTest[];
};

const SETTINGS = "relance.yaml";

/**
 * Reads and checks the whole folder. Files of definitions are relative to it, files of problems and tests carry its name.
 * Publish only without errors: a definition that has one of its own is left out.
 */
export async function readMarketing(folder: string, options: ReadOptions = {}): Promise<Marketing> {
  const shownAs = (options.shownAs ?? folder).replaceAll("\\", "/").replace(/\/+$/, "");
  const found = await readFiles(folder);
  const marketing: Marketing =
    found.problems[0]?.code === "folder_unreadable"
      ? { definitions: [], problems: found.problems, facts: builtInFacts, tests: [] }
      : await readAll(found, options.cache);
  const named = <T extends { file: string }>(one: T): T => ({
    ...one,
    file: [shownAs, one.file].filter(Boolean).join("/"),
  });
  return {
    ...marketing,
    problems: inReadingOrder(marketing.problems.map(named)),
    tests: marketing.tests.map(named),
  };
}

async function readAll(
  { files, tests, problems: unread }: Found,
  cache: CompiledCache | undefined,
): Promise<Marketing> {
  const settings = readSettings(files, unread);
  const segments = [...readKind(files, "segment", "segments/"), ...unreadKind(unread, "segments/")];
  const campaigns = readKind(files, "campaign", "campaigns/");
  const own = readFacts(files.get(FACTS));
  const bodies = campaigns.flatMap(({ source }) => (source === undefined ? [] : [source.body]));
  const declared = withFacts(builtInFacts, own.facts);
  const facts = withFacts(declared, factsTold(bodies, declared));
  const { templates, problems: ofLayout } = await readTemplates(files, settingsOf(settings)?.locales.supported, cache);
  const written = readTests(tests);
  const reads = [settings, ...segments, ...campaigns, ...templates];
  const agreed = settingsOf(settings);
  const definitions = reads.flatMap(({ definition }) => definition ?? []);
  return {
    definitions,
    problems: [
      ...unread,
      ...reads.flatMap(({ problems }) => problems),
      ...own.problems,
      ...ofLayout,
      ...checkReferences({ segments, campaigns, templates }),
      ...checkLoops(campaigns),
      ...checkFacts({ segments, campaigns }, facts),
      ...(settings.source === undefined ? [] : checkDropped(settings.source, definitions)),
      ...(agreed === undefined ? [] : checkTemplates(templates, { files, settings: agreed, campaigns, facts })),
      ...written.problems,
      ...checkTests(written.tests, { segments, campaigns, facts }),
    ],
    facts,
    tests: written.tests,
  };
}

function readSettings(files: MarketingFiles, unread: SourceProblem[]): Read {
  const text = files.get(SETTINGS);
  if (text !== undefined) return readDefinition("settings", SETTINGS, text);
  if (unread.some(({ file }) => file === SETTINGS)) return { problems: [] };
  const message = "is missing; write the shop's name, sender, locales and time zones into it";
  return { problems: [fileError(SETTINGS, { code: "settings_missing", message })] };
}

function checkDropped(settings: Placed, definitions: Definition[]): SourceProblem[] {
  return checkDrop(definitions).map((problem) => atField(settings, problem));
}

function settingsOf({ definition }: Read): Settings | undefined {
  return definition && settingsSchema.parse(definition.body);
}

function readKind(files: MarketingFiles, kind: "segment" | "campaign", prefix: string): Read[] {
  return [...files].flatMap(([file, text]) => (file.startsWith(prefix) ? [readDefinition(kind, file, text)] : []));
}

/** A file that could not be read still stands for its definition: references to it are not called unknown. */
function unreadKind(unread: SourceProblem[], prefix: string): Read[] {
  return unread.flatMap(({ file, severity }) =>
    severity === "error" && file.startsWith(prefix) ? [{ id: idFromFile(file), problems: [] }] : [],
  );
}

async function readTemplates(
  files: MarketingFiles,
  locales: string[] | undefined,
  cache: CompiledCache | undefined,
): Promise<{ templates: Read[]; problems: SourceProblem[] }> {
  const found = [...files.keys()].flatMap((file) => /^templates\/([^/]+)\//.exec(file)?.[1] ?? []);
  const names = [...new Set(found)];
  if (names.length === 0) return { templates: [], problems: [] };
  const { layout, problems } = readSharedLayout(files);
  const templates: Read[] = [];
  for (const name of names) templates.push(await readTemplate(name, { files, layout, locales, cache }));
  return { templates, problems };
}

function readSharedLayout(files: MarketingFiles): { layout?: Layout; problems: SourceProblem[] } {
  const text = files.get(LAYOUT);
  if (text === undefined) {
    const message = "is missing; write the frame of all mails into it: header, <!-- content --> and footer";
    return { problems: [fileError(LAYOUT, { code: "layout_missing", message })] };
  }
  const layout = readLayout({ file: LAYOUT, text });
  if ("problems" in layout) return layout;
  const problems = checkLiquid({ file: LAYOUT, text: layoutText(layout) });
  return problems.length > 0 ? { problems } : { layout, problems };
}
