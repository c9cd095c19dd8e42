// Decides what the lists show: segments and their members, campaigns, sends, events.

import { triggerKey } from "../../domain/catalogue.ts";
import { placeOf } from "../../domain/definition.ts";
import { DAY_MS, iso, parseInstant } from "../../domain/instant.ts";
import { campaignsEver, loadCatalogue } from "../catalogue-store.ts";
import { eventListPks, LIST_SHARDS, memberPk, profileIdOf, sendDuePks, sendListPks } from "../keys.ts";
import { itemsAt } from "../pages.ts";
import type { IndexEntry, Ports } from "../ports.ts";
import { readEvent } from "../records/event-record.ts";
import { readSend } from "../records/send-record.ts";
import { mergeByTime, type PageOf, type PageRequest, pageOver } from "./paging.ts";
import { sendView } from "./send-view.ts";
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

export async function campaignsView(ports: Ports) {
  const { campaigns } = await loadCatalogue(ports);
  return {
    items: [...campaigns.values()].map(({ id, title, status, on, purpose, priority, revision, definition }) => ({
      id,
      title,
      status,
      trigger: triggerKey({ id, on }),
      purpose,
      priority,
      revision,
      steps: definition.body["steps"],
      file: placeOf(definition, ""),
    })),
  };
}

/** Sends of one campaign or of all, optionally in one state: those judged before are listed, the others still due. */
export async function sendsView(
  ports: Ports,
  filter: { campaign?: string; state?: string },
  page: PageRequest,
): Promise<PageOf<ReturnType<typeof sendView>>> {
  const lists = (filter.campaign === undefined ? await campaignsEver(ports) : [filter.campaign]).flatMap(sendListPks);
  const pks = [...lists, ...sendDuePks];
  const found = await pageOver(pks, page, async (range) => {
    const entries = await ports.table.queryIndex(range.pk.startsWith("DUE#") ? "due" : "list", range);
    return { ...entries, items: await sendsAt(ports, entries.items, { ...filter, due: range.pk.startsWith("DUE#") }) };
  });
  return found;
}

async function sendsAt(
  ports: Ports,
  entries: IndexEntry[],
  filter: { campaign?: string; state?: string; due: boolean },
) {
  const items = await itemsAt(ports.table, entries);
  return items
    .filter((item) => !filter.due || item.listPk === undefined)
    .map(readSend)
    .filter(
      ({ send, ledger }) =>
        (filter.campaign ?? send.campaign) === send.campaign && (filter.state ?? ledger.state) === ledger.state,
    )
    .map(({ send, ledger }) => sendView(send, ledger));
}

/** Most days a single call looks through for events. */
const MAX_DAYS = 31;

/**
 * Events in order of receipt, those after an instant or a `next` of an earlier page; without one, the last 24 hours.
 * `undefined` when `after` is neither.
 */
export async function eventsView(ports: Ports, { after, limit }: { after?: string; limit: number }) {
  const now = ports.clock.now();
  const [instantText, id] = (after ?? iso(now - DAY_MS)).split("#");
  const since = parseInstant(instantText as string);
  if (since === undefined) return undefined;
  // Behind a page's last event, or behind every event of the instant: "$" sorts after "#".
  const from = id === undefined ? `${iso(since)}$` : `${after}\u0001`;
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
    ...(last !== undefined && { next: last }),
  };
}
