// Decides what is shown of the audit: who did what and how it ended, the latest first, of a span of days or of one person.
import { DAY_MS, type Instant, iso } from "../../domain/instant.ts";
import { type AuditEntry, auditIn } from "../audit.ts";
import { Fault } from "../faults.ts";
import { auditListPk, auditPk } from "../keys.ts";
import { itemsOfIndex } from "../pages.ts";
import type { Item, Ports } from "../ports.ts";
import { asToken, ofToken, type PageOf, type PageRequest } from "./paging.ts";

/** Days are partitions of their own, and each costs a read: more are asked for in several spans. */
const MOST_DAYS = 400;

export type AuditLine = Omit<AuditEntry, "at" | "endedAt"> & { at: string; endedAt?: string };

/**
 * Acts of the span, latest first. Throws the faults `bad_span` for one that ends before it begins or is over 400 days, and
 * `bad_page_token`. Cost: 1 read unit a day and 4 KB of entries.
 */
export async function auditView(
  { table }: Pick<Ports, "table">,
  { since, until }: { since: Instant; until: Instant },
  { limit, next }: PageRequest,
): Promise<PageOf<AuditLine>> {
  if (since > until || until - since > MOST_DAYS * DAY_MS) {
    const message = `since must lie before until, and at most ${MOST_DAYS} days before it.`;
    throw new Fault("bad_span", message, { retryable: false });
  }
  const [from, to] = [iso(since), next === undefined ? `${iso(until)}#~` : cursorOf(next)];
  const items: Item[] = [];
  for (let day = to.slice(0, 10); day >= from.slice(0, 10); day = dayBefore(day)) {
    for (let after: string | undefined; ; ) {
      const page = await table.query({
        pk: auditPk(day),
        from,
        to,
        newestFirst: true,
        limit: limit + 1 - items.length,
        ...(after !== undefined && { after }),
      });
      items.push(...page.items);
      after = page.next;
      if (items.length > limit)
        return { items: items.slice(0, limit).map(lineOf), next: tokenOf(items[limit] as Item) };
      if (after === undefined) break;
    }
  }
  return { items: items.map(lineOf) };
}

/** Every act about one person, by opaque id, or about their addresses, by partition; oldest first. */
export async function auditAbout({ table }: Pick<Ports, "table">, whom: readonly string[]): Promise<AuditLine[]> {
  const lines: AuditLine[] = [];
  for (const one of whom)
    for await (const items of itemsOfIndex(table, "list", { pk: auditListPk(one) })) lines.push(...items.map(lineOf));
  return lines.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
}

function lineOf(item: Item): AuditLine {
  const { at, endedAt, ...entry } = auditIn(item);
  return { ...entry, at: iso(at), ...(endedAt !== undefined && { endedAt: iso(endedAt) }) };
}

/** The place of an entry: a page that continues there begins with it. */
const tokenOf = ({ sk }: Item) => asToken(sk);

function cursorOf(token: string): string {
  const cursor = ofToken(token);
  if (cursor !== undefined && /^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z#/.test(cursor)) return cursor;
  throw new Fault("bad_page_token", "next is not one that an earlier page returned.", { retryable: false });
}

const dayBefore = (day: string) => iso(Date.parse(`${day}T00:00:00.000Z`) - DAY_MS).slice(0, 10);
