// Decides what the lists show: segments and their members, campaigns, sends, events.

import { triggerKey } from "../../domain/catalogue.ts";
import { placeOf } from "../../domain/definition.ts";
import { DAY_MS, type Instant, iso, parseInstant } from "../../domain/instant.ts";
import { reasonOf } from "../../domain/ledger.ts";
import type { SendState } from "../../domain/send.ts";
import { campaignsEver, loadCatalogue } from "../catalogue-store.ts";
import { eventListPks, heldListPks, LIST_SHARDS, memberPk, profileIdOf, sendDuePks, sendListPks } from "../keys.ts";
import { itemsAt } from "../pages.ts";
import type { IndexEntry, Page, Ports, Range } from "../ports.ts";
import { readEvent } from "../records/event-record.ts";
import { readSend, type SendRecord } from "../records/send-record.ts";
import { readStops } from "../stop-state.ts";
import { asToken, mergeByTime, ofToken, type PageOf, type PageRequest, pageOver } from "./paging.ts";
import { sendView } from "./send-view.ts";
import { stoppedNow, stoppedView } from "./stops.ts";
import { eventView } from "./timeline.ts";

export async function segmentsView(ports: Ports) {
  const { segments } = await loadCatalogue(ports);
  return {
    items: segments.map(({ id, title, uses, definition }) => ({
      id,
      title,
      uses,
      where: definition.body["where"] ?? null,
      file: placeOf(definition, "where"),
    })),
  };
}

/** Members with the instant they entered; `undefined` when there is no such segment. */
export async function membersView(ports: Ports, segment: string, page: PageRequest) {
  const { segments } = await loadCatalogue(ports);
  if (!segments.some(({ id }) => id === segment)) return undefined;
  const pks = Array.from({ length: LIST_SHARDS }, (_, shard) => memberPk(segment, shard));
  const { items, next } = await pageOver(pks, page, (range) => ports.table.query(range));
  return {
    items: items.map((item) => ({ profileId: item.sk, enteredAt: iso(item["enteredAt"] as number) })),
    ...(next !== undefined && { next }),
  };
}

/** `stopped`: an operator's switch, or Relance's own, which holds the campaign's mail whatever its status is. */
export async function campaignsView(ports: Ports) {
  const [{ campaigns }, stops] = await Promise.all([loadCatalogue(ports), readStops(ports)]);
  return {
    items: [...campaigns.values()].map(({ id, title, status, on, purpose, priority, revision, definition }) => ({
      id,
      title,
      status,
      ...stoppedView(stops, id),
      trigger: triggerKey({ id, on }),
      purpose,
      priority,
      revision,
      steps: definition.body["steps"],
      file: placeOf(definition, ""),
    })),
  };
}

/** Which sends are listed; `reason` as the ledger counts it. */
export type SendFilter = { campaign?: string; states?: readonly SendState[]; reason?: string };

/**
 * Sends of one campaign or of all that pass the filter: those judged before are in their campaign's list, those held until a
 * resume in another, all others are still due.
 */
export async function sendsView(
  ports: Ports,
  filter: SendFilter,
  page: PageRequest,
): Promise<PageOf<ReturnType<typeof sendView>>> {
  const campaigns = filter.campaign === undefined ? await campaignsEver(ports) : [filter.campaign];
  const [catalogue, stops] = await Promise.all([loadCatalogue(ports), readStops(ports)]);
  const looking = {
    now: ports.clock.now(),
    stoppedBy: (campaign: string) => stoppedNow(stops, catalogue, campaign),
  };
  const lists = campaigns.flatMap((campaign) => [...sendListPks(campaign), ...heldListPks(campaign)]);
  return pageOver([...lists, ...sendDuePks], page, async (range) => {
    const found = await sendsIn(ports, range, filter);
    return { ...found, items: found.items.map((record) => sendView(record, looking)) };
  });
}

/** Entries looked at in one go, however few are asked for: most may not pass. */
const LOOKED_AT = 100;

/** The sends of a partition that pass, in its order, `range.limit` at most. */
async function sendsIn(
  { table, clock }: Pick<Ports, "table" | "clock">,
  range: Range,
  filter: SendFilter,
): Promise<Page<SendRecord>> {
  const now = clock.now();
  const index = range.pk.startsWith("DUE#") ? "due" : "list";
  const most = range.limit ?? LOOKED_AT;
  const page = await table.queryIndex(index, { ...range, limit: Math.max(most, LOOKED_AT) });
  const items = await itemsAt(table, page.items);
  const byKey = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  const found = page.items.flatMap(({ pk, sk }, position) => {
    const item = byKey.get(`${pk} ${sk}`);
    // What is both due and listed is shown where it is listed.
    if (item === undefined || (index === "due" && item.listPk !== undefined)) return [];
    const record = readSend(item);
    return passes(record, filter, now) ? [{ record, position }] : [];
  });
  const shown = found.slice(0, most);
  const last = shown.at(-1);
  // More passed than are asked for: the next page begins behind the last of these.
  const cut =
    found.length > most && last ? await table.queryIndex(index, { ...range, limit: last.position + 1 }) : undefined;
  const next = cut?.next ?? page.next;
  return { items: shown.map(({ record }) => record), ...(next !== undefined && { next }) };
}

function passes({ send, ledger, dueAt }: SendRecord, { campaign, states, reason }: SendFilter, now: Instant): boolean {
  const seen = { now, expiresAt: send.expiresAt, ...(dueAt !== undefined && { dueAt }) };
  return (
    (campaign ?? send.campaign) === send.campaign &&
    (states?.includes(ledger.state) ?? true) &&
    (reason === undefined || reason === reasonOf(ledger, seen))
  );
}

/** Most days a single call looks through for events. */
const MAX_DAYS = 31;

/**
 * Events in order of receipt, those after an instant or a `next` of an earlier page; without one, the last 24 hours.
 * `undefined` when `after` is neither.
 */
export async function eventsView(ports: Ports, { after, limit }: { after?: string; limit: number }) {
  const now = ports.clock.now();
  const asked = after === undefined ? iso(now - DAY_MS) : afterOf(after);
  const since = parseInstant(asked?.split("#")[0] ?? "");
  if (asked === undefined || since === undefined) return undefined;
  // Behind a page's last event, or behind every event of the instant: "$" sorts after "#".
  const from = asked.includes("#") ? `${asked}\u0001` : `${iso(since)}$`;
  let day = Math.floor(since / DAY_MS);
  const found: IndexEntry[] = [];
  for (let days = 0; day * DAY_MS <= now && days < MAX_DAYS && found.length <= limit; day++, days++) {
    const pks = eventListPks(iso(day * DAY_MS).slice(0, 10));
    found.push(...(await mergeByTime(pks, { limit, from }, (range) => ports.table.queryIndex("list", range))));
  }
  const entries = found.slice(0, limit);
  const items = await itemsAt(ports.table, entries);
  const byKey = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  const last = entries.at(-1)?.at ?? (day * DAY_MS <= now ? iso(day * DAY_MS) : undefined);
  return {
    items: entries.flatMap(({ pk, sk }) => {
      const item = byKey.get(`${pk} ${sk}`);
      return item === undefined ? [] : [{ profileId: profileIdOf(pk), ...eventView(readEvent(item)) }];
    }),
    ...(last !== undefined && { next: asToken(last) }),
  };
}

/** An instant that somebody wrote, or the place in the list that a page's `next` stands for. */
function afterOf(text: string): string | undefined {
  return text.includes("#") ? undefined : parseInstant(text) === undefined ? ofToken(text) : text;
}
