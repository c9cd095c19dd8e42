// Decides how the functions become Lambda assets: one self-contained ES module per function, with the SDK clients it may use.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { type FunctionWiring, type May, wiring } from "./wiring.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the bundles are written unless told otherwise: `<name>/index.mjs` and its source map below this folder. */
export const DIST = join(root, "dist", "functions");

/** Bundles every function of the wiring (some seconds for all) and returns esbuild's account of what went in. */
export async function bundleFunctions(outdir: string = DIST): Promise<Metafile> {
  await rm(outdir, { recursive: true, force: true });
  const functions: [string, FunctionWiring][] = Object.entries(wiring.functions);
  const accounts = await Promise.all(functions.map(([name, wired]) => bundle(wired, join(outdir, name))));
  return {
    inputs: Object.assign({}, ...accounts.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...accounts.map(({ outputs }) => outputs)),
  };
}

async function bundle({ entry, may }: FunctionWiring, outdir: string): Promise<Metafile> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [{ in: entry, out: "index" }],
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
    plugins: [onLambda, onlyClientsOf(may)],
    logLevel: "warning",
  });
  return result.metafile;
}

/** Some modules have a smaller or earlier stand-in on Lambda; together they spare each bundle 310 kB. */
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
    // A client tells the service its version, and bundles the whole file it is written in.
    bundler.onLoad({ filter: /@aws-sdk[\\/]client-[a-z0-9-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, "utf8"));
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/** The packages a right is used with. */
const CLIENTS: Record<keyof May, readonly string[]> = {
  table: ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"],
  bus: ["@aws-sdk/client-eventbridge"],
  queues: ["@aws-sdk/client-sqs"],
  mail: ["@aws-sdk/client-sesv2"],
  secrets: ["@aws-sdk/client-ssm"],
  copies: ["@aws-sdk/client-sqs"],
  erasures: ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"],
};

/** Leaves out the clients of services a function has no right to: its environment does not name them, so nothing builds them. */
function onlyClientsOf(may: May): Plugin {
  const rights = Object.keys(CLIENTS) as (keyof May)[];
  const used = rights.flatMap((right) => (may[right] === undefined ? [] : CLIENTS[right]));
  const unused = new Set(rights.flatMap((right) => CLIENTS[right]).filter((client) => !used.includes(client)));
  return {
    name: "only-clients-of-rights",
    setup(bundler) {
      bundler.onResolve({ filter: /^@aws-sdk\/(?:client|lib)-[a-z0-9-]+$/ }, ({ path }) =>
        unused.has(path) ? { path, namespace: "no-right" } : undefined,
      );
      bundler.onLoad({ filter: /.*/, namespace: "no-right" }, () => ({ contents: "module.exports = {};" }));
    },
  };
}
