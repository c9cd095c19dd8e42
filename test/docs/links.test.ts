// Proves that all documents hold together: their links lead somewhere, and the commands they name exist.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { relance } from "../cli/command-line.ts";
import { anchorsOf } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const documents = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];
const textOf = (document: string) => readFileSync(join(ROOT, document), "utf8");

describe.each(documents)("%s", (document) => {
  const text = textOf(document);

  test("leads to files and headings that exist", () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link.replace(/\s/g, ""));
    for (const link of links.filter((one) => !one.startsWith("https://"))) {
      const [file = "", anchor] = link.split("#");
      const path = file === "" ? join(ROOT, document) : join(ROOT, dirname(document), file);
      expect([link, existsSync(path)]).toEqual([link, true]);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(path, "utf8"))).toContain(anchor);
    }
  });

  test("names commands that exist", async () => {
    const { out } = await relance(["--help"], { data: "none" });
    const known = [...out.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
    const named = [...text.matchAll(/(?:`relance|relance --) ([a-z]+)/g)].map(([, name]) => name);
    expect(known.length).toBeGreaterThan(20);
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
  });
});
