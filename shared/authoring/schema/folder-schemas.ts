// Decides which JSON Schemas the marketers' folder has, and which of its files each of them is for.
import * as z from "zod";
import { settingsSchema } from "../../domain/settings.ts";
import { factsSchema } from "../facts-file.ts";
import { templateSourceSchema } from "../read-template.ts";
import { testSchema } from "../tests/test-schema.ts";
import { campaignJsonSchema } from "./campaign-schema.ts";
import { conditionDefinitions, conditionName } from "./condition-schema.ts";
import { DRAFT, described, fields, id, reference, type Schema } from "./json-schema.ts";

/** Where the schemas stand in the folder. */
export const SCHEMA_FOLDER = ".schema";

const FILES: [RegExp, string][] = [
  [/\.test\.yaml$/, "test"],
  [/^relance\.yaml$/, "settings"],
  [/^facts\.yaml$/, "facts"],
  [/^campaigns\/[^/]+\.yaml$/, "campaign"],
  [/^segments\/[^/]+\.yaml$/, "segment"],
  [/^templates\/[^/]+\/template\.yaml$/, "template"],
];

/** Every schema by the name of its file, without ending. */
export function folderSchemas(): Record<string, Schema> {
  return {
    campaign: campaignJsonSchema(),
    segment: segmentJsonSchema(),
    settings: fromZod("Relance settings", settingsSchema),
    facts: fromZod("Relance facts", factsSchema),
    template: fromZod("Relance template", templateSourceSchema),
    test: fromZod("Relance test", testSchema),
  };
}

/** The line that tells an editor which schema a file has; `undefined` for files without one. */
export function modeline(path: string): string | undefined {
  const schema = FILES.find(([pattern]) => pattern.test(path))?.[1];
  const up = "../".repeat(path.split("/").length - 1);
  return schema && `# yaml-language-server: $schema=${up === "" ? "./" : up}${SCHEMA_FOLDER}/${schema}.json`;
}

function segmentJsonSchema(): Schema {
  const properties: Record<string, Schema> = {
    segment: described(id, "The id of the segment; unique, never changed."),
    title: { type: "string", minLength: 1, maxLength: 120 },
    description: { type: "string", maxLength: 2_000 },
    where: described(reference(conditionName("profile")), "Who is in it."),
  };
  return {
    $schema: DRAFT,
    title: "Relance segment",
    ...fields(properties, ["segment", "title", "where"]),
    definitions: conditionDefinitions(),
  };
}

/** What zod cannot say in a schema (a date that exists) is left to `relance validate`. */
function fromZod(title: string, schema: z.ZodType): Schema {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
  });
  return { $schema: DRAFT, title, ...(rest as Schema) };
}
