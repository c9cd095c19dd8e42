// Decides how a forecast is worked out: page by page, recorded lives are lived again under the draft and under what is live.
import { type ForecastWindow, liveAgain } from "../domain/forecast-life.ts";
import {
  type ForecastTally,
  keepSamples,
  newForecastTally,
  newSide,
  type Side,
  tallyEntries,
  tallyMemberships,
} from "../domain/forecast-tally.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { occurrencesOf } from "../domain/replay.ts";
import { type Addresses, addressesOf, closingsOf, personOf } from "./forecast-people.ts";
import { inParallel } from "./in-parallel.ts";
import { nextProfiles, WALK_START, type WalkCursor } from "./jobs/walk.ts";
import { compiledSides, type Plan } from "./plans.ts";
import type { Ports, Table } from "./ports.ts";
import { type RecordedLife, readLife } from "./recorded-life.ts";

/**
 * `days` 0 asks only for memberships and live runs. `until` and `cursor` as the page before gave them. A page ends behind
 * `events` events, of whole groups of `group` profiles: by default seconds of work, and an answer of some megabytes.
 */
export type ForecastRequest = { days: number; until?: Instant; cursor?: WalkCursor; events?: number; group?: number };

/** One page; the last has no `next`. `runs`: live runs per campaign. `perSecond`: what the mailer takes; on the first page. */
export type ForecastPage = ForecastTally & {
  from: Instant;
  until: Instant;
  runs: Record<string, number>;
  perSecond?: number;
  next?: WalkCursor;
};

const PAGE_EVENTS = 5_000;
const GROUP = 100;
const PARALLEL_READS = 10;

/** Lives the profiles of one page again. Cost: 1 read unit per 4 KB of events, and one per address that would get a mail. */
export async function forecastPage(ports: Ports, plan: Plan, request: ForecastRequest): Promise<ForecastPage> {
  const { until = ports.clock.now(), events = PAGE_EVENTS, group = GROUP } = request;
  const from = until - request.days * DAY_MS;
  const windows = await windowsOf(ports, plan, { from, until });
  const addresses = addressesOf(ports, from);
  const tally = { ...newForecastTally(), ...(windows.live && { live: newSide() }) };
  const runs: Record<string, number> = {};
  let cursor: WalkCursor | undefined = request.cursor ?? WALK_START;
  while (cursor !== undefined && tally.events < events) {
    const { ids, next } = await nextProfiles(ports, cursor, { limit: group });
    for (const recorded of await readLives(ports.table, ids, from)) {
      for (const campaign of recorded.runs) runs[campaign] = (runs[campaign] ?? 0) + 1;
      await addLife(tally, recorded, { ...windows, addresses });
    }
    cursor = next;
  }
  tally.addresses = addresses.known();
  const first = request.cursor === undefined ? { perSecond: (await ports.mailer.quota()).perSecond } : {};
  return { ...tally, from, until, runs, ...first, ...(cursor && { next: cursor }) };
}

type Windows = { draft: ForecastWindow; live?: ForecastWindow; changed: ReadonlySet<string> };

/** Both sides over the same time; what is live only when there is a time to live again. */
async function windowsOf(
  ports: Ports,
  plan: Plan,
  { from, until }: Pick<ForecastWindow, "from" | "until">,
): Promise<Windows> {
  const { draft, live } = await compiledSides(ports, plan);
  const windowOf = (catalogue: typeof draft): ForecastWindow => ({
    catalogue,
    from,
    until,
    occurrences: occurrencesOf(catalogue, from, until),
  });
  const changed = [...draft.campaigns.values()].filter(
    ({ id, revision }) => live?.campaigns.get(id)?.revision !== revision,
  );
  return {
    draft: windowOf(draft),
    ...(live && from < until && { live: windowOf(live) }),
    changed: new Set(changed.map(({ id }) => id)),
  };
}

async function readLives(table: Table, ids: string[], from: Instant): Promise<RecordedLife[]> {
  const lives: RecordedLife[] = [];
  await inParallel(PARALLEL_READS, [...ids.keys()], async (index) => {
    lives[index] = await readLife(table, ids[index] as string, from);
  });
  return lives;
}

async function addLife(
  tally: ForecastTally,
  recorded: RecordedLife,
  { draft, live, changed, addresses }: Windows & { addresses: Addresses },
): Promise<void> {
  const { life, memberships } = recorded;
  tally.profiles++;
  tally.events += life.events.length;
  const lived = liveAgain(life, draft);
  await addLived(tally.draft, recorded, { lived, addresses });
  tally.closings.push(...(await closingsOf(lived, addresses)));
  tallyMemberships(tally.segments, lived.memberships, memberships);
  keepSamples(
    tally.samples,
    life.profileId,
    lived.judged.filter(({ campaign }) => changed.has(campaign)),
  );
  if (tally.live !== undefined && live !== undefined)
    await addLived(tally.live, recorded, { lived: liveAgain(life, live), addresses });
}

type LivedOnce = { lived: ReturnType<typeof liveAgain>; addresses: Addresses };

async function addLived(side: Side, recorded: RecordedLife, { lived, addresses }: LivedOnce): Promise<void> {
  tallyEntries(side, lived);
  if (lived.sends.length > 0) side.people.push(await personOf(recorded, lived, addresses));
}
