// Decides how sent, delivered, bounced and complained-about mails are counted: bad events exactly, the others per batch.

import { shardOf } from "../domain/hash.ts";
import { DAY_MS, type Instant, iso, utcDay } from "../domain/instant.ts";
import { type Reputation, windowStart } from "../domain/reputation.ts";
import type { Send } from "../domain/send.ts";
import { ConditionFailed, Fault } from "./faults.ts";
import { insist } from "./insist.ts";
import { badKey, countKey, REPUTATION_SHARDS, reputationFrom, reputationPk, SCHEMA, sinceKey } from "./keys.ts";
import { itemsOfRange } from "./pages.ts";
import type { Item, Ports, Write } from "./ports.ts";

/** Whose reputation: the account's is that of all campaigns together. */
export type Judged = "ACCOUNT" | `CAMPAIGN#${string}`;
export type BadKind = "bounce" | "complaint";

type Counted = { sent: number; delivered: number };
type Counts = Record<string, Counted>;
const NOTHING: Counted = { sent: 0, delivered: 0 };

const KEEP_MS = 30 * DAY_MS;

const dayText = (day: number) => iso(day * DAY_MS).slice(0, 10);
/** Epoch seconds, as the table's TTL has it. */
const expiryOf = (at: Instant) => Math.ceil((at + KEEP_MS) / 1_000);

/**
 * Counts mails that the mailer accepted, by campaign, on the UTC day it did (today's, unless said otherwise); once per batch. A count that cannot be written is logged and left
 * out: then a rate looks higher than it is, never lower. Cost: 1 read and 1 write unit per KB.
 */
export function noteSent(
  ports: Ports,
  accepted: ReadonlyMap<string, number>,
  day: number = utcDay(ports.clock.now()),
): Promise<void> {
  return addCounts(ports, { counted: "sent", day, added: accepted });
}

/** Counts deliveries of mails that were accepted on a UTC day, by campaign; once per batch, like `noteSent`. */
export function noteDelivered(ports: Ports, delivered: ReadonlyMap<string, number>, day: number): Promise<void> {
  return addCounts(ports, { counted: "delivered", day, added: delivered });
}

type Adding = { counted: keyof Counted; day: number; added: ReadonlyMap<string, number> };

