// Decides which file names the house refuses, and that every source file starts with the line that says what it decides.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FOLDERS = ["shared", "functions", "infra", "cli", "console", "test", "tools"];
const SAYS_NOTHING = /^(utils?|helpers?|common|types|services?|managers?|misc|index)\.(ts|mjs)$/;

const sources = FOLDERS.filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((at) => join(folder, at)),
  )
  .filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes("node_modules"));

describe("the house", () => {
  test("no file has a name that says nothing", () => {
    expect(sources.filter((path) => SAYS_NOTHING.test(basename(path)))).toEqual([]);
  });

  test("every source file starts with a comment that says what it decides", () => {
    expect(sources.filter((path) => !/^(\/\/|\/\*\*|#!)/.test(readFileSync(join(root, path), "utf8")))).toEqual([]);
  });
});
