// Decides how the marketers' folder gets into a data folder: read, checked as a whole, and published only without problems.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOCAL } from "../../functions/principal.ts";
import type { CompiledCache, CompiledTemplate } from "../../shared/authoring/compiled-cache.ts";
import { type Marketing, readMarketing } from "../../shared/authoring/read-folder.ts";
import { errorsIn, problemText } from "../../shared/authoring/source-problem.ts";
import { revisionOf } from "../../shared/domain/catalogue.ts";
import { diffDefinitions } from "../../shared/domain/definition-diff.ts";
import { loosenedSettings } from "../../shared/domain/loosened-settings.ts";
import { type Act, audited } from "../../shared/pipeline/audit.ts";
import { activePublication, definitionsOf, publish } from "../../shared/pipeline/catalogue-store.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import { countsText } from "../plan/diff-text.ts";
import type { LocalHost } from "./host.ts";

/** Where the marketing folder is looked for when nothing else is said. */
export const MARKETING = "marketing";

/** Without a plan: what the folder says is published when the local mode starts on it. */
const BY_WHOEVER_STARTS: Act = { principal: LOCAL, action: "catalogue.publish" };

const CACHE = "compiled-templates";

/** Where the folder is, and how problems call it. */
export type MarketingFolder = { path: string; shownAs: string };

/** Reads the folder with the compiled templates that the data folder keeps. */
export function readForData({ path, shownAs }: MarketingFolder, dataFolder: string): Promise<Marketing> {
  return readMarketing(path, { shownAs, cache: cacheIn(join(dataFolder, CACHE)) });
}

/** The folder has problems: one line each, as editors link them. */
export class BrokenMarketing extends Fault {
  readonly problems: Marketing["problems"];
  constructor({ shownAs }: MarketingFolder, problems: Marketing["problems"]) {
    const lines = problems.map((problem) => `  ${problemText(problem)}`);
    const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
    super("broken_marketing", `${shownAs} has ${count}; nothing was published.\n${lines.join("\n")}`, {
      retryable: false,
    });
    this.problems = problems;
  }
}

/**
 * `changed`: what differs from what was live before, in short; absent when nothing does, or nothing was. `ends`: live
 * campaigns that the folder does not have, `loosens`: settings that protect people less in it; then nothing was published.
 */
export type Published = { definitions: number; changed?: string; ends?: string[]; loosens?: string[] };

/**
 * Publishes the folder into the host's data; throws `BrokenMarketing`. The same folder again changes nothing. What would
 * archive campaigns, or protect people less, is left to a reviewed plan.
 */
export async function publishFolder({ data }: LocalHost, folder: MarketingFolder): Promise<Published> {
  const { definitions, problems } = await readForData(folder, data.store.folder);
  const errors = errorsIn(problems);
  if (errors.length > 0) throw new BrokenMarketing(folder, errors);
  const active = await activePublication(data.ports);
  const before = active && (await definitionsOf(data.ports, active.revision));
  const changes = before === undefined ? [] : diffDefinitions(before, definitions);
  const ends = changes.flatMap(({ kind, id, change }) => (kind === "campaign" && change === "removed" ? [id] : []));
  const loosens = loosenedSettings(before ?? [], definitions).map(({ path }) => path);
  if (ends.length + loosens.length > 0) return { definitions: definitions.length, ends, loosens };
  if (active?.revision !== revisionOf(definitions)) {
    await audited(data.ports, BY_WHOEVER_STARTS, () => publish(data.ports, definitions));
  }
  const changed = changes.length === 0 ? {} : { changed: `${countsText(changes)} in ${folder.shownAs}` };
  return { definitions: definitions.length, ...changed };
}

/** One file per compiled page. A cache that cannot be written is only slower. */
function cacheIn(folder: string): CompiledCache {
  const fileOf = (hash: string) => join(folder, `${hash}.json`);
  return {
    get: async (hash) => {
      try {
        const kept = JSON.parse(await readFile(fileOf(hash), "utf8")) as Partial<CompiledTemplate>;
        return typeof kept.html === "string" && typeof kept.text === "string" ? (kept as CompiledTemplate) : undefined;
      } catch {
        return undefined;
      }
    },
    put: async (hash, compiled) => {
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(`${fileOf(hash)}.new`, JSON.stringify(compiled));
        await rename(`${fileOf(hash)}.new`, fileOf(hash));
      } catch {
        // Compiled again next time.
      }
    },
  };
}
