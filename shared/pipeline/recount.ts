// Decides how the shop's numbers are counted: a pass over profiles and sends, in steps that can be interrupted.
import { MIN_SHOP_GAPS, shopGap } from "../domain/churn.ts";
import type { Instant } from "../domain/instant.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { isOpen } from "../domain/ledger.ts";
import { newTally, type Tally, tallyProfile, tallySend } from "../domain/tally.ts";
import { campaignsEver, publishConstants } from "./catalogue-store.ts";
import { heldListPks, profileListPks, rollUpKey, SCHEMA, sendDuePks, sendListPks } from "./keys.ts";
import type { IndexName, Item, Ports } from "./ports.ts";
import { readProfile } from "./records/profile-record.ts";
import { readSend } from "./records/send-record.ts";
import { readTombstone } from "./records/tombstone.ts";

/** Where a count stands: which partition, and behind which key of it. */
export type CountCursor = { part: number; after?: string };
/** `campaigns`: whose sends are counted, fixed when the count begins. `seen`: open sends that were counted already. */
export type Count = { tally: Tally; cursor: CountCursor | undefined; campaigns?: string[]; seen?: string[] };

type Counting = {
  tally: Tally;
  parts: Part[];
  cursor: CountCursor | undefined;
  seen: Set<string>;
  mostSeen: number;
  now: Instant;
};
/** Sends that have ended stay where they are in the list of `sends`; those elsewhere are `moving`. `again`: looked at before. */
type Part = { index: IndexName; pk: string; of: "profiles" | "moving" | "sends" | "again" };

const PAGE = 100;
/** A page goes on over empty partitions: there are many, and a commit for each would cost more than they do. */
const MOST_PARTS = 50;
/** Open sends whose ids a count in pages carries along (12 letters each, so 30 KB at most). */
const MOST_CARRIED = 2_000;
const CARRIED_LETTERS = 12;

export const newCount = (): Count => ({ tally: newTally(), cursor: { part: 0 } });

/**
 * Counts one page; `cursor` is absent when all is counted. Each send is counted once, also while it moves: see `addSend`.
 * Only ids of the first 2,000 open sends are carried from page to page. Of the open sends above that number, one that is
 * judged for the first time or resumed while the count runs may be counted twice, and one that is newly held until a resume
 * may be missed; the parts add up also then.
 */
export async function countPage(ports: Ports, count: Count): Promise<Count> {
  const campaigns = count.campaigns ?? (await campaignsEver(ports));
  const { tally, cursor } = count;
  const seen = new Set(count.seen ?? []);
  const now = ports.clock.now();
  const counting: Counting = { tally, parts: partsToCount(campaigns), cursor, seen, mostSeen: MOST_CARRIED, now };
  const before = itemsCounted(tally);
  for (let parts = 0; parts < MOST_PARTS && counting.cursor !== undefined; parts++) {
    if (itemsCounted(tally) - before >= PAGE) break;
    await countStep(ports, counting);
  }
  return { tally, cursor: counting.cursor, campaigns, seen: [...seen] };
}

const itemsCounted = ({ profiles, campaigns }: Tally) =>
  profiles +
  Object.values(campaigns).reduce((sum, { states }) => sum + Object.values(states).reduce((a, b) => a + b, 0), 0);

/**
 * An open send moves: from the due index (not judged yet) to its campaign's list or, held until a resume, to the held list,
 * and back to the campaign's list. So the due index comes first, then the held list, the campaign's list, and the held list
 * once more; what was seen before is passed over. A send that stays open is missed only if it goes there and back between.
 */
function partsToCount(campaigns: string[]): Part[] {
  return [
    ...listed("profiles", profileListPks),
    ...duePart,
    ...campaigns.flatMap((campaign) => {
      const held = heldListPks(campaign);
      return [...listed("moving", held), ...listed("sends", sendListPks(campaign)), ...listed("again", held)];
    }),
  ];
}

const listed = (of: Part["of"], pks: readonly string[]) => pks.map((pk): Part => ({ index: "list", pk, of }));
const duePart = sendDuePks.map((pk): Part => ({ index: "due", pk, of: "moving" }));

/** More open sends than these take longer to count than somebody waits for an answer. */
const MOST_OPEN = 50_000;

/**
 * The sends that can still leave, counted now: they are in the due index or in a held list. Of more than 50,000 the saved
 * numbers are told. Cost: one read unit per 4 KB of open sends.
 */
export async function openSends(ports: Ports): Promise<RollUp> {
  const held = (await campaignsEver(ports)).flatMap(heldListPks);
  const parts = [...listed("moving", held), ...duePart, ...listed("again", held)];
  const counting: Counting = { ...wholeCount(parts, ports.clock.now()), mostSeen: MOST_OPEN };
  while (counting.cursor !== undefined) {
    await countStep(ports, counting);
    if (counting.seen.size >= MOST_OPEN) return freshRollUp(ports);
  }
  return { tally: counting.tally, asOf: ports.clock.now() };
}

