// Decides how the shop's numbers are counted: a pass over profiles and sends, in steps that can be interrupted.
import { MIN_SHOP_GAPS, shopGap } from "../domain/churn.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { newTally, type Tally, tallyProfile, tallySend } from "../domain/tally.ts";
import { campaignsEver, publishConstants } from "./catalogue-store.ts";
import { profileListPks, rollUpKey, SCHEMA, sendDuePks, sendListPks } from "./keys.ts";
import type { IndexName, Ports } from "./ports.ts";
import { readProfile } from "./records/profile-record.ts";
import { readSend } from "./records/send-record.ts";

/** Where a count stands: which partition, and behind which key of it. */
export type CountCursor = { part: number; after?: string };
export type Count = { tally: Tally; cursor: CountCursor | undefined };

type Part = { index: IndexName; pk: string; of: "profiles" | "sends" };
const PAGE = 100;

export const newCount = (): Count => ({ tally: newTally(), cursor: { part: 0 } });

/**
 * Counts one page; `cursor` is absent when all is counted. A send is either listed (judged before) or only due (not
 * judged yet), so each is counted once.
 */
export async function countPage(ports: Ports, { tally, cursor }: Count): Promise<Count> {
  const parts = await partsToCount(ports);
  const part = cursor && parts[cursor.part];
  if (cursor === undefined || part === undefined) return { tally, cursor: undefined };
  const page = await ports.table.queryIndex(part.index, {
    pk: part.pk,
    limit: PAGE,
    ...(cursor.after !== undefined && { after: cursor.after }),
  });
  const items = page.items.length === 0 ? [] : await ports.table.getMany(page.items.map(({ pk, sk }) => ({ pk, sk })));
  for (const item of items) {
    if (part.of === "profiles") tallyProfile(tally, readProfile(item));
    else if (part.index === "list" || item.listPk === undefined) {
      const { send, ledger } = readSend(item);
      tallySend(tally, send, ledger);
    }
  }
  if (page.next !== undefined) return { tally, cursor: { part: cursor.part, after: page.next } };
  return { tally, cursor: cursor.part + 1 < parts.length ? { part: cursor.part + 1 } : undefined };
}

async function partsToCount(ports: Ports): Promise<Part[]> {
  const campaigns = await campaignsEver(ports);
  return [
    ...profileListPks.map((pk): Part => ({ index: "list", pk, of: "profiles" })),
    ...campaigns.flatMap(sendListPks).map((pk): Part => ({ index: "list", pk, of: "sends" })),
    ...sendDuePks.map((pk): Part => ({ index: "due", pk, of: "sends" })),
  ];
}

/** The numbers with the instant they were counted at. */
export type RollUp = { tally: Tally; asOf: number };

async function saveRollUp({ table, clock }: Pick<Ports, "table" | "clock">, tally: Tally): Promise<RollUp> {
  const asOf = clock.now();
  await table.write({ put: { ...rollUpKey, schema: SCHEMA, asOf, tally: tally as unknown as JsonObject } });
  return { tally, asOf };
}

export async function loadRollUp({ table }: Pick<Ports, "table">): Promise<RollUp | undefined> {
  const item = await table.get(rollUpKey);
  return item && { tally: item["tally"] as unknown as Tally, asOf: item["asOf"] as Json as number };
}

/** Counts everything at once. Cost: one read unit per 4 KB of profiles and sends. */
export async function recount(ports: Ports): Promise<RollUp> {
  return saveRollUp(ports, await countAll(ports));
}

/** Counts everything at once, as the nightly job does in pages. */
export async function recountShop(ports: Ports): Promise<void> {
  await concludeCount(ports, await countAll(ports));
}

/** Saves what was counted, and publishes the shop's mean gap between purchase days once there are enough gaps. */
export async function concludeCount(ports: Ports, tally: Tally): Promise<void> {
  const { asOf } = await saveRollUp(ports, tally);
  const { gaps } = tally;
  if (gaps.count < MIN_SHOP_GAPS) return;
  await publishConstants(ports, { gapDays: shopGap(gaps), gaps: gaps.count, computedAt: asOf });
}

async function countAll(ports: Ports): Promise<Tally> {
  let count = newCount();
  while (count.cursor !== undefined) count = await countPage(ports, count);
  return count.tally;
}
