// Decides how held sends come back after a resume: page by page into the due index, in two passes.
import { statusOf } from "../../domain/catalogue.ts";
import { MINUTE_MS } from "../../domain/instant.ts";
import { campaignsEver, loadCatalogue } from "../catalogue-store.ts";
import { inParallel } from "../in-parallel.ts";
import { insist } from "../insist.ts";
import { heldListPks, LIST_SHARDS } from "../keys.ts";
import type { IndexEntry, Key, Ports } from "../ports.ts";
import { readSend, sendItem } from "../records/send-record.ts";
import { readStops, type Stops } from "../stop-state.ts";
import type { Job, PageResult } from "./job-record.ts";
import type { ReleaseParams } from "./release-jobs.ts";

/** Where the walk is: a part of a campaign's list, behind `after`. */
type Cursor = { campaign: string; shard: number; after?: string };

/** Sends of a page, and lists it looks into for them. */
const PAGE = 100;
const MAX_READS = 50;
const PARALLEL_WRITES = 10;
/**
 * Between the passes: a worker that read the switches while they were on may write its hold behind the first pass. Longer
 * than any batch of sends lives.
 */
const SECOND_PASS_MS = 2 * MINUTE_MS;

/** One page. A repeated page is harmless: what was released is not in the list any more. */
export async function releasePage(ports: Ports, job: Job): Promise<PageResult> {
  const params = job.params as ReleaseParams;
  const { campaign: only, pass } = params;
  const counts = { done: Math.max(job.counts["done"] ?? 0, params.released) };
  const stops = await readStops(ports);
  const isHeld = await heldCampaigns(ports, stops);
  // Stopped again: the next resume starts over.
  if (stopsAll(stops) || (only !== undefined && isHeld(only))) return { next: "end", state: "superseded", counts };
  const campaigns = only === undefined ? [...(await campaignsEver(ports))].sort() : [only];
  const live = campaigns.filter((campaign) => !isHeld(campaign));
  const { released, next } = await releaseFrom(ports, placeFrom(job.cursor as Cursor | undefined, live), live);
  counts.done += released;
  if (next !== undefined) return { next: "page", cursor: next, counts };
  if (pass === 2) return { next: "end", state: "done", counts };
  const again: ReleaseParams = { ...params, pass: 2, released: counts.done };
  return { next: "wait", until: ports.clock.now() + SECOND_PASS_MS, counts, params: again };
}

const stopsAll = ({ account, provider }: Stops) => account !== undefined || provider?.state === "paused";

/** Campaigns that are paused themselves, by their switch or in the catalogue: their own resume releases them. */
async function heldCampaigns(
  ports: Pick<Ports, "table">,
  { campaigns }: Stops,
): Promise<(campaign: string) => boolean> {
  const catalogue = await loadCatalogue(ports);
  return (campaign) => {
    const status = statusOf(catalogue, campaign);
    // What is archived is refused whatever its switch says.
    return status === "paused" || (status === "live" && Object.hasOwn(campaigns, campaign));
  };
}

/** The place to go on at: the cursor's, or the next campaign's first; `undefined` behind the last. */
function placeFrom(cursor: Cursor | undefined, campaigns: readonly string[]): Cursor | undefined {
  const isThere = cursor !== undefined && cursor.shard < LIST_SHARDS && campaigns.includes(cursor.campaign);
  if (isThere) return cursor;
  const next = campaigns.find((campaign) => cursor === undefined || campaign > cursor.campaign);
  return next === undefined ? undefined : { campaign: next, shard: 0 };
}

/** Releases one page of sends, walking on over empty parts; `next` is absent behind the last. */
async function releaseFrom(ports: Ports, from: Cursor | undefined, campaigns: readonly string[]) {
  let released = 0;
  let place = from;
  for (let reads = 0, seen = 0; place !== undefined && seen < PAGE && reads < MAX_READS; reads++) {
    const { campaign, shard, after }: Cursor = place;
    const pk = heldListPks(campaign)[shard] as string;
    const page = await ports.table.queryIndex("list", {
      pk,
      limit: PAGE - seen,
      ...(after !== undefined && { after }),
    });
    await inParallel(PARALLEL_WRITES, page.items, async (entry) => {
      if (await release(ports, entry, pk)) released++;
    });
    seen += page.items.length;
    const behind = page.next === undefined ? { campaign, shard: shard + 1 } : { campaign, shard, after: page.next };
    place = placeFrom(behind, campaigns);
  }
  return { released, next: place };
}

/** Makes a held send due now; one that is not held any more is left alone. */
function release(ports: Ports, { pk, sk }: IndexEntry, listPk: string): Promise<boolean> {
  const key: Key = { pk, sk };
  return insist(ports, pk, async () => {
    const item = await ports.table.get(key);
    if (item === undefined || item.listPk !== listPk) return false;
    const record = readSend(item);
    const put = sendItem(record, record.ledger, ports.clock.now());
    await ports.table.write({ put, if: { version: record.version } });
    return true;
  });
}
