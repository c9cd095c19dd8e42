// Decides what the pipeline may ask of the world. Every adapter, local or AWS, implements exactly these.
import type { Instant } from "../domain/instant.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { ProviderState } from "../domain/stop.ts";

/** Primary key of an item: partition `pk`, sort key `sk`. */
export type Key = { pk: string; sk: string };

/**
 * One stored record. The reserved attributes are the table's; everything else is the record's own and plain JSON.
 * `version` counts the writes of a record that is changed in place. `duePk`/`dueAt` (both or neither) put the item into
 * the sparse due index, `listPk`/`listSk` (both or neither) into the list index. `dueAt` is ISO 8601 UTC with
 * milliseconds. `expiresAt` is epoch seconds (TTL).
 */
export type Item = Key & {
  schema: number;
  version?: number;
  duePk?: string;
  dueAt?: string;
  listPk?: string;
  listSk?: string;
  expiresAt?: number;
  [attribute: string]: Json | undefined;
};

/** What must hold of the stored item for the write to happen. */
export type Condition = { absent: true } | { exists: true } | { version: number };

export type Write = { put: Item; if?: Condition } | { delete: Key; if?: Condition } | { check: Key; if: Condition };

/** A key range of one partition; bounds are inclusive; `after` continues behind the last key of an earlier page. */
export type Range = {
  pk: string;
  from?: string;
  to?: string;
  prefix?: string;
  after?: string;
  limit?: number;
  newestFirst?: boolean;
};

/** `next` is present when more may follow: pass it as `after`. Pages end at `limit` or 1 MB, whichever comes first. */
export type Page<T> = { items: T[]; next?: string };

export type IndexName = "due" | "list";
/** The indexes carry keys only. `at` is the index sort key (`dueAt` or `listSk`). */
export type IndexEntry = Key & { at: string };

/** The DynamoDB semantics Relance uses, nothing more. Reads of the table are strongly consistent, of indexes eventually. */
export interface Table {
  /** 1 read unit per 4 KB. */
  get(key: Key): Promise<Item | undefined>;
  /** Up to 100 keys; missing items are left out; order is not kept. */
  getMany(keys: Key[]): Promise<Item[]>;
  query(range: Range): Promise<Page<Item>>;
  queryIndex(index: IndexName, range: Range): Promise<Page<IndexEntry>>;
  /**
   * One write. Throws `ConditionFailed` when the condition does not hold, `TransactionCanceled` (conflict) while a
   * transaction holds the item, `TableLimitExceeded` above 400 KB.
   */
  write(write: Write): Promise<void>;
  /** All or nothing, at most 100 items and 4 MB, each key once. Throws `TransactionCanceled` with the reason of each write. */
  transact(writes: Write[]): Promise<void>;
  /** One page of one of `segments` equal parts of the whole table, in no order. */
  scan(part: { segment: number; segments: number; after?: string; limit?: number }): Promise<Page<Item>>;
}

/** One entry of the event bus, as EventBridge has it: `source` and `type` (detail-type) are what rules match on. */
export type BusEntry = { source: string; type: string; detail: JsonObject; at: Instant };

export interface Bus {
  /** Publishes; each returned index was not accepted and may be put again. Throws a `Fault` when nothing was accepted. */
  publish(entries: BusEntry[]): Promise<{ failed: { index: number; reason: string }[] }>;
}

/** A queue to write to; receiving is the host's part (Lambda's event source, or the local loop). */
export interface Queue {
  send(messages: { body: Json; delayMs?: number; attributes?: Record<string, string> }[]): Promise<void>;
}

/** A finished message. Headers hold only what the mailer must not choose itself. */
export type Mail = {
  sendId: string;
  from: string;
  to: string;
  replyTo?: string;
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
  tags: Record<string, string>;
  /** Whether the provider may put in the picture that tells that the mail was opened: only where the reader agreed. */
  tracksOpens: boolean;
};

export type MailLookup = "accepted" | "not-accepted" | "unknowable";
/** `state`: what the provider lets the account do. `sentToday`: in its own window of 24 hours. */
export type MailQuota = { perSecond: number; perDay: number; sentToday: number; state: ProviderState };

/** An address the provider itself sends nothing to any more. */
export type SuppressedAddress = { email: string; reason: "bounce" | "complaint"; at: Instant };

export interface Mailer {
  /** One attempt, no retry. Throws `MailRefused` for a definite no; anything else thrown means the outcome is unknown. */
  send(mail: Mail): Promise<{ messageId: string }>;
  /** Was this send accepted earlier? SES cannot tell. */
  lookup(sendId: string): Promise<MailLookup>;
  quota(): Promise<MailQuota>;
  /** Addresses that came onto the provider's suppression list since an instant, in no order; `next`: of an earlier page. */
  suppressed(page: { since: Instant; next?: string }): Promise<Page<SuppressedAddress>>;
}

export interface Clock {
  now(): Instant;
  /** Resolves when `now()` has reached the instant. */
  sleepUntil(at: Instant): Promise<void>;
}

export interface Ids {
  /** A new opaque id, 80 random bits or more, in lower-case letters and digits. */
  next(): string;
}

/** `identity` keys the hashes of identities and addresses, `link` signs links. Both at least 32 bytes, base64url. */
export type SecretName = "identity" | "link";

export interface Secrets {
  get(name: SecretName): Promise<string>;
  /** Source name of a write key, or `undefined` when no such key exists. */
  sourceOf(writeKey: string): Promise<string | undefined>;
}

/** By whose wish: the person's own, somebody's of the company, or because nothing was heard of them for too long. */
export type ErasedBy = "person" | "operator" | "retention";

/**
 * That somebody was erased, told by nothing but the opaque id and the table keys (keyed hashes) of who they were to sources
 * and of where mail went.
 */
export type Erasure = {
  profileId: string;
  erasedAt: Instant;
  by: ErasedBy;
  identities: string[];
  addresses: string[];
};

/** That an address was erased, by the partition of its item, whoever had it: it may have been nobody. */
export type ErasedAddress = { address: string; erasedAt: Instant; by: ErasedBy };

/** One for each profile and each address: the latest. */
export type NotedErasure = Erasure | ErasedAddress;

/** What is remembered of erasures outside the table, so that a restored table forgets again. Repeats change nothing. */
export interface Erasures {
  note(erasure: NotedErasure): Promise<void>;
  list(next?: string): Promise<Page<NotedErasure>>;
}

/** What lies outside the table and may tell of people: dead letters, rejected messages; locally also queues and the outbox. */
export interface Copies {
  /** Deletes every body that is of somebody; answers how many. When it returns they cannot be read any more. */
  forget(isOf: (body: Json) => boolean): Promise<number>;
}

/** Structured log without personal data: ids, counts, codes and durations only. */
export interface Log {
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, fields?: JsonObject): void;
}

export type QueueName = "events" | "sends" | "feedback" | "jobs" | "rejected";

export type Ports = {
  table: Table;
  bus: Bus;
  queues: Record<QueueName, Queue>;
  mailer: Mailer;
  clock: Clock;
  ids: Ids;
  secrets: Secrets;
  copies: Copies;
  erasures: Erasures;
  log: Log;
  /** Of the deployment: its roles are called `<name>-viewer` and so on. */
  name: string;
  /** Public base address of links in mails, without a trailing slash. */
  publicUrl: string;
  /** How old the numbers of a summary may be before they are counted again on request. */
  summaryMaxAgeMs: number;
};
