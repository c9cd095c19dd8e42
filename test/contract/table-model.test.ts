// Decides that memory and SQLite are the same table: random calls, the same answers.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { SqliteTable } from "../../shared/adapters/local/sqlite-table.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { Condition, Item, Range, Table, Write } from "../../shared/pipeline/ports.ts";
import { aFolder } from "../support/local-folder.ts";

type Call = (table: Table) => Promise<unknown>;

const text = fc.constantFrom("a", "b", "a#", "ab", "é", "ﬀ", "\u{1F388}", "a\u0000", "\u{10FFFF}", "\ud7ff", "\ue000");
const key = fc.record({ pk: fc.constantFrom("P", "Q"), sk: text });
const version = fc.integer({ min: 1, max: 3 });
const indexed = fc.constantFrom(
  {},
  { duePk: "D", dueAt: "1" },
  { duePk: "D", dueAt: "2" },
  { duePk: "E", dueAt: "1" },
  { listPk: "L", listSk: "ﬀ" },
  { duePk: "D", dueAt: "3", listPk: "L", listSk: "\u{1F388}" },
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant<Condition>({ absent: true }),
  fc.constant<Condition>({ exists: true }),
  version.map((n): Condition => ({ version: n })),
);
const item: fc.Arbitrary<Item> = fc
  .tuple(key, indexed, fc.option(version, { nil: undefined }), fc.jsonValue({ maxDepth: 2 }))
  .map(([at, index, n, value]) => ({
    ...at,
    ...index,
    schema: 1,
    ...(n !== undefined && { version: n }),
    value: JSON.parse(JSON.stringify(value)),
  }));

const write: fc.Arbitrary<Write> = fc.oneof(
  fc
    .tuple(item, fc.option(condition, { nil: undefined }))
    .map(([put, only]): Write => (only ? { put, if: only } : { put })),
  fc
    .tuple(key, fc.option(condition, { nil: undefined }))
    .map(([at, only]): Write => (only ? { delete: at, if: only } : { delete: at })),
  fc.tuple(key, condition).map(([check, only]): Write => ({ check, if: only })),
);

const range: fc.Arbitrary<Omit<Range, "pk">> = fc.record(
  { from: text, to: text, prefix: text, after: text, limit: fc.integer({ min: 1, max: 4 }), newestFirst: fc.boolean() },
  { requiredKeys: [] },
);

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 4,
    arbitrary: write.map(
      (one): Call =>
        (table) =>
          table.write(one),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.array(write, { maxLength: 5 }).map(
      (writes): Call =>
        (table) =>
          table.transact(writes),
    ),
  },
  {
    weight: 1,
    arbitrary: key.map(
      (at): Call =>
        (table) =>
          table.get(at),
    ),
  },
  {
    weight: 2,
    arbitrary: range.map(
      (of): Call =>
        (table) =>
          table.query({ pk: "P", ...of }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom("due", "list"), range).map(
      ([index, { after: _, ...of }]): Call =>
        async (table) => {
          const first = await table.queryIndex(index as "due" | "list", { pk: index === "due" ? "D" : "L", ...of });
          if (first.next === undefined) return first;
          return [
            first,
            await table.queryIndex(index as "due" | "list", {
              pk: index === "due" ? "D" : "L",
              ...of,
              after: first.next,
            }),
          ];
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }).map(
      (segments): Call =>
        async (table) => {
          const first = await table.scan({ segment: 0, segments, limit: 2 });
          return first.next === undefined
            ? first
            : [first, await table.scan({ segment: 0, segments, after: first.next })];
        },
    ),
  },
);

async function outcome(of: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await of };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { fault: error.code, message: error.message };
  }
}

describe("memory and SQLite", () => {
  test("answer every sequence of calls alike", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 40 }), async (calls) => {
        const store = openSqliteStore(aFolder());
        const tables = { memory: new MemoryTable(), sqlite: new SqliteTable(store) };
        for (const one of calls) {
          expect(await outcome(one(tables.sqlite))).toEqual(await outcome(one(tables.memory)));
        }
        store.close();
      }),
      { numRuns: 200, seed: 20_261_122 },
    );
  });
});