/** A writer who meets another one goes on with the next part of the day's counts. */
async function addCounts(ports: Ports, { counted, day, added }: Adding): Promise<void> {
  if (added.size === 0) return;
  let part = shardOf(ports.ids.next(), REPUTATION_SHARDS);
  try {
    await insist(ports, dayText(day), async () => {
      const key = countKey(dayText(day), part++ % REPUTATION_SHARDS);
      const item = await ports.table.get(key);
      const version = item?.version ?? 0;
      const counts = { ...((item?.["counts"] ?? {}) as Counts) };
      for (const [campaign, n] of added) {
        const before = Object.hasOwn(counts, campaign) ? (counts[campaign] as Counted) : NOTHING;
        counts[campaign] = { ...before, [counted]: before[counted] + n };
      }
      const put = { ...key, schema: SCHEMA, version: version + 1, expiresAt: expiryOf(day * DAY_MS), day, counts };
      await ports.table.write({ put, if: version === 0 ? { absent: true } : { version } });
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    ports.log.warn(`${counted} mails not counted`, { code: error.code });
  }
}

/**
 * Keeps that a mail bounced hard, or that somebody complained about it; the same event twice is one. `acceptedAt`: when
 * the provider took the mail, in whose window it counts. Cost: 1 write unit.
 */
export function noteBad(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  send: Pick<Send, "id" | "campaign">,
  { kind, acceptedAt }: { kind: BadKind; acceptedAt: Instant },
): Promise<void> {
  const key = badKey(dayText(utcDay(acceptedAt)), send, kind);
  const put = { ...key, schema: SCHEMA, expiresAt: expiryOf(acceptedAt), campaign: send.campaign, kind, acceptedAt };
  return insist(ports, key.sk, async () => {
    try {
      await ports.table.write({ put, if: { absent: true } });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  });
}

/** Since when somebody is judged; `counts` is what was counted on that day before. Version 0: since ever. */
type Since = { at: Instant; counts: Counted; version: number };
const SINCE_EVER: Since = { at: Number.NEGATIVE_INFINITY, counts: NOTHING, version: 0 };

async function loadSince({ table }: Pick<Ports, "table">, of: Judged): Promise<Since> {
  const item = await table.get(sinceKey(of));
  if (item === undefined) return SINCE_EVER;
  return { at: item["at"] as number, counts: item["counts"] as Counted, version: item.version as number };
}

/** What happened, and the check that nobody was resumed meanwhile: part of the transaction that acts on it. */
export type Judgement = { of: Judged; reputation: Reputation; isCurrent: Write };

/**
 * What is known of the mails of the last seven days, or since the last resume (then of mails accepted after it).
 * Cost: 1 read unit per 4 KB; a bad event has about 0.2 KB, a day's counts 0.1 KB per campaign.
 */
export async function loadReputations(
  ports: Pick<Ports, "table" | "clock">,
  judged: readonly Judged[],
): Promise<Judgement[]> {
  if (judged.length === 0) return [];
  const sinces = await Promise.all(judged.map((of) => loadSince(ports, of)));
  const start = windowStart(ports.clock.now());
  const counts = await itemsFrom(ports, "COUNT", start);
  const bad = await itemsFrom(ports, "BAD", start);
  return judged.map((of, index): Judgement => {
    const since = sinces[index] ?? SINCE_EVER;
    const counted = countedSince(counts, of, since);
    const count = (kind: BadKind) =>
      bad.filter(
        (item) => item["kind"] === kind && isOf(of, item["campaign"]) && (item["acceptedAt"] as number) > since.at,
      ).length;
    const reputation = { ...counted, bounces: count("bounce"), complaints: count("complaint") };
    const isAsRead = since.version === 0 ? ({ absent: true } as const) : { version: since.version };
    return { of, reputation, isCurrent: { check: sinceKey(of), if: isAsRead } };
  });
}

/** The write with which a resume starts judging anew. Concurrent resumes meet at its version. */
export async function judgedAnewWrite(ports: Pick<Ports, "table" | "clock">, of: Judged): Promise<Write> {
  const { version } = await loadSince(ports, of);
  const at = ports.clock.now();
  const counts = countedSince(await itemsFrom(ports, "COUNT", utcDay(at)), of, SINCE_EVER);
  const put: Item = { ...sinceKey(of), schema: SCHEMA, version: version + 1, at, counts };
  return { put, if: version === 0 ? { absent: true } : { version } };
}

/** "~" sorts behind every day. */
async function itemsFrom({ table }: Pick<Ports, "table">, what: "COUNT" | "BAD", day: number): Promise<Item[]> {
  const range = { pk: reputationPk, from: reputationFrom(what, dayText(day)), to: reputationFrom(what, "~") };
  const items: Item[] = [];
  for await (const page of itemsOfRange(table, range)) items.push(...page);
  return items;
}

/** The sum of the counts from the day of `since` on, without what was counted on that day before. */
function countedSince(items: readonly Item[], of: Judged, since: Since): Counted {
  const sum = { ...NOTHING };
  const add = ({ sent, delivered }: Counted, sign: 1 | -1) => {
    sum.sent += sign * sent;
    sum.delivered += sign * delivered;
  };
  const firstDay = utcDay(since.at);
  const days = items.filter((item) => (item["day"] as number) >= firstDay);
  for (const [campaign, counted] of days.flatMap((item) => Object.entries(item["counts"] as Counts)))
    if (isOf(of, campaign)) add(counted, 1);
  // Once the day is out of the window, so is what was counted before.
  if (days.some((item) => item["day"] === firstDay)) add(since.counts, -1);
  return sum;
}

const isOf = (judged: Judged, campaign: unknown) => judged === "ACCOUNT" || judged === `CAMPAIGN#${campaign}`;
