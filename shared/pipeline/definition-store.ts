// Decides how definitions are kept: each by its content, immutable, and sets of them as revisions.
import { type Definition, definitionHash } from "../domain/definition.ts";
import type { JsonObject } from "../domain/json.ts";
import { inParallel } from "./in-parallel.ts";
import { definitionKey, revisionKey, SCHEMA } from "./keys.ts";
import type { Item, Ports } from "./ports.ts";

const PARALLEL_WRITES = 10;

/** Stores definitions and answers the hashes that name them. Storing them again, after a crash too, is harmless. */
export async function storeDefinitions(
  { table }: Pick<Ports, "table">,
  definitions: readonly Definition[],
): Promise<string[]> {
  await inParallel(PARALLEL_WRITES, [...definitions], (definition) => {
    const key = definitionKey(definitionHash(definition));
    return table.write({ put: { ...key, schema: SCHEMA, definition: definition as unknown as JsonObject } });
  });
  return definitions.map(definitionHash);
}

/** Names a set of stored definitions. The same set in another order is the same revision, and keeps the order it first had. */
export async function storeRevision(
  { table }: Pick<Ports, "table">,
  revision: string,
  definitions: readonly Definition[],
): Promise<void> {
  if ((await table.get(revisionKey(revision))) !== undefined) return;
  await table.write({
    put: { ...revisionKey(revision), schema: SCHEMA, definitions: definitions.map(definitionHash) },
  });
}

export const readDefinition = (item: Item) => item["definition"] as unknown as Definition;
