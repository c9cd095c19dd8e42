// Decides how tests get the marketing folder that Relance ships: read and compiled once per test file.
import { fileURLToPath } from "node:url";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import type { Definition } from "../../shared/domain/definition.ts";

const FOLDER = fileURLToPath(new URL("../../marketing", import.meta.url));
let read: Promise<Definition[]> | undefined;

/** Its definitions; throws when the folder has problems. */
export function shippedDefinitions(): Promise<Definition[]> {
  read ??= readMarketing(FOLDER).then(({ definitions, problems }) => {
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return definitions;
  });
  return read;
}
