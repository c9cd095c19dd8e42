// Decides how definitions are published and read back: immutable by content, one pointer to the active revision.
import { type Campaign, compileCampaign } from "../domain/campaign.ts";
import {
  type Catalogue,
  compileCatalogue,
  DEFAULT_CONSTANTS,
  earlierAfter,
  type LiveSince,
  revisionOf,
  type ShopConstants,
} from "../domain/catalogue.ts";
import type { Definition } from "../domain/definition.ts";
import type { Instant } from "../domain/instant.ts";
import { readDefinition, storeDefinitions, storeRevision } from "./definition-store.ts";
import { Fault } from "./faults.ts";
import { insist } from "./insist.ts";
import { ensureStandingJobs } from "./jobs/nights.ts";
import { activeKey, campaignsEverKey, constantsKey, definitionKey, HISTORY, revisionKey, SCHEMA } from "./keys.ts";
import { itemsAt, itemsOfRange } from "./pages.ts";
import type { Item, Ports, Table } from "./ports.ts";
import { publicationWrites, type Told } from "./publication.ts";

/** What is published refers to something that is not stored. */
class DefinitionsMissing extends Fault {
  constructor(what: string) {
    super("definition_missing", `The table does not have ${what}: restore it, or publish the marketing folder anew.`, {
      retryable: false,
    });
  }
}

/** Something else was published since the plan was made. */
class CatalogueMoved extends Fault {
  constructor(base: number, active: number) {
    super(
      "catalogue_moved",
      `The plan was made against publication ${base}, but publication ${active} is live now: plan again, review what differs, and apply that.`,
      { retryable: false },
    );
  }
}

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

/** Has a table use, and add to, what was compiled elsewhere: for one that stands for another table with the same revisions. */
export function useCompiled(table: Table, revisions: Map<string, Catalogue>): void {
  compiled.set(table, revisions);
}

/** What is active. */
export type Publication = { seq: number; revision: string; publishedAt: Instant };

/** A past or present publication; `by` and `note` as they were told. */
export type PastPublication = Publication & { by?: string; note?: string };

/** The active catalogue with the shop's current constants: one query (1 read unit per 4 KB) per call, compiled once per revision. */
export async function loadCatalogue({ table }: Pick<Ports, "table">): Promise<Catalogue> {
  // The history of publications lies behind the constants and is not read.
  const { items } = await table.query({ pk: activeKey.pk, to: constantsKey.sk });
  const active = items.find((item) => item.sk === activeKey.sk);
  if (active === undefined) throw new NothingPublished();
  const constants = items.find((item) => item.sk === constantsKey.sk)?.["constants"] as ShopConstants | undefined;
  return activeCatalogue(table, active, constants);
}

async function activeCatalogue(table: Table, active: Item, constants = DEFAULT_CONSTANTS): Promise<Catalogue> {
  const { revision, seq } = readActive(active);
  const liveSince = active["liveSince"] as LiveSince | undefined;
  const known = await compiledRevision(table, revision, (active["earlier"] ?? []) as string[]);
  return { ...known, seq, constants, ...(liveSince && { liveSince }) };
}

/** `earlier`: hashes of campaigns that are not published any more, whose runs may be under way. */
async function compiledRevision(table: Table, revision: string, earlier: string[]): Promise<Catalogue> {
  const cache = compiled.get(table) ?? new Map<string, Catalogue>();
  compiled.set(table, cache);
  const name = [revision, ...earlier].join();
  const known = cache.get(name);
  if (known !== undefined) return known;
  const definitions = await definitionsOf({ table }, revision);
  if (definitions === undefined) throw new DefinitionsMissing(`revision ${revision}`);
  const older = await definitionsAt(table, earlier, `an earlier campaign of revision ${revision}`);
  const catalogue = compileCatalogue(definitions, { revision, seq: 0, constants: DEFAULT_CONSTANTS, earlier: older });
  if (cache.size >= KEPT_REVISIONS) cache.delete(cache.keys().next().value as string);
  cache.set(name, catalogue);
  return catalogue;
}

