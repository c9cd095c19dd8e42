// Decides how editors learn to complete and check the marketing folder: JSON Schemas are written into it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readFiles } from "../../shared/authoring/marketing-files.ts";
import { folderSchemas, modeline, SCHEMA_FOLDER } from "../../shared/authoring/schema/folder-schemas.ts";
import type { Call, Command } from "../command.ts";
import { givenPath } from "../environment.ts";
import { MARKETING } from "../host/publish-folder.ts";
import { countText, jsonText } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "schema",
  says: "Write JSON Schemas into the marketing folder, for completion in editors.",
  positionals: [{ name: "DIR", says: `the marketing folder (${MARKETING})` }],
  options: {
    link: { type: "flag", says: "put the line that names its schema at the top of every YAML file without one" },
  },
  examples: [
    ["schema", `writes ${MARKETING}/${SCHEMA_FOLDER}/campaign.json and the others`],
    ["schema --link", "and tells every file its schema, so that the editor finds it"],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const given = args.positionals[0] ?? MARKETING;
  const folder = givenPath(given, environment);
  const found = await readFiles(folder);
  const [first] = found.problems;
  if (first?.code === "folder_unreadable") throw new UsageError(`${given}: ${first.message}.`);
  const written = await writeSchemas(folder);
  const paths = [...found.files.keys(), ...found.tests.keys()];
  const linked = args.flag("link") ? await linkFiles(folder, paths) : [];
  if (args.flag("json")) output.out(jsonText({ written, linked }));
  else if (args.flag("link"))
    output.out(`${countText(written.length, "schema")} written, ${countText(linked.length, "file")} linked\n`);
  else {
    const example = modeline("campaigns/welcome.yaml");
    output.out(
      `${countText(written.length, "schema")} written to ${given}/${SCHEMA_FOLDER}\n` +
        `An editor that knows YAML uses them where a file begins with a line such as\n  ${example}\n` +
        "npm run relance -- schema --link writes these lines.\n",
    );
  }
  return 0;
}

async function writeSchemas(folder: string): Promise<string[]> {
  await mkdir(join(folder, SCHEMA_FOLDER), { recursive: true });
  const names: string[] = [];
  for (const [name, schema] of Object.entries(folderSchemas())) {
    const path = `${SCHEMA_FOLDER}/${name}.json`;
    await writeFile(join(folder, path), jsonText(schema));
    names.push(path);
  }
  return names;
}

/** A file that names a schema already is left as it is. */
async function linkFiles(folder: string, paths: string[]): Promise<string[]> {
  const linked: string[] = [];
  for (const path of paths) {
    const line = modeline(path);
    if (line === undefined) continue;
    const text = await readFile(join(folder, path), "utf8");
    if (/^# yaml-language-server:/m.test(text)) continue;
    await writeFile(join(folder, path), `${line}\n${text.replace(/^\ufeff/, "")}`);
    linked.push(path);
  }
  return linked;
}
