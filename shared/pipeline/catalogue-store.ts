// Decides how definitions are published and read back: immutable by content, one pointer to the active revision.
import { type Campaign, compileCampaign } from "../domain/campaign.ts";
import {
  type Catalogue,
  compileCatalogue,
  DEFAULT_CONSTANTS,
  revisionOf,
  type ShopConstants,
} from "../domain/catalogue.ts";
import { type Definition, definitionHash } from "../domain/definition.ts";
import type { JsonObject } from "../domain/json.ts";
import { Fault } from "./faults.ts";
import { activeKey, campaignsEverKey, constantsKey, definitionKey, revisionKey, SCHEMA } from "./keys.ts";
import type { Item, Ports, Table } from "./ports.ts";

/** Nothing has been published into this table yet. */
export class NothingPublished extends Fault {
  constructor() {
    super("nothing_published", "No catalogue is published yet; publish the marketing folder first.", {
      retryable: true,
    });
  }
}

/** Compiled revisions never change, so they are kept for the life of the process; a few are enough. */
const compiled = new WeakMap<Table, Map<string, Catalogue>>();
const KEPT_REVISIONS = 8;

/** The active catalogue with the shop's current constants: one query (1 read unit) per call, compiled once per revision. */
export async function loadCatalogue({ table }: Pick<Ports, "table">): Promise<Catalogue> {
  const { items } = await table.query({ pk: activeKey.pk });
  const active = items.find((item) => item.sk === activeKey.sk);
  if (active === undefined) throw new NothingPublished();
  const constants = (items.find((item) => item.sk === constantsKey.sk)?.["constants"] ??
    DEFAULT_CONSTANTS) as ShopConstants;
  const revision = active["revision"] as string;
  const cache = compiled.get(table) ?? new Map<string, Catalogue>();
  compiled.set(table, cache);
  const known = cache.get(revision) ?? (await compileRevision(table, revision, active.version as number));
  if (cache.size >= KEPT_REVISIONS && !cache.has(revision)) cache.delete(cache.keys().next().value as string);
  cache.set(revision, known);
  return { ...known, seq: active.version as number, constants };
}

async function compileRevision(table: Table, revision: string, seq: number): Promise<Catalogue> {
  const manifest = await table.get(revisionKey(revision));
  const hashes = (manifest?.["definitions"] ?? []) as string[];
  const items: Item[] = [];
  for (let start = 0; start < hashes.length; start += 100) {
    items.push(...(await table.getMany(hashes.slice(start, start + 100).map(definitionKey))));
  }
  return compileCatalogue(items.map(readDefinition), { revision, seq, constants: DEFAULT_CONSTANTS });
}

const readDefinition = (item: Item) => item["definition"] as unknown as Definition;

/** Makes sure the catalogue knows the campaign revisions that runs and sends were started under. */
export async function includeRevisions(
  { table }: Pick<Ports, "table">,
  catalogue: Catalogue,
  revisions: Iterable<string>,
): Promise<void> {
  for (const revision of revisions) {
    if (catalogue.byRevision.has(revision)) continue;
    const item = await table.get(definitionKey(revision));
    if (item !== undefined) catalogue.byRevision.set(revision, olderCampaign(readDefinition(item)));
  }
}

function olderCampaign(definition: Definition): Campaign {
  return compileCampaign(definition, { counters: [], segments: [] });
}

/** Publishes checked definitions as the active revision; publishing the same again changes nothing. */
export async function publish(
  { table, clock }: Pick<Ports, "table" | "clock">,
  definitions: Definition[],
): Promise<{ revision: string; changed: boolean }> {
  const revision = revisionOf(definitions);
  const active = await table.get(activeKey);
  if (active?.["revision"] === revision) return { revision, changed: false };
  for (const definition of definitions) {
    const key = definitionKey(definitionHash(definition));
    await table.write({ put: { ...key, schema: SCHEMA, definition: definition as unknown as JsonObject } });
  }
  await table.write({
    put: { ...revisionKey(revision), schema: SCHEMA, definitions: definitions.map(definitionHash) },
  });
  const campaigns = definitions.filter(({ kind }) => kind === "campaign").map(({ id }) => id);
  const ever = new Set([...(await campaignsEver({ table })), ...campaigns]);
  await table.write({ put: { ...campaignsEverKey, schema: SCHEMA, campaigns: [...ever].sort() } });
  const seq = active?.version ?? 0;
  await table.write({
    put: { ...activeKey, schema: SCHEMA, version: seq + 1, revision, publishedAt: clock.now() },
    if: active === undefined ? { absent: true } : { version: seq },
  });
  return { revision, changed: true };
}

/** Ids of all campaigns ever published, also those that are no longer (1 read unit). */
export async function campaignsEver({ table }: Pick<Ports, "table">): Promise<string[]> {
  return ((await table.get(campaignsEverKey))?.["campaigns"] ?? []) as string[];
}

/** Publishes the constants a job has computed. */
export async function publishConstants({ table }: Pick<Ports, "table">, constants: ShopConstants): Promise<void> {
  await table.write({ put: { ...constantsKey, schema: SCHEMA, constants } });
}