/**
 * The definitions of a revision in the order they were published in; `undefined` when there never was such a revision.
 * Cost: 1 read unit per 4 KB.
 */
export async function definitionsOf(
  { table }: Pick<Ports, "table">,
  revision: string,
): Promise<Definition[] | undefined> {
  const manifest = await table.get(revisionKey(revision));
  if (manifest === undefined) return undefined;
  return definitionsAt(table, manifest["definitions"] as string[], `revision ${revision}`);
}

async function definitionsAt(table: Table, hashes: string[], of: string): Promise<Definition[]> {
  const items = await itemsAt(table, hashes.map(definitionKey));
  const byKey = new Map(items.map((item) => [item.pk, readDefinition(item)]));
  return hashes.map((hash) => {
    const definition = byKey.get(definitionKey(hash).pk);
    if (definition === undefined) throw new DefinitionsMissing(`definition ${hash} of ${of}`);
    return definition;
  });
}

function readActive(item: Item): Publication {
  return {
    seq: item.version as number,
    revision: item["revision"] as string,
    publishedAt: item["publishedAt"] as number,
  };
}

/** What is active now; `undefined` before the first publication (1 read unit per 4 KB). */
export async function activePublication({ table }: Pick<Ports, "table">): Promise<Publication | undefined> {
  const item = await table.get(activeKey);
  return item && readActive(item);
}

/** All publications, newest first. */
export async function catalogueHistory({ table }: Pick<Ports, "table">): Promise<PastPublication[]> {
  const history: PastPublication[] = [];
  for await (const items of itemsOfRange(table, { pk: activeKey.pk, prefix: HISTORY, newestFirst: true })) {
    for (const item of items) {
      const { revision, publishedAt, by, note } = item as unknown as PastPublication;
      const seq = Number(item.sk.slice(HISTORY.length));
      history.push({ seq, revision, publishedAt, ...(by && { by }), ...(note && { note }) });
    }
  }
  return history;
}

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

/** `base`: the publication the definitions were reviewed against, 0 for none. */
export type Publishing = Told & { base?: number };

/**
 * Publishes checked definitions as the active revision, and with it, in one transaction, the job that brings existing
 * profiles in line. Publishing what is active changes nothing. Throws the fault `catalogue_moved` when something else than
 * `base` is active.
 */
export async function publish(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  definitions: Definition[],
  told: Publishing = {},
): Promise<{ revision: string; seq: number; changed: boolean }> {
  const { table } = ports;
  const revision = revisionOf(definitions);
  const alone = compileCatalogue(definitions, { revision, seq: 0, constants: DEFAULT_CONSTANTS });
  let isStored = false;
  const published = await insist(ports, activeKey.pk, async () => {
    const active = await table.get(activeKey);
    const activeSeq = active?.version ?? 0;
    if (active?.["revision"] === revision) return { revision, seq: activeSeq, changed: false };
    if (told.base !== undefined && told.base !== activeSeq) throw new CatalogueMoved(told.base, activeSeq);
    if (!isStored) {
      await storeDefinitions(ports, definitions);
      await storeRevision(ports, revision, definitions);
      isStored = true;
    }
    const seq = activeSeq + 1;
    const before = active && (await activeCatalogue(table, active));
    const earlier = earlierAfter(before, alone);
    const next = compileCatalogue(definitions, { revision, seq, constants: DEFAULT_CONSTANTS, earlier });
    const ever = await campaignsEver({ table });
    await table.transact(await publicationWrites(ports, { before, ever, next, told }));
    return { revision, seq, changed: true };
  });
  if (published.changed) await ensureStandingJobs(ports);
  return published;
}

/** Ids of all campaigns ever published, also those that are no longer (1 read unit). */
export async function campaignsEver({ table }: Pick<Ports, "table">): Promise<string[]> {
  return ((await table.get(campaignsEverKey))?.["campaigns"] ?? []) as string[];
}

/** Publishes the constants a job has computed. */
export async function publishConstants({ table }: Pick<Ports, "table">, constants: ShopConstants): Promise<void> {
  await table.write({ put: { ...constantsKey, schema: SCHEMA, constants } });
}
