// Decides which violation is planted for which rule: one file each, with the rule and the words that must be reported.

export type Plant = {
  path: string;
  source: string;
  /** End of the diagnostic's category, or `plugin`. */
  rule: string;
  /** Part of the message. */
  says: string;
};

const imports = (path: string, from: string, says: string): Plant => ({
  path,
  source: `import { x } from "${from}";\nexport const y = x;\n`,
  rule: "noRestrictedImports",
  says,
});

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

const UP = "domain imports nothing above it";
const PURE = "domain imports itself and small pure libraries";
const PIPELINE = "pipeline imports domain and itself";
const LIBRARIES = "pipeline talks to ports";
const ADAPTERS = "adapters import ports, faults and domain";
const FUNCTIONS = "functions import pipeline, adapters and domain";
const CDK = "aws-cdk-lib";
const SDK = "@aws-sdk belongs to shared/adapters/aws";

/** The one-way rule, an arrow a plant. */
export const importPlants: Plant[] = [
  imports("shared/domain/a1.ts", "../pipeline/ports.ts", UP),
  imports("shared/domain/conditions/a2.ts", "../../adapters/local/outbox.ts", UP),
  imports("shared/domain/a3.ts", "../authoring/read.ts", UP),
  imports("shared/domain/a4.ts", "../../functions/react.ts", UP),
  imports("shared/domain/a5.ts", "node:crypto", PURE),
  imports("shared/domain/a6.ts", "@aws-sdk/client-sqs", PURE),
  imports("shared/domain/a7.ts", "yaml", PURE),
  imports("shared/pipeline/b1.ts", "../adapters/local/outbox.ts", PIPELINE),
  imports("shared/pipeline/b2.ts", "../authoring/read.ts", PIPELINE),
  imports("shared/pipeline/b3.ts", "../../functions/react.ts", PIPELINE),
  imports("shared/pipeline/b4.ts", "node:fs", LIBRARIES),
  imports("shared/pipeline/b5.ts", "@aws-sdk/lib-dynamodb", LIBRARIES),
  imports("shared/authoring/c1.ts", "../pipeline/ports.ts", "authoring imports domain and itself"),
  imports("shared/authoring/c2.ts", "../adapters/local/outbox.ts", "authoring imports domain and itself"),
  imports("shared/authoring/c3.ts", "@aws-sdk/client-ssm", "authoring reads files"),
  imports("shared/adapters/local/d1.ts", "../../pipeline/react.ts", ADAPTERS),
  imports("shared/adapters/local/d2.ts", "../../../functions/react.ts", ADAPTERS),
  imports("shared/adapters/local/d3.ts", "../aws/sqs-queue.ts", ADAPTERS),
  imports("shared/adapters/local/d4.ts", "@aws-sdk/client-sqs", SDK),
  imports("shared/adapters/aws/e1.ts", "../local/outbox.ts", ADAPTERS),
  imports("shared/adapters/aws/e2.ts", "../../pipeline/deliver.ts", ADAPTERS),
  imports("shared/adapters/aws/e3.ts", "aws-cdk-lib/aws-sqs", CDK),
  imports("functions/f1.ts", "../cli/main.ts", FUNCTIONS),
  imports("functions/f2.ts", "../infra/wiring.ts", FUNCTIONS),
  imports("functions/f3.ts", "../shared/authoring/read.ts", FUNCTIONS),
  imports("functions/f4.ts", "@aws-sdk/client-sesv2", SDK),
  imports("infra/g1.ts", "../functions/react.ts", "infra names entry files by path"),
  imports("infra/g2.ts", "../shared/pipeline/react.ts", "of shared, infra imports the names"),
  imports("infra/wiring.ts", "aws-cdk-lib", "the wiring is plain data"),
  imports("cli/h1.ts", "../infra/app.ts", "of infra, only the wiring"),
  imports("cli/h2.ts", "aws-cdk-lib", CDK),
  imports("cli/h3.ts", "@aws-sdk/client-dynamodb", SDK),
  imports("console/i1.ts", "../shared/pipeline/ports.ts", "console imports domain only"),
  imports("console/i2.ts", "node:fs", "the console runs in a browser"),
  imports("tools/j1.mjs", "zod", "tools run before anything is installed"),
  { ...imports("shared/domain/k1.ts", "", UP), source: 'export type { X } from "../pipeline/ports.ts";\n' },
  {
    ...imports("shared/domain/k2.ts", "", UP),
    source: 'export const load = async () => import("../pipeline/ports.ts");\n',
  },
];

