// Decides how a draft is kept: definitions by their content, and a revision that names them, published or not.
import * as z from "zod";
import { revisionOf } from "../domain/catalogue.ts";
import { checkDefinitions, type DefinitionProblem } from "../domain/check-definitions.ts";
import { type Definition, definitionKinds } from "../domain/definition.ts";
import { readDefinition, storeDefinitions, storeRevision } from "./definition-store.ts";
import { definitionKey } from "./keys.ts";
import { itemsAt } from "./pages.ts";
import type { Ports } from "./ports.ts";

/** A definition as it is sent: `file` and `lines` say where it is written, and may be left out. */
const definitionSchema = z.strictObject({
  kind: z.enum(definitionKinds, { error: `must be one of ${definitionKinds.join(", ")}` }),
  id: z.string().min(1).max(100),
  body: z.record(z.string(), z.json()),
  file: z.string().max(300).default("api"),
  lines: z.record(z.string(), z.string()).default({}),
});

/** Whole definitions, and hashes of those that were sent before. */
export const draftSchema = z.strictObject({ definitions: z.array(z.union([z.string(), definitionSchema])).max(5_000) });
export const definitionsSchema = z.strictObject({ definitions: z.array(definitionSchema).min(1).max(1_000) });

export type DraftResult = { revision: string; definitions: number } | { problems: DefinitionProblem[] };

/** Stores a draft that is sound as a whole; nothing goes live. The same definitions are the same revision. */
export async function storeDraft(
  ports: Pick<Ports, "table">,
  given: readonly (string | Definition)[],
): Promise<DraftResult> {
  const hashes = given.filter((one) => typeof one === "string");
  const stored = await itemsAt(ports.table, hashes.map(definitionKey));
  const byKey = new Map(stored.map((item) => [item.pk, readDefinition(item)]));
  const unknown = hashes.filter((hash) => !byKey.has(definitionKey(hash).pk));
  if (unknown.length > 0) return { problems: unknown.map(unknownHash) };
  const definitions = given.map((one) =>
    typeof one === "string" ? (byKey.get(definitionKey(one).pk) as Definition) : one,
  );
  const problems = checkDefinitions(definitions);
  if (problems.length > 0) return { problems };
  await storeDefinitions(
    ports,
    given.filter((one) => typeof one !== "string"),
  );
  const revision = revisionOf(definitions);
  await storeRevision(ports, revision, definitions);
  return { revision, definitions: definitions.length };
}

function unknownHash(hash: string): DefinitionProblem {
  const message = `names no stored definition (${hash}); send it to /api/definitions first`;
  return { code: "unknown_definition", path: "definitions", message, kind: "settings", id: hash, place: "api:1:1" };
}
