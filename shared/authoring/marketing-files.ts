// Decides which files of the marketers' folder are read, and that they are readable text.
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { closest } from "../domain/closest.ts";
import { fileError, type SourceProblem } from "./source-problem.ts";

/** Texts by path relative to the folder, with forward slashes; without byte order mark, lines ended by "\n". */
export type MarketingFiles = Map<string, string>;

const FACTS = "facts.yaml";
const MAX_BYTES = 512 * 1024;
const READ = /^(relance|facts|segments\/[^/]+|campaigns\/[^/]+|templates\/[^/]+\/template)\.yaml$/;
const READ_IN_TEMPLATES = /^templates\/(layout\.mjml|[^/]+\/[^/]+\.(mjml|txt))$/;
/** Tests stand anywhere in the folder. */
const TESTS = /\.test\.yaml$/;
/** Notes for people. */
const NOTES = /\.md$|(^|\/)(README|LICENSE|NOTES)[^/]*$/i;
const FOLDERS = ["segments", "campaigns", "templates"];

/** What was found: `files` of definitions and templates, `tests` that marketers wrote. */
export type Found = { files: MarketingFiles; tests: MarketingFiles; problems: SourceProblem[] };

/** Reads every file the folder's layout knows, in the order of their paths. */
export async function readFiles(folder: string): Promise<Found> {
  const found: Found = { files: new Map(), tests: new Map(), problems: [] };
  const listed = await list(folder);
  if (typeof listed === "string") return { ...found, problems: [problem("", "folder_unreadable", listed)] };
  found.problems.push(...listed.folders.flatMap((path) => unknownFolder(path, listed.files)));
  for (const path of listed.files) {
    if (!TESTS.test(path) && !READ.test(path) && !READ_IN_TEMPLATES.test(path)) {
      found.problems.push(...misplaced(path));
      continue;
    }
    const text = decode(await readFile(join(folder, path)));
    if ("message" in text) found.problems.push(problem(path, text.code, text.message));
    else (TESTS.test(path) ? found.tests : found.files).set(path, text.text);
  }
  return found;
}

async function list(folder: string): Promise<{ files: string[]; folders: string[] } | string> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = (isFolder: boolean) =>
      entries
        .filter((entry) => entry.isDirectory() === isFolder)
        .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, sep).length))
        .map((path) => path.replaceAll("\\", "/"))
        .filter((path) => !/(^|\/)\./.test(path))
        .sort();
    return { files: paths(false), folders: paths(true) };
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
  if (NOTES.test(path)) return [];
  if (!/\.(yaml|mjml)$/.test(path)) {
    const message = "is not read by Relance; move it out of the folder, or name it .md when it is a note";
    return [{ ...problem(path, "not_read", message), severity: "warning" }];
  }
  const places =
    "relance.yaml, facts.yaml, segments/*.yaml, campaigns/*.yaml, templates/<id>/template.yaml, templates/<id>/<locale>.mjml and *.test.yaml";
  const [top = "", ...rest] = path.split("/");
  const nearest = rest.length === 0 ? closest(top, ["relance.yaml", FACTS]) : closest(top, FOLDERS);
  const hint = nearest === undefined || nearest === top ? "" : `; did you mean ${[nearest, ...rest].join("/")}?`;
  return [problem(path, "wrong_place", `is not read here: Relance reads ${places}${hint}`)];
}

/** An empty folder with a name of its own was probably meant to be one that Relance reads. */
function unknownFolder(path: string, files: string[]): SourceProblem[] {
  if (path.includes("/") || FOLDERS.includes(path) || files.some((file) => file.startsWith(`${path}/`))) return [];
  const nearest = closest(path, FOLDERS);
  const hint = nearest === undefined ? `there are ${FOLDERS.join(", ")}; take it away` : `did you mean ${nearest}?`;
  return [
    { ...problem(path, "unknown_folder", `is a folder that Relance does not read; ${hint}`), severity: "warning" },
  ];
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
  return fileError(file, { code, message });
}
