// Decides how orders are handed to the import door: in pages, tried again where somebody else was writing.
import { setTimeout as pause } from "node:timers/promises";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { ImportedFact, ImportResult } from "../../shared/pipeline/import-page.ts";
import type { Client } from "../client.ts";
import type { CsvRow } from "./csv-file.ts";
import { countOrder, type ImportCount } from "./import-count.ts";
import type { Order } from "./order-fact.ts";
import type { RejectsFile } from "./rejects-file.ts";

export type PreparedRow = { row: Pick<CsvRow, "line" | "text">; order: Order; fact: ImportedFact };
export type Importing = { client: Client; trigger: boolean; count: ImportCount; rejects: RejectsFile };

/** As many as the door takes at once. */
export const PAGE_ROWS = 500;
const SOURCE = "orders";
const MAX_TRIES = 6;
const PAUSE_MS = 200;

/** Sends one page and counts what became of it. */
export async function importPage(importing: Importing, page: PreparedRow[]): Promise<void> {
  const { count, rejects } = importing;
  let rest = page;
  for (let attempt = 1; rest.length > 0; attempt++) {
    if (attempt > MAX_TRIES) throw unfinished(rest);
    if (attempt > 1) await pause(PAUSE_MS * attempt);
    const result = await tryPage(importing, rest);
    if (result === undefined) continue;
    const sent = rest;
    count.applied += result.applied;
    count.duplicates += result.duplicates;
    const erased = result.erased ?? [];
    if (erased.length > 0) count.erased = (count.erased ?? 0) + erased.length;
    const notTaken = new Set([...result.retry, ...erased]);
    for (const { index, path, message } of result.rejected) {
      rejects.add((sent[index] as PreparedRow).row, `${path} ${message}`.trim());
      count.rejected++;
      notTaken.add(index);
    }
    for (const [index, { order }] of sent.entries()) if (!notTaken.has(index)) countOrder(count, order);
    rest = result.retry.map((index) => sent[index] as PreparedRow);
  }
}

/** `undefined`: the door could not answer now; the same page may be sent again. */
async function tryPage({ client, trigger }: Importing, page: PreparedRow[]): Promise<ImportResult | undefined> {
  try {
    return await client.post<ImportResult>("/api/imports", {
      source: SOURCE,
      trigger,
      facts: page.map(({ fact }) => fact),
    });
  } catch (error) {
    if (error instanceof Fault && error.retryable) return undefined;
    throw error;
  }
}

function unfinished(rest: PreparedRow[]): Fault {
  const message = `The import stopped at line ${rest[0]?.row.line}: the store was busy or out of reach too often. Run the same command again; rows that are in count as duplicates.`;
  return new Fault("import_unfinished", message, { retryable: false });
}

/** Ctrl-C in the middle of an import. */
export function stopped(done: number): Fault {
  const message = `Stopped after ${done} rows. Run the same command again: rows that are in count as duplicates.`;
  return new Fault("stopped", message, { retryable: false });
}
