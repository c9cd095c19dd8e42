// Decides how tests read what CDK synthesized: app.ts runs in a process of its own, offline, into a temporary folder.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Properties as CloudFormation has them: plain JSON whose shape the tests assert. */
// biome-ignore lint/suspicious/noExplicitAny: a template has no useful type, and `unknown` would drown each assertion in casts.
type Properties = Record<string, any>;

export type Resource = {
  Type: string;
  Properties: Properties;
  Metadata?: Properties;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};

export type Template = { Resources: Record<string, Resource>; Parameters?: Record<string, Properties> };

/** Both templates and the rest of the assembly; `dispose` removes the folder. */
export type Assembly = {
  app: Template;
  data: Template;
  manifest: Properties;
  report: Properties;
  /** Text of the file at a path below the assembly's folder. */
  read: (path: string) => Promise<string>;
  dispose: () => Promise<void>;
};

/** Synthesizes once (about four seconds); rejects with what was printed when a check fails. */
export async function synthesize(): Promise<Assembly> {
  const folder = await mkdtemp(join(tmpdir(), "relance-synth-"));
  const outdir = join(folder, "out");
  const deployed = JSON.parse(await readFile(join(root, "cdk.json"), "utf8")).context;
  const context = { ...deployed, dist: join(folder, "functions") };
  await promisify(execFile)(process.execPath, ["infra/app.ts"], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  const read = (path: string) => readFile(join(outdir, path), "utf8");
  const json = async (path: string) => JSON.parse(await read(path));
  return {
    app: await json("relance-app.template.json"),
    data: await json("relance-data.template.json"),
    manifest: await json("manifest.json"),
    report: await json("validation-report.json"),
    read,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Resources of a type as [logical id, properties]. */
export function resourcesOf(template: Template, type: string): [id: string, Properties][] {
  return Object.entries(template.Resources).flatMap(([id, one]) =>
    one.Type === type ? [[id, one.Properties ?? {}]] : [],
  );
}

/** Writes references and joins as one text: `${Table}`, `${EventsQueue.Arn}`, `arn:${AWS::Partition}:…`. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const node = value as { Ref?: string; "Fn::GetAtt"?: string[]; "Fn::Join"?: [string, unknown[]] };
  if (node.Ref !== undefined) return `\${${node.Ref}}`;
  if (node["Fn::GetAtt"]) return `\${${node["Fn::GetAtt"].join(".")}}`;
  if (node["Fn::Join"]) return node["Fn::Join"][1].map(textOf).join(node["Fn::Join"][0]);
  throw new TypeError(`not a text: ${JSON.stringify(value)}`);
}

/** One value or a list of them, as a list. */
export function listOf<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** "EventsQueue" without "Queue" → "events". */
export function nameOf(logicalId: string, suffix: string): string {
  const stem = logicalId.endsWith(suffix) ? logicalId.slice(0, -suffix.length) : logicalId;
  return stem.charAt(0).toLowerCase() + stem.slice(1);
}
