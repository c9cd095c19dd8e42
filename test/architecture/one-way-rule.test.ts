// Decides that the house rules are enforced: each planted violation must be reported, and what is allowed must pass.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allowed, habitPlants, importPlants, purityPlants } from "./plants.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const plants = [...importPlants, ...purityPlants, ...habitPlants];

type Diagnostic = { category: string; message: string; location: { path: string } };

describe("the one-way rule", () => {
  let folder: string;
  let diagnostics: Diagnostic[];

  const plantAll = () => {
    cpSync(join(root, "tools/no-date.grit"), join(folder, "tools/no-date.grit"), { recursive: true });
    const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
    // Only the linter is under test, and the folder is no git repository.
    const changes = { vcs: { enabled: false }, formatter: { enabled: false }, assist: { enabled: false } };
    writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, ...changes }));
    const files = [...plants.map(({ path, source }) => [path, source] as const), ...Object.entries(allowed)];
    for (const [path, source] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
  };

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "relance-plants-")));
    plantAll();
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "lint", "--reporter=json", "--max-diagnostics=none", "."];
    const run = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    expect(run.status, run.stderr).toBe(1);
    diagnostics = JSON.parse(run.stdout).diagnostics;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const reported = (path: string) => diagnostics.filter(({ location }) => location.path.endsWith(path));

  test.each(plants.map((plant) => [plant.path, plant.rule, plant] as const))(
    "%s is stopped by %s",
    (path, rule, plant) => {
      const found = reported(path).map(({ category, message }) => ({ category, message }));
      expect(found.length, `nothing is reported for:\n${plant.source.slice(0, 200)}`).toBeGreaterThan(0);
      expect(
        found.some(({ category, message }) => category.endsWith(rule) && message.includes(plant.says)),
        JSON.stringify(found),
      ).toBe(true);
    },
  );

  test.each(Object.keys(allowed))("%s is let through", (path) => {
    expect(reported(path)).toEqual([]);
  });
});
