// Decides where every record lives: the one place that builds keys of the table and its indexes.

import { PRIORITY_RANK, type Priority } from "../domain/campaign.ts";
import { withoutBars } from "../domain/deciding.ts";
import type { Identity } from "../domain/event.ts";
import { contentHash, keyedHash, shardOf } from "../domain/hash.ts";
import { type Instant, iso } from "../domain/instant.ts";
import type { Key } from "./ports.ts";

/** Version of the records' shape; every record carries it. */
export const SCHEMA = 1;

/** Parts of the due index per kind, and of every list. More parts write faster and cost more reads per tick. */
export const DUE_SHARDS = 4;
export const LIST_SHARDS = 8;

export const STATE = "STATE#";
export const profilePk = (profileId: string) => `PROFILE#${profileId}`;
export const profileKey = (profileId: string): Key => ({ pk: profilePk(profileId), sk: "STATE#PROFILE" });
export const wakeKey = (profileId: string): Key => ({ pk: profilePk(profileId), sk: "STATE#WAKE" });
export const consentKey = (profileId: string, purpose: string): Key => ({
  pk: profilePk(profileId),
  sk: `STATE#CONSENT#${purpose}`,
});
export const runKey = (profileId: string, name: string): Key => ({ pk: profilePk(profileId), sk: `STATE#RUN#${name}` });
export const entryKey = (profileId: string, name: string): Key => ({ pk: profilePk(profileId), sk: `ENTRY#${name}` });
export const sendKey = (profileId: string, sendId: string): Key => ({ pk: profilePk(profileId), sk: `SEND#${sendId}` });
export const profileIdOf = (pk: string) => pk.slice("PROFILE#".length);

export const seenKey = (source: string, id: string): Key => ({
  pk: `SEEN#${withoutBars(source)}#${withoutBars(id)}`,
  sk: "SEEN",
});

/** Identities are kept under a keyed hash: the table's keys tell nothing about people. */
export function identityKey(secret: string, { kind, value }: Identity): Key {
  return { pk: `IDENTITY#${kind}#${keyedHash(secret, `${kind}:${value}`)}`, sk: "IDENTITY" };
}

/** One item per address, whoever it belongs to. `email` must be normal (see address.ts). */
export function addressKey(secret: string, email: string): Key {
  return { pk: `ADDRESS#${keyedHash(secret, `email:${email}`)}`, sk: "ADDRESS" };
}

/** The key of an address again, from the partition a ledger keeps. */
export const addressKeyOf = (pk: string): Key => ({ pk, sk: "ADDRESS" });

/** Where facts lead that name their person by the address: the hash is the same. */
export const emailIdentityKey = (addressPk: string): Key => ({
  pk: `IDENTITY#email#${addressPk.slice("ADDRESS#".length)}`,
  sk: "IDENTITY",
});

/** Who has the address: one item per profile beside that of the address. */
export const HOLDER = "HOLDER#";
export const holderKey = (addressPk: string, profileId: string): Key => ({
  pk: addressPk,
  sk: `${HOLDER}${profileId}`,
});

/** That the link to somebody's page was asked for, by address and hour ("2026-03-02T10"). */
export const askedKey = (addressPk: string, hour: string): Key => ({
  pk: `ASKED#${addressPk.slice("ADDRESS#".length)}`,
  sk: hour,
});

/** One word on consent that changed it, as a proof; never written again. Ids of sources may tell who somebody is. */
export const PROOF = "PROOF#";
export const proofKey = (
  profileId: string,
  { purpose, at, by }: { purpose: string; at: Instant; by: string },
): Key => ({
  pk: profilePk(profileId),
  sk: `${PROOF}${purpose}#${iso(at)}#${contentHash(by)}`,
});

