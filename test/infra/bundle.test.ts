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
import { type FunctionWiring, type May, wiring } from "../../infra/wiring.ts";

const MAX_BYTES = 800_000;
const functions: [string, FunctionWiring][] = Object.entries(wiring.functions);
const names = functions.map(([name]) => name);

/** What each right is used with, in the order of the alphabet. */
const CLIENTS: [keyof May, string][] = [
  ["table", "dynamodb"],
  ["bus", "eventbridge"],
  ["mail", "sesv2"],
  ["queues", "sqs"],
  ["secrets", "ssm"],
];

/** Names for all a function may touch, as its environment has them. */
function environmentFor({ may }: FunctionWiring): Record<string, string> {
  return {
    AWS_REGION: "eu-west-3",
    ...(may.table && { RELANCE_TABLE: "t" }),
    ...(may.bus && { RELANCE_BUS: "b" }),
    ...(may.mail && { RELANCE_CONFIGURATION_SET: "c" }),
    ...(may.secrets && { RELANCE_SECRETS_PREFIX: "/s" }),
    ...Object.fromEntries(
      (may.queues ?? []).map((name) => [`RELANCE_QUEUE_${name.toUpperCase()}`, "https://q.test/q"]),
    ),
  };
}

const run = async (script: string, ...args: string[]): Promise<string[]> => {
  const node = ["--input-type=module", "-e", script, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, node, { env: {} });
  return stdout.trim().split("\n");
};

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
    expect(await run(script, ...names)).toEqual(names.map((name) => `${name} function`));
  });

  test("hold the SDK clients of their function's rights, and no others", () => {
    for (const [name, { inputs }] of bundles) {
      const held = Object.keys(inputs).flatMap((path) => /@aws-sdk\/client-(\w+)\/dist/.exec(path)?.[1] ?? []);
      const { may } = wiring.functions[name as keyof typeof wiring.functions] as FunctionWiring;
      const wanted = CLIENTS.flatMap(([right, client]) => (may[right] ? [client] : []));
      expect({ [name]: [...new Set(held)].sort() }).toEqual({ [name]: wanted });
    }
  });

  test("build every port their environment names", async () => {
    // Without credentials no call leaves: what asks a port fails as unavailable, which a port that is not there cannot.
    const script = `
      for (const [name, environment] of JSON.parse(process.argv[1])) {
        process.env = environment;
        const { handler } = await import(new URL(name + "/index.mjs", "file://${outdir}/"));
        const http = { method: "GET", path: "/nothing" };
        const said = await handler({ version: "2.0", requestContext: { http }, Records: [] }, {}).catch((error) => error);
        console.log(name, said.statusCode ?? said.code ?? (said.batchItemFailures ? "done" : String(said)));
      }`;
    const given = functions.map(([name, wired]) => [name, environmentFor(wired)]);
    const said = await run(script, JSON.stringify(given));
    const isServed = ({ triggers }: FunctionWiring) => triggers.some((trigger) => "route" in trigger);
    const expected = functions.map(([name, wired]) =>
      isServed(wired) ? `${name} 404` : `${name} (?:done|unavailable)`,
    );
    expect(said.join("\n")).toMatch(new RegExp(`^${expected.join("\n")}$`));
  });
});
