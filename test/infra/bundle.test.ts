// Guarantees about the bundles: small, free of CommonJS calls, and able to start on Lambda's Node.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleFunctions } from "../../infra/bundle.ts";
import { wiring } from "../../infra/wiring.ts";

const MAX_BYTES = 800_000;
const names = Object.keys(wiring.functions);

let outdir: string;
let bundles: [name: string, output: Metafile["outputs"][string]][];
beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), "relance-bundles-"));
  const { outputs } = await bundleFunctions(outdir);
  bundles = Object.entries(outputs).flatMap(([path, output]) =>
    path.endsWith(".mjs") ? [[basename(dirname(path)), output]] : [],
  );
});
afterAll(() => rm(outdir, { recursive: true, force: true }));

describe("the bundles", () => {
  test("are one module per function, of at most 800 kB", () => {
    expect(bundles.map(([name]) => name).sort()).toEqual([...names].sort());
    for (const [name, { bytes }] of bundles) expect([name, bytes <= MAX_BYTES, bytes]).toEqual([name, true, bytes]);
  });

  test("import Node's own modules only, and call no require", () => {
    for (const [, { imports }] of bundles) {
      expect(imports.filter(({ kind }) => kind === "require-call")).toEqual([]);
      expect(imports.filter(({ path }) => !isBuiltin(path))).toEqual([]);
    }
  });

  test("never look for credentials outside the environment", () => {
    for (const [, { inputs }] of bundles) {
      expect(Object.keys(inputs).filter((path) => /credential-provider-(?:ini|sso|imds|login)/.test(path))).toEqual([]);
    }
  });

  test("start, and export a handler", async () => {
    const script = `
      for (const name of process.argv.slice(1)) {
        const { handler } = await import(new URL(name + "/index.mjs", "file://${outdir}/"));
        console.log(name, typeof handler);
      }`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, ...names], {
      env: {},
    });
    expect(stdout.trim().split("\n")).toEqual(names.map((name) => `${name} function`));
  });
});