/** What people of the company did, by UTC day ("2026-03-02"). */
export const auditPk = (day: string) => `AUDIT#${day}`;
export const auditKey = (entry: { at: Instant; id: string }): Key => ({
  pk: auditPk(iso(entry.at).slice(0, 10)),
  sk: `${iso(entry.at)}#${entry.id}`,
});
/** What was done about one person is listed with its opaque id, what was done about an address with its partition. */
export const auditListPk = (whom: string) => `AUDITED#${whom}`;
export const auditList = (whom: string, entry: { at: Instant; id: string }) => ({
  listPk: auditListPk(whom),
  listSk: `${iso(entry.at)}#${entry.id}`,
});

export function memberKey(segment: string, profileId: string): Key {
  return { pk: memberPk(segment, shardOf(profileId, LIST_SHARDS)), sk: profileId };
}
export const memberPk = (segment: string, shard: number) => `MEMBER#${segment}#${shard}`;

export const activeKey: Key = { pk: "CATALOGUE", sk: "ACTIVE" };
/** Ids of all campaigns that were ever published: their sends stay in the lists. */
export const campaignsEverKey: Key = { pk: "CATALOGUE", sk: "CAMPAIGNS" };
export const constantsKey: Key = { pk: "CATALOGUE", sk: "CONSTANTS" };
/** One item per publication; sorts behind everything that is read with the active catalogue. */
export const HISTORY = "HISTORY#";
export const historyKey = (seq: number): Key => ({ pk: "CATALOGUE", sk: `${HISTORY}${String(seq).padStart(10, "0")}` });
export const revisionKey = (revision: string): Key => ({ pk: `REVISION#${revision}`, sk: "REVISION" });
/** A reviewed plan, by the id it is applied with. */
export const planKey = (id: string): Key => ({ pk: `PLAN#${id}`, sk: "PLAN" });
export const definitionKey = (hash: string): Key => ({ pk: `DEFINITION#${hash}`, sk: "DEFINITION" });

export const jobKey = (id: string): Key => ({ pk: `JOB#${id}`, sk: "JOB" });
export const jobIdOf = (pk: string) => pk.slice("JOB#".length);
/** The job of an erasure is named by the profile, which is erased once. */
const ERASURE = "erasure#";
export const erasureJobId = (profileId: string): string => `${ERASURE}${profileId}`;
/** Looking through messages outside the table: who looks now, and for whom it is to be done. */
export const copiesPk = "COPIES";
export const lookKey: Key = { pk: copiesPk, sk: "LOOK" };
export const WANT = "WANT#";
export const wantKey = (profileId: string): Key => ({ pk: copiesPk, sk: `${WANT}${profileId}` });
/** Jobs are few: one list of all, by when they were made. */
export const jobListPk = "JOBS#0";
export const jobList = (job: { id: string; createdAt: Instant }) => ({
  listPk: jobListPk,
  listSk: `${iso(job.createdAt)}#${job.id}`,
});
export const rollUpKey: Key = { pk: "ROLLUP", sk: "SUMMARY" };
/** The stop switches lie side by side: one read has them all. */
export const stopPk = "STOP";
export const stopKey = (what: "ACCOUNT" | "PROVIDER" | "QUOTA" | `CAMPAIGN#${string}`): Key => ({
  pk: stopPk,
  sk: what,
});
/** What was sent and what came back, for the automatic pause: counts and bad events by UTC day ("2026-03-02"). */
export const reputationPk = "REPUTATION";
export const REPUTATION_SHARDS = 4;
/** Sorts between all counts, or all bad events, before a day and those of it. */
export const reputationFrom = (what: "COUNT" | "BAD", day: string) => `${what}#${day}`;
export const countKey = (day: string, shard: number): Key => ({ pk: reputationPk, sk: `COUNT#${day}#${shard}` });
export const badKey = (day: string, { campaign, id }: { campaign: string; id: string }, kind: string): Key => ({
  pk: reputationPk,
  sk: `BAD#${day}#${campaign}#${id}#${kind}`,
});
/** Since when a campaign, or the account, is judged anew: its last resume. */
export const sinceKey = (of: "ACCOUNT" | `CAMPAIGN#${string}`): Key => ({ pk: reputationPk, sk: `SINCE#${of}` });
export const rateKey: Key = { pk: "RATE", sk: "ACCOUNT" };

