// Decides how a bug is planted for the simulation: the text of product files is changed while they are loaded, nowhere else.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** One change of text in one file. `find` must occur exactly once there. */
export type Edit = { file: string; find: string; replace: string };

/** A bug that the simulation must find. */
export type Mutant = {
  name: string;
  /** The bug in one sentence. */
  says: string;
  edits: Edit[];
  /** How many seeds, from 0 on, are enough to find it. */
  within: number;
  /** The invariants that may find it, so that a false alarm does not count; absent: any. */
  invariants?: string[];
};

/** An edit has nothing to change any more, or more than one place: the mutant must be written anew. */
export class DoesNotFit extends Error {
  constructor({ name }: Pick<Mutant, "name">, { file, find }: Edit, why: string) {
    super(
      `mutant "${name}" does not fit its file any more: ${file} ${why} ${JSON.stringify(find)}; ` +
        "change the mutant in test/simulation/mutants.ts so that it plants its bug again",
    );
    this.name = "DoesNotFit";
  }
}

const ROOT = new URL("../../", import.meta.url);

/**
 * Plants the bug in every module this thread loads from now on; call it before the product is imported. Throws
 * `DoesNotFit` when an edit has no place, or several. Returns the edited files that no module has loaded so far.
 */
export function plant(mutant: Mutant): () => string[] {
  const sources = new Map<string, string>();
  for (const edit of mutant.edits) {
    const url = new URL(edit.file, ROOT).href;
    sources.set(url, edited(mutant, edit, sources.get(url) ?? sourceOf(mutant, edit)));
  }
  const unloaded = new Set(mutant.edits.map(({ file }) => file));
  registerHooks({
    load(url, context, nextLoad) {
      const source = sources.get(url);
      if (source === undefined) return nextLoad(url, context);
      for (const { file } of mutant.edits) if (new URL(file, ROOT).href === url) unloaded.delete(file);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
  return () => [...unloaded];
}

function sourceOf(mutant: Mutant, edit: Edit): string {
  try {
    return readFileSync(fileURLToPath(new URL(edit.file, ROOT)), "utf8");
  } catch {
    throw new DoesNotFit(mutant, edit, "is not there to hold");
  }
}

function edited(mutant: Mutant, edit: Edit, source: string): string {
  const places = source.split(edit.find).length - 1;
  if (places === 0) throw new DoesNotFit(mutant, edit, "does not hold");
  if (places > 1) throw new DoesNotFit(mutant, edit, `holds ${places} times`);
  return source.replace(edit.find, () => edit.replace);
}
