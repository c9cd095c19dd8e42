// Decides how the Table port is spoken to DynamoDB: whole-item puts with conditions, consistent reads, two key-only indexes.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { ConditionFailed, TableLimitExceeded, TransactionCanceled, Unavailable } from "../../pipeline/faults.ts";
import type { Condition, IndexEntry, IndexName, Item, Key, Page, Range, Table, Write } from "../../pipeline/ports.ts";
import { readToken, writeToken } from "../page-token.ts";
import { dynamoFault } from "./dynamo-faults.ts";
import { keyCondition } from "./dynamo-keys.ts";

/** What a call used, as DynamoDB counts it. */
export type CapacityHook = (units: number, kind: "read" | "write") => void;

const INDEX_KEYS = { due: ["duePk", "dueAt"], list: ["listPk", "listSk"] } as const;
const MAX_READ_KEYS = 100;
const READ_ROUNDS = 6;

type Attributes = Record<string, unknown>;
type Used = { CapacityUnits?: number | undefined };

/**
 * The table on DynamoDB. The client's own retries stay on, and no request token is set here: the SDK puts one into each
 * transaction before its first try, so a retry of a transaction whose answer was lost is answered as the first try was.
 * A single conditional write has no token: when its answer was lost, the retry meets its own item and throws
 * `ConditionFailed`, after which every caller reads again before it decides; unconditional ones write the same item twice.
 */