/** More held sends than these are not counted while somebody waits for the answer to a pause or a resume. */
const MOST_HELD = 5_000;

/**
 * The sends of some campaigns that wait for a resume, counted now, up to 5,000 of them; `isCut`: there are more. Cost: one
 * read unit per 4 KB of them.
 */
export async function heldSends(
  ports: Pick<Ports, "table" | "clock">,
  campaigns: readonly string[],
): Promise<{ tally: Tally; isCut: boolean }> {
  const parts = listed("moving", campaigns.flatMap(heldListPks));
  const counting: Counting = { ...wholeCount(parts, ports.clock.now()), mostSeen: MOST_HELD };
  while (counting.cursor !== undefined && counting.seen.size < MOST_HELD) await countStep(ports, counting);
  return { tally: counting.tally, isCut: counting.cursor !== undefined };
}

const wholeCount = (parts: Part[], now: Instant): Counting => ({
  tally: newTally(),
  parts,
  cursor: { part: 0 },
  seen: new Set(),
  mostSeen: Number.POSITIVE_INFINITY,
  now,
});

/** Counts up to `PAGE` items of the cursor's partition, and moves the cursor. */
async function countStep(ports: Pick<Ports, "table">, counting: Counting): Promise<void> {
  const { parts, cursor, tally } = counting;
  const part = cursor && parts[cursor.part];
  if (cursor === undefined || part === undefined) {
    counting.cursor = undefined;
    return;
  }
  const page = await ports.table.queryIndex(part.index, {
    pk: part.pk,
    limit: PAGE,
    ...(cursor.after !== undefined && { after: cursor.after }),
  });
  const items = page.items.length === 0 ? [] : await ports.table.getMany(page.items.map(({ pk, sk }) => ({ pk, sk })));
  for (const item of items) {
    // Erased since the page was read.
    if (readTombstone(item) !== undefined) continue;
    if (part.of === "profiles") tallyProfile(tally, readProfile(item));
    else addSend(counting, item, part);
  }
  if (page.next !== undefined) counting.cursor = { part: cursor.part, after: page.next };
  else counting.cursor = cursor.part + 1 < parts.length ? { part: cursor.part + 1 } : undefined;
}

/**
 * Adds a send unless it was seen, and remembers it while it is open. When no more can be remembered, what the due index and
 * a list have both is left to the list, and the second look brings nothing.
 */
function addSend({ tally, seen, mostSeen, now }: Counting, item: Item, { index, of }: Part): void {
  const record = readSend(item);
  const id = record.send.id.slice(0, CARRIED_LETTERS);
  if (seen.has(id)) return;
  const hasRoom = seen.size < mostSeen;
  if (!hasRoom && (of === "again" || (index === "due" && item.listPk !== undefined))) return;
  tallySend(tally, record, now);
  if (hasRoom && (of !== "sends" || isOpen(record.ledger.state))) seen.add(id);
}

/** The numbers with the instant they were counted at. */
export type RollUp = { tally: Tally; asOf: number };

/** Version of the tally's shape: one that was saved in another shape is not read. */
const TALLY_SHAPE = 3;

async function saveRollUp({ table, clock }: Pick<Ports, "table" | "clock">, tally: Tally): Promise<RollUp> {
  const asOf = clock.now();
  const put = { ...rollUpKey, schema: SCHEMA, shape: TALLY_SHAPE, asOf, tally: tally as unknown as JsonObject };
  await table.write({ put });
  return { tally, asOf };
}

export async function loadRollUp({ table }: Pick<Ports, "table">): Promise<RollUp | undefined> {
  const item = await table.get(rollUpKey);
  if (item === undefined || item["shape"] !== TALLY_SHAPE) return undefined;
  return { tally: item["tally"] as unknown as Tally, asOf: item["asOf"] as Json as number };
}

/** The saved numbers, or a new count when those are older than the configured age. */
export async function freshRollUp(ports: Ports): Promise<RollUp> {
  const stored = await loadRollUp(ports);
  const isFresh = stored !== undefined && ports.clock.now() - stored.asOf < ports.summaryMaxAgeMs;
  return isFresh ? stored : saveRollUp(ports, await countAll(ports));
}

/** Counts everything at once, as the nightly job does in pages. Cost: one read unit per 4 KB of profiles and sends. */
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
  const counting = wholeCount(partsToCount(await campaignsEver(ports)), ports.clock.now());
  while (counting.cursor !== undefined) await countStep(ports, counting);
  return counting.tally;
}