/** High priority first. */
export const sendDueByPriority: readonly string[][] = [1, 2, 3].map((priority) =>
  Array.from({ length: DUE_SHARDS }, (_, shard) => `DUE#SEND#${priority}#${shard}`),
);
export const sendDuePks: readonly string[] = sendDueByPriority.flat();
export const dueShards = (kind: "RUN" | "WAKE" | "JOB"): string[] =>
  Array.from({ length: kind === "JOB" ? 2 : DUE_SHARDS }, (_, shard) => `DUE#${kind}#${shard}`);
/** Erasures may be thousands after a retention: other jobs do not wait behind them. */
export const [jobDuePk, erasureDuePk] = dueShards("JOB") as [string, string];
const jobShard = (id: string) => (id.startsWith(ERASURE) ? 1 : 0);

/** Every partition of the due index. */
export const allDuePks: readonly string[] = [
  ...dueShards("RUN"),
  ...dueShards("WAKE"),
  ...dueShards("JOB"),
  ...sendDuePks,
];

/** Attributes that put an item into the due index; a job's by its id. */
export function due(kind: "RUN" | "WAKE" | "JOB", profileId: string, at: Instant): { duePk: string; dueAt: string } {
  const shard = kind === "JOB" ? jobShard(profileId) : shardOf(profileId, DUE_SHARDS);
  return { duePk: `DUE#${kind}#${shard}`, dueAt: iso(at) };
}

/** Due attributes of a send: the index hands out high priorities first. */
export function sendDue(send: { id: string; priority: Priority }, at: Instant): { duePk: string; dueAt: string } {
  return { duePk: `DUE#SEND#${PRIORITY_RANK[send.priority]}#${shardOf(send.id, DUE_SHARDS)}`, dueAt: iso(at) };
}

export const profileList = (profileId: string) => ({
  listPk: `PROFILES#${shardOf(profileId, LIST_SHARDS)}`,
  listSk: profileId,
});
export const profileListPks: readonly string[] = Array.from({ length: LIST_SHARDS }, (_, shard) => `PROFILES#${shard}`);

/** Sends are listed per campaign and time once they were judged; until then they are in the due index. */
export const sendList = (send: { id: string; campaign: string; intendedAt: Instant }) => ({
  listPk: `SENDS#${send.campaign}#${shardOf(send.id, LIST_SHARDS)}`,
  listSk: `${iso(send.intendedAt)}#${send.id}`,
});
export const sendListPks = (campaign: string): string[] =>
  Array.from({ length: LIST_SHARDS }, (_, shard) => `SENDS#${campaign}#${shard}`);

/** Sends that wait for a resume are in no due index; they are listed here instead until then. */
export const heldList = (send: { id: string; campaign: string; intendedAt: Instant }) => ({
  listPk: `HELD#${send.campaign}#${shardOf(send.id, LIST_SHARDS)}`,
  listSk: `${iso(send.intendedAt)}#${send.id}`,
});
export const heldListPks = (campaign: string): string[] =>
  Array.from({ length: LIST_SHARDS }, (_, shard) => `HELD#${campaign}#${shard}`);

/** How many mails of a campaign, or of the account, were let through on a local day ("2026-03-02"). */
export const ceilingKey = (of: "ACCOUNT" | `CAMPAIGN#${string}`, day: string): Key => ({
  pk: `CEILING#${of}`,
  sk: `DAY#${day}`,
});

/** Events are listed per day of receipt; the same id may come at the same instant for several people. */
export const eventList = (profileId: string, event: { id: string; receivedAt: Instant }) => ({
  listPk: `EVENTS#${iso(event.receivedAt).slice(0, 10)}#${shardOf(profileId, LIST_SHARDS)}`,
  listSk: `${iso(event.receivedAt)}#${profileId}#${event.id}`,
});
export const eventListPks = (day: string): string[] =>
  Array.from({ length: LIST_SHARDS }, (_, shard) => `EVENTS#${day}#${shard}`);