export class DynamoTable implements Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #onCapacity: CapacityHook | undefined;
  readonly #pause: (ms: number) => Promise<void>;

  /** Consumed capacity is asked for only when `onCapacity` is given; `pause` waits between rounds of a cut-off read. */
  constructor(options: {
    client: DynamoDBClient;
    table: string;
    onCapacity?: CapacityHook;
    pause?: (ms: number) => Promise<void>;
  }) {
    this.#client = DynamoDBDocumentClient.from(options.client, { marshallOptions: { removeUndefinedValues: true } });
    this.#table = options.table;
    this.#onCapacity = options.onCapacity;
    this.#pause = options.pause ?? wait;
  }

  async get(key: Key): Promise<Item | undefined> {
    const command = new GetCommand({ ...this.#base(), Key: keyOf(key), ConsistentRead: true });
    const answer = await this.#do("read", () => this.#client.send(command));
    return answer.Item as Item | undefined;
  }

  async getMany(keys: Key[]): Promise<Item[]> {
    const distinct = [...new Map(keys.map((key) => [JSON.stringify([key.pk, key.sk]), keyOf(key)])).values()];
    if (distinct.length > MAX_READ_KEYS)
      throw new TableLimitExceeded(`A read of ${distinct.length} keys is over the limit of ${MAX_READ_KEYS}.`);
    const items: Item[] = [];
    let missing: Attributes[] = distinct;
    for (let round = 0; missing.length > 0; round++) {
      if (round === READ_ROUNDS) throw new Unavailable("The table");
      if (round > 0) await this.#pause(backOffMs(round));
      const { TableName, ...capacity } = this.#base();
      const command = new BatchGetCommand({
        ...capacity,
        RequestItems: { [TableName]: { Keys: missing, ConsistentRead: true } },
      });
      const answer = await this.#do("read", () => this.#client.send(command));
      items.push(...((answer.Responses?.[TableName] ?? []) as Item[]));
      missing = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    return items;
  }

  async query(range: Range): Promise<Page<Item>> {
    const condition = keyCondition(range, ["pk", "sk"]);
    if (!condition) return { items: [] };
    const start = range.after === undefined ? {} : { ExclusiveStartKey: { pk: range.pk, sk: range.after } };
    const command = new QueryCommand({
      ...this.#base(),
      ...condition,
      ...start,
      ...paging(range),
      ConsistentRead: true,
    });
    const answer = await this.#do("read", () => this.#client.send(command));
    return pageOf((answer.Items ?? []) as Item[], answer.LastEvaluatedKey?.["sk"]);
  }

  async queryIndex(index: IndexName, range: Range): Promise<Page<IndexEntry>> {
    const [partition, sort] = INDEX_KEYS[index];
    const condition = keyCondition(range, [partition, sort]);
    if (!condition) return { items: [] };
    const [at, pk, sk] = range.after === undefined ? [] : readToken(range.after, 3);
    const start = at === undefined ? {} : { ExclusiveStartKey: { [partition]: range.pk, [sort]: at, pk, sk } };
    const command = new QueryCommand({ ...this.#base(), IndexName: index, ...condition, ...start, ...paging(range) });
    const answer = await this.#do("read", () => this.#client.send(command));
    const entryOf = (row: Attributes) => ({ at: String(row[sort]), pk: String(row["pk"]), sk: String(row["sk"]) });
    const last = answer.LastEvaluatedKey && entryOf(answer.LastEvaluatedKey);
    return pageOf((answer.Items ?? []).map(entryOf), last && writeToken([last.at, last.pk, last.sk]));
  }

  async write(write: Write): Promise<void> {
    if ("check" in write) return this.#check(write);
    const base = { ...this.#base(), ...(write.if && conditionOf(write.if)) };
    await this.#do("write", () =>
      "put" in write
        ? this.#client.send(new PutCommand({ ...base, Item: write.put }))
        : this.#client.send(new DeleteCommand({ ...base, Key: keyOf(write.delete) })),
    );
  }

  async transact(writes: Write[]): Promise<void> {
    const TransactItems = writes.map((write) => {
      const target = { TableName: this.#table, ...(write.if && conditionOf(write.if)) };
      if ("put" in write) return { Put: { ...target, Item: write.put } };
      if ("delete" in write) return { Delete: { ...target, Key: keyOf(write.delete) } };
      return { ConditionCheck: { ...target, ...conditionOf(write.if), Key: keyOf(write.check) } };
    });
    const { TableName: _, ...capacity } = this.#base();
    await this.#do("write", () => this.#client.send(new TransactWriteCommand({ ...capacity, TransactItems })));
  }

  async scan(part: { segment: number; segments: number; after?: string; limit?: number }): Promise<Page<Item>> {
    const [pk, sk] = part.after === undefined ? [] : readToken(part.after, 2);
    const start = pk === undefined ? {} : { ExclusiveStartKey: { pk, sk } };
    const parts = { Segment: part.segment, TotalSegments: part.segments, ConsistentRead: true };
    const command = new ScanCommand({ ...this.#base(), ...parts, ...start, ...(part.limit && { Limit: part.limit }) });
    const answer = await this.#do("read", () => this.#client.send(command));
    const last = answer.LastEvaluatedKey as Key | undefined;
    return pageOf((answer.Items ?? []) as Item[], last && writeToken([last.pk, last.sk]));
  }

  /** Only a transaction can check without writing. */
  async #check(write: Write): Promise<void> {
    try {
      await this.transact([write]);
    } catch (cause) {
      throw cause instanceof TransactionCanceled && cause.reasons[0] === "condition"
        ? new ConditionFailed({ cause })
        : cause;
    }
  }

  #base(): { TableName: string; ReturnConsumedCapacity?: "TOTAL" } {
    return this.#onCapacity ? { TableName: this.#table, ReturnConsumedCapacity: "TOTAL" } : { TableName: this.#table };
  }

  async #do<T extends { ConsumedCapacity?: Used | Used[] | undefined }>(
    kind: "read" | "write",
    call: () => Promise<T>,
  ): Promise<T> {
    try {
      const answer = await call();
      for (const used of [answer.ConsumedCapacity ?? []].flat()) this.#onCapacity?.(used.CapacityUnits ?? 0, kind);
      return answer;
    } catch (error) {
      throw dynamoFault(error);
    }
  }
}

function conditionOf(condition: Condition): Attributes & { ConditionExpression: string } {
  if ("absent" in condition) return { ConditionExpression: "attribute_not_exists(pk)" };
  if ("exists" in condition) return { ConditionExpression: "attribute_exists(pk)" };
  return {
    ConditionExpression: "#version = :version",
    ExpressionAttributeNames: { "#version": "version" },
    ExpressionAttributeValues: { ":version": condition.version },
  };
}

function keyOf({ pk, sk }: Key): Key {
  return { pk, sk };
}

function paging(range: Range): { ScanIndexForward: boolean; Limit?: number } {
  const ScanIndexForward = !range.newestFirst;
  return range.limit === undefined ? { ScanIndexForward } : { ScanIndexForward, Limit: range.limit };
}

function pageOf<T>(items: T[], next: string | undefined): Page<T> {
  return next === undefined ? { items } : { items, next };
}

/** 50 ms doubled each round, between half and all of it, so that readers who were cut off together come back apart. */
function backOffMs(round: number): number {
  return 25 * 2 ** round * (0.5 + Math.random() / 2);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
