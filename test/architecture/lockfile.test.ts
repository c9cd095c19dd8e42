// Decides that a fresh clone installs: the lockfile is complete, exact and free of registry addresses.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { completeLockfile } from "../../tools/complete-lockfile.mjs";
import { findNpm } from "../../tools/npm.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const manifest = JSON.parse(read("package.json"));

describe("the lockfile", () => {
  test("npm ci accepts it", () => {
    const folder = mkdtempSync(join(tmpdir(), "relance-lockfile-"));
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) cpSync(join(root, file), join(folder, file));
    const [command = "npm", ...first] = findNpm(process.env);
    const args = [...first, "ci", "--dry-run", "--offline", "--ignore-scripts", "--prefix", folder];
    const run = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
    rmSync(folder, { recursive: true, force: true });
    expect(run.status, run.stderr).toBe(0);
  });

  test("it names every optional platform package, also those a registry may lack", () => {
    expect(completeLockfile(JSON.parse(read("package-lock.json")))).toEqual([]);
  });

  test("it holds no registry address", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { resolved?: string }> };
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test("every dependency is pinned exactly", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const pins = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(pins.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