const code = (path: string, source: string, [rule, says]: [string, string]): Plant => ({ path, source, rule, says });
const clock: [string, string] = ["plugin", "Use the Clock or Ids port"];
const globals: [string, string] = ["noRestrictedGlobals", "global variable"];

/** Time, chance and the outside world are ports. */
export const purityPlants: Plant[] = [
  code("shared/domain/p1.ts", "export const now = () => Date.now();\n", clock),
  code("shared/domain/p2.ts", "export const now = () => new Date();\n", clock),
  code("shared/domain/p3.ts", "export const chance = () => Math.random();\n", clock),
  code("shared/pipeline/p4.ts", "export const id = () => crypto.randomUUID();\n", clock),
  code("shared/pipeline/p5.ts", "export const clock = Date.now;\n", clock),
  code("shared/domain/p6.ts", "export const later = (f: () => void) => setTimeout(f, 1);\n", globals),
  code("shared/pipeline/p7.ts", "export const later = (f: () => void) => setInterval(f, 1);\n", globals),
  code("shared/domain/p8.ts", 'export const get = () => fetch("x");\n', globals),
  code("functions/react.ts", 'export const name = process.env["NAME"];\n', ["noProcessEnv", "process.env"]),
];

/** The habits a machine can see. */
export const habitPlants: Plant[] = [
  code("shared/domain/q1.ts", "export default 1;\n", ["noDefaultExport", "default"]),
  code("shared/domain/q2.ts", "export enum Colour {\n  Red = 1,\n}\n", ["noEnum", "enum"]),
  code("shared/domain/q3.ts", 'export { a } from "./ok.ts";\nexport { b } from "./loop-a.ts";\n', ["noBarrelFile", ""]),
  code("shared/domain/loop-a.ts", 'import { c } from "./loop-b.ts";\nexport const b = (): number => c();\n', [
    "noImportCycles",
    "cycle",
  ]),
  code("shared/domain/loop-b.ts", 'import { b } from "./loop-a.ts";\nexport const c = (): number => b();\n', [
    "noImportCycles",
    "cycle",
  ]),
  code("shared/domain/q4.ts", `${lines(251, (at) => `export const a${at} = ${at};`)}\n`, [
    "noExcessiveLinesPerFile",
    "",
  ]),
  code("test/q5.test.ts", `${lines(401, (at) => `export const a${at} = ${at};`)}\n`, ["noExcessiveLinesPerFile", ""]),
  code("cli/q6.ts", `export const long = () => {\n${lines(61, (at) => `  call(${at});`)}\n};\n`, [
    "noExcessiveLinesPerFunction",
    "",
  ]),
  code("cli/q7.ts", "export const f = (a: 1, b: 2, c: 3, d: 4) => [a, b, c, d];\n", ["useMaxParams", ""]),
  code("cli/badName.ts", "export const a = 1;\n", ["useFilenamingConvention", ""]),
  code("cli/q8.ts", "const f = async () => 1;\nexport const g = () => {\n  f();\n};\n", ["noFloatingPromises", ""]),
  code("cli/q9.ts", "export const f = (a: string) => [a].filter(async (b) => b);\n", ["noMisusedPromises", ""]),
  code("cli/q10.ts", "export const f = (a: any) => a;\n", ["noExplicitAny", ""]),
];

/** What the rules must let through. */
export const allowed: Record<string, string> = {
  "shared/domain/ok.ts": 'import * as z from "zod";\nexport const a = z.string();\nexport const at = new Date(0);\n',
  "shared/domain/conditions/ok.ts": 'import { a } from "../ok.ts";\nexport const b = a;\n',
  "shared/pipeline/ok.ts": 'import { a } from "../domain/ok.ts";\nexport const c = a;\n',
  "shared/pipeline/ports.ts": "export type Clock = { now: () => number };\n",
  "shared/adapters/local/ok.ts":
    'import { mkdir } from "node:fs/promises";\nimport type { Clock } from "../../pipeline/ports.ts";\n' +
    "export const clock: Clock = { now: () => Date.now() };\nexport const make = mkdir;\n",
  "shared/adapters/aws/ok.ts":
    'import { SQSClient } from "@aws-sdk/client-sqs";\nexport const c = new SQSClient({});\n',
  "shared/pipeline/api-rights.ts": 'export const rights = ["see"];\n',
  "infra/roles.ts": 'import { rights } from "../shared/pipeline/api-rights.ts";\nexport const r = rights;\n',
  "functions/ports-from-env.ts": 'export const name = process.env["NAME"];\n',
  "cli/main.ts": 'import { wiring } from "../infra/wiring.ts";\nexport const w = wiring;\n',
};
