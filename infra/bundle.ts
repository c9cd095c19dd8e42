// Decides how the functions become Lambda assets: one esbuild run, one self-contained ES module per function.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { wiring } from "./wiring.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the bundles are written unless told otherwise: `<name>/index.mjs` and its source map below this folder. */
export const DIST = join(root, "dist", "functions");

/** Bundles every function of the wiring (about a second for all) and returns esbuild's account of what went in. */
export async function bundleFunctions(outdir: string = DIST): Promise<Metafile> {
  const entries = Object.entries(wiring.functions);
  await rm(outdir, { recursive: true, force: true });
  const result = await build({
    absWorkingDir: root,
    entryPoints: entries.map(([name, { entry }]) => ({ in: entry, out: join(name, "index") })),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Node's own order prefers CommonJS entries, whose `require` calls fail at import inside an ES module.
    mainFields: ["module", "main"],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
    plugins: [onLambda],
    logLevel: "warning",
  });
  return result.metafile;
}

/** Two modules have a smaller or earlier stand-in on Lambda; together they spare each bundle 300 kB. */
const onLambda: Plugin = {
  name: "on-lambda",
  setup(bundler) {
    // Imported statically the adapters load at start, and only what is used of each SDK client is bundled.
    bundler.onResolve({ filter: /\/ports-on-demand\.ts$/ }, () => ({
      path: join(root, "functions", "ports-from-env.ts"),
    }));
    // Lambda gives credentials by environment; profiles, single sign-on and instance metadata have no place there.
    bundler.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: "on-lambda",
      pluginData: resolveDir,
    }));
    bundler.onLoad({ filter: /.*/, namespace: "on-lambda" }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";`,
      resolveDir: String(pluginData),
    }));
  },
};
