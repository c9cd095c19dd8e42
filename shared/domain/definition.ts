// Decides what a published definition is: content-addressed, never changed, with the file and lines it was written in.
import * as z from "zod";
import { contentHash } from "./hash.ts";
import type { JsonObject } from "./json.ts";

export const definitionKinds = ["settings", "segment", "campaign", "template"] as const;
/** The id under which the one settings definition stands. */
export const SETTINGS_ID = "settings";
export type DefinitionKind = (typeof definitionKinds)[number];

/** `lines`: path in the body → "line:column" in the file, for explanations. */
export type Definition = {
  kind: DefinitionKind;
  id: string;
  body: JsonObject;
  file: string;
  lines: Record<string, string>;
};

export const idSchema = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, {
  error: "must be lower-case letters, digits and dashes, for example big-spenders",
});

/** The hash that names a definition in the table, in runs and in sends. */
export function definitionHash(definition: Definition): string {
  return contentHash(
    JSON.stringify([definition.kind, definition.id, definition.file, definition.body, definition.lines]),
  );
}

/** Where a path of a definition stands ("campaigns/upsell.yaml:7:5"); the nearest written parent when the path itself is not. */
export function placeOf(definition: Pick<Definition, "file" | "lines">, path: string): string {
  let at = path;
  while (at !== "" && definition.lines[at] === undefined)
    at = at.slice(0, Math.max(0, at.search(/(\.[^.[\]]+|\[\d+\])$/)));
  return `${definition.file}:${definition.lines[at] ?? "1:1"}`;
}
