// Decides what a shop has before its seed begins: a published catalogue, compiled once per variant, nothing due but the night.
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import type { Catalogue } from "../../shared/domain/catalogue.ts";
import type { Instant } from "../../shared/domain/instant.ts";
import { loadCatalogue, publish, useCompiled } from "../../shared/pipeline/catalogue-store.ts";
import { changeJob, type Job, waiting } from "../../shared/pipeline/jobs/job-record.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import { jobIdOf } from "../../shared/pipeline/keys.ts";
import { work } from "../../shared/pipeline/work.ts";
import { resumed, type Variant, variantOf } from "./catalogues.ts";
import { plainPorts } from "./plain-ports.ts";
import { type AllRules, rulesOf } from "./rules.ts";

const PUBLISHED_AT = Date.parse("2026-01-05T10:00:00Z");

/** A variant as it is published: its table, and what was compiled of its revisions. */
export type Shop = {
  variant: Variant;
  rules: AllRules;
  table: MemoryTable;
  compiled: Map<string, Catalogue>;
};

const shops = new Map<number, Promise<Shop>>();

/** The shop of a variant, made once. */
export function shopOf(number: number): Promise<Shop> {
  const known = shops.get(number) ?? makeShop(variantOf(number));
  shops.set(number, known);
  return known;
}

async function makeShop(variant: Variant): Promise<Shop> {
  const compiled = new Map<string, Catalogue>();
  const table = new MemoryTable();
  useCompiled(table, compiled);
  const ports = plainPorts(table, PUBLISHED_AT);
  await publish(ports, variant.first);
  for (const { pk, sk } of (await table.queryIndex("due", { pk: "DUE#JOB#0" })).items) {
    const dueAt = (await table.get({ pk, sk }))?.dueAt ?? "";
    if (Date.parse(dueAt) <= PUBLISHED_AT) await work(ports, jobIdOf(pk));
  }
  const stock = new MemoryTable();
  stock.copyFrom(table);
  // What an edit and its way back compile to is compiled here once, not in every seed.
  const { first, second } = variant;
  for (const definitions of [first, second, first, resumed(first), second, resumed(second)]) {
    await publish(ports, definitions);
    await loadCatalogue(ports);
  }
  return { variant, rules: rulesOf(variant), table: stock, compiled };
}

/** Opens a shop's table anew; its next night comes at an instant, and the provider's own list is asked for at another. */
export async function openShop(
  table: MemoryTable,
  shop: Shop,
  { nightAt, pullAt }: { nightAt: Instant; pullAt: Instant },
): Promise<void> {
  table.copyFrom(shop.table);
  const ports = plainPorts(table, PUBLISHED_AT);
  await startNightly(ports, nightAt);
  await changeJob(ports, "suppression-pull", (job) => waiting(job as Job, pullAt));
  await changeJob(ports, "retention", (job) => waiting(job as Job, nightAt));
}

/** What was compiled, for a table that nobody else shares. */
export const ownCompiled = ({ compiled }: Shop): Map<string, Catalogue> =>
  new Map([...compiled].map(([name, known]) => [name, { ...known, byRevision: new Map(known.byRevision) }]));
