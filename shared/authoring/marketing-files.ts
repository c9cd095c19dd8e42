// Decides which files of the marketers' folder are read, and that they are readable text.
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import type { SourceProblem } from "./source-problem.ts";

/** Texts by path relative to the folder, with forward slashes; without byte order mark, lines ended by "\n". */
export type MarketingFiles = Map<string, string>;

const MAX_BYTES = 512 * 1024;
const READ = /^(relance|segments\/[^/]+|campaigns\/[^/]+|templates\/[^/]+\/template)\.yaml$/;
const READ_IN_TEMPLATES = /^templates\/(layout\.mjml|[^/]+\/[^/]+\.(mjml|txt))$/;
/** Written by marketers, read by `relance test`, not here. */
const TESTS = /\.test\.yaml$/;

/** Reads every file the folder's layout knows, in the order of their paths. */
export async function readFiles(folder: string): Promise<{ files: MarketingFiles; problems: SourceProblem[] }> {
  const listed = await list(folder);
  if (typeof listed === "string") return { files: new Map(), problems: [problem("", "folder_unreadable", listed)] };
  const files: MarketingFiles = new Map();
  const problems: SourceProblem[] = [];
  for (const path of listed.filter((name) => !TESTS.test(name))) {
    if (!READ.test(path) && !READ_IN_TEMPLATES.test(path)) {
      problems.push(...misplaced(path));
      continue;
    }
    const text = decode(await readFile(join(folder, path)));
    if ("message" in text) problems.push(problem(path, text.code, text.message));
    else files.set(path, text.text);
  }
  return { files, problems };
}

async function list(folder: string): Promise<string[] | string> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, sep).length));
    return paths
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => !/(^|\/)\./.test(path))
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "there is no such folder";
    if (code === "ENOTDIR")
      return "is a file; it must be the folder with relance.yaml, segments, campaigns and templates";
    return `cannot be read (${code})`;
  }
}

/** A definition that is never read would be a campaign that silently never runs. */
function misplaced(path: string): SourceProblem[] {
  if (path.endsWith(".yml")) return [problem(path, "wrong_ending", "is not read: name it .yaml")];
  if (!/\.(yaml|mjml)$/.test(path)) return [];
  const places =
    "relance.yaml, segments/*.yaml, campaigns/*.yaml, templates/<id>/template.yaml and templates/<id>/<locale>.mjml";
  return [problem(path, "wrong_place", `is not read here: Relance reads ${places}`)];
}

function decode(bytes: Uint8Array): { text: string } | { code: string; message: string } {
  if (bytes.length > MAX_BYTES) return { code: "too_large", message: `is larger than ${MAX_BYTES / 1024} KB` };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n") };
  } catch {
    return { code: "not_utf8", message: "is not UTF-8 text; save it with that encoding" };
  }
}

function problem(file: string, code: string, message: string): SourceProblem {
  return { file, line: 1, column: 1, code, message };
}
