// Decides what every Table adapter promises: one suite, run against each.
import { expect, test } from "vitest";
import { ConditionFailed, TableLimitExceeded, TransactionCanceled } from "../../shared/pipeline/faults.ts";
import type { Item, Table } from "../../shared/pipeline/ports.ts";
import { indexContract } from "./table-index-contract.ts";
import { limitContract } from "./table-limit-contract.ts";
import { every, keysOf, put, texts } from "./table-reading.ts";

/** Declares the tests; `open` gives a new empty table for each. */
export function tableContract(open: () => Promise<Table>): void {
  singleItems(open);
  transactions(open);
  ranges(open);
  scans(open);
  indexContract(open);
  limitContract(open);
}

const anItem: Item = {
  pk: "P#1",
  sk: "PROFILE",
  schema: 1,
  version: 3,
  text: "Zoë 🎈",
  number: -12.75,
  flag: false,
  nothing: null,
  empty: "",
  list: [1, "two", [true, null], { deep: "a" }],
  map: { a: { b: { c: 1 } }, "key with.dot#": [] },
  expiresAt: 1_900_000_000,
};

function singleItems(open: () => Promise<Table>): void {
  test("an item comes back as it was put, and a missing one is undefined", async () => {
    const table = await open();
    await table.write({ put: anItem });
    expect(await table.get({ pk: "P#1", sk: "PROFILE" })).toEqual(anItem);
    expect(await table.get({ pk: "P#1", sk: "OTHER" })).toBeUndefined();
    expect(await table.get({ pk: "P#2", sk: "PROFILE" })).toBeUndefined();
  });

  test("a put replaces the whole item", async () => {
    const table = await open();
    await table.write({ put: anItem });
    await table.write({ put: { pk: "P#1", sk: "PROFILE", schema: 2 } });
    expect(await table.get(anItem)).toEqual({ pk: "P#1", sk: "PROFILE", schema: 2 });
  });

  test("an undefined attribute is not stored", async () => {
    const table = await open();
    await table.write({ put: { pk: "a", sk: "b", schema: 1, gone: undefined } });
    expect(Object.keys((await table.get({ pk: "a", sk: "b" })) ?? {}).sort()).toEqual(["pk", "schema", "sk"]);
  });

  test("a delete removes the item, and of a missing one does nothing", async () => {
    const table = await open();
    await table.write({ put: anItem });
    await table.write({ delete: anItem });
    await table.write({ delete: anItem });
    expect(await table.get(anItem)).toBeUndefined();
  });

  test("a put if absent happens once", async () => {
    const table = await open();
    await table.write({ put: put("a", "1", { from: "first" }), if: { absent: true } });
    await expect(table.write({ put: put("a", "1"), if: { absent: true } })).rejects.toThrow(ConditionFailed);
    expect(await table.get({ pk: "a", sk: "1" })).toMatchObject({ from: "first" });
  });

  test("a write if exists needs the item", async () => {
    const table = await open();
    await expect(table.write({ put: put("a", "1"), if: { exists: true } })).rejects.toThrow(ConditionFailed);
    await expect(table.write({ delete: { pk: "a", sk: "1" }, if: { exists: true } })).rejects.toThrow(ConditionFailed);
    await table.write({ put: put("a", "1") });
    await table.write({ delete: { pk: "a", sk: "1" }, if: { exists: true } });
    expect(await table.get({ pk: "a", sk: "1" })).toBeUndefined();
  });

  test("a write if version holds only for exactly that version", async () => {
    const table = await open();
    await expect(table.write({ put: put("a", "1"), if: { version: 1 } })).rejects.toThrow(ConditionFailed);
    await table.write({ put: put("a", "1") });
    await expect(table.write({ put: put("a", "1"), if: { version: 1 } })).rejects.toThrow(ConditionFailed);
    await table.write({ put: put("a", "1", { version: 1 }) });
    await table.write({ put: put("a", "1", { version: 2 }), if: { version: 1 } });
    await expect(table.write({ put: put("a", "1", { version: 2 }), if: { version: 1 } })).rejects.toThrow(
      ConditionFailed,
    );
    await expect(table.write({ delete: { pk: "a", sk: "1" }, if: { version: 3 } })).rejects.toThrow(ConditionFailed);
    await table.write({ delete: { pk: "a", sk: "1" }, if: { version: 2 } });
    expect(await table.get({ pk: "a", sk: "1" })).toBeUndefined();
  });

  test("a check writes nothing and fails when it does not hold", async () => {
    const table = await open();
    await table.write({ check: { pk: "a", sk: "1" }, if: { absent: true } });
    await expect(table.write({ check: { pk: "a", sk: "1" }, if: { exists: true } })).rejects.toThrow(ConditionFailed);
    expect(await table.get({ pk: "a", sk: "1" })).toBeUndefined();
  });

  test("nobody shares state with the table", async () => {
    const table = await open();
    const mine = { ...put("a", "1"), inside: { count: 1 } };
    const writing = table.write({ put: mine });
    mine.inside.count = 99;
    await writing;
    const read = (await table.get({ pk: "a", sk: "1" })) as typeof mine;
    expect(read.inside.count).toBe(1);
    read.inside.count = 77;
    expect(await table.get({ pk: "a", sk: "1" })).toMatchObject({ inside: { count: 1 } });
  });

  test("many items are read at once, missing and repeated keys do not matter", async () => {
    const table = await open();
    for (let i = 0; i < 100; i += 2) await table.write({ put: put("m", `${i}`) });
    const keys = Array.from({ length: 100 }, (_, i) => ({ pk: "m", sk: `${i}` }));
    const found = await table.getMany([...keys, { pk: "m", sk: "4" }]);
    expect(found.map((item) => Number(item.sk)).sort((a, b) => a - b)).toEqual(
      keys.filter((_, i) => i % 2 === 0).map((key) => Number(key.sk)),
    );
    expect(await table.getMany([])).toEqual([]);
  });
}

function transactions(open: () => Promise<Table>): void {
  test("a transaction writes, deletes and checks together", async () => {
    const table = await open();
    await table.write({ put: put("a", "old") });
    await table.write({ put: put("a", "seen", { version: 4 }) });
    await table.transact([
      { put: put("a", "new"), if: { absent: true } },
      { put: put("b", "other") },
      { delete: { pk: "a", sk: "old" }, if: { exists: true } },
      { check: { pk: "a", sk: "seen" }, if: { version: 4 } },
      { check: { pk: "a", sk: "none" }, if: { absent: true } },
    ]);
    expect(await texts(table, "a")).toEqual(["new", "seen"]);
    expect(await texts(table, "b")).toEqual(["other"]);
  });

  test("a cancelled transaction changes nothing and names the reason of each write", async () => {
    const table = await open();
    await table.write({ put: put("a", "here", { version: 1 }) });
    const cancelled = table.transact([
      { put: put("a", "new") },
      { put: put("a", "here", { version: 2 }), if: { absent: true } },
      { delete: { pk: "a", sk: "away" }, if: { exists: true } },
      { check: { pk: "a", sk: "checked" }, if: { version: 1 } },
      { put: put("c", "new"), if: { absent: true } },
    ]);
    await expect(cancelled).rejects.toThrow(TransactionCanceled);
    await expect(cancelled).rejects.toMatchObject({
      retryable: true,
      reasons: ["none", "condition", "condition", "condition", "none"],
    });
    expect(await table.get({ pk: "a", sk: "here" })).toMatchObject({ version: 1 });
    expect(await texts(table, "a")).toEqual(["here"]);
    expect(await texts(table, "c")).toEqual([]);
  });

  test("a transaction of no write, of 101 writes, or with a key named twice is refused", async () => {
    const table = await open();
    const writes = Array.from({ length: 101 }, (_, i) => ({ put: put("t", `${i}`) }));
    await expect(table.transact([])).rejects.toThrow(TableLimitExceeded);
    await expect(table.transact(writes)).rejects.toThrow(TableLimitExceeded);
    const twice = table.transact([{ put: put("t", "1") }, { check: { pk: "t", sk: "1" }, if: { absent: true } }]);
    await expect(twice).rejects.toThrow(TableLimitExceeded);
    await expect(twice).rejects.toMatchObject({ retryable: false });
    expect(await texts(table, "t")).toEqual([]);
    await table.transact(writes.slice(0, 100));
    expect(await texts(table, "t")).toHaveLength(100);
  });

  test("of two transactions on the same version one wins", async () => {
    const table = await open();
    await table.write({ put: put("a", "1", { version: 1 }) });
    const attempt = (by: string) =>
      table.transact([{ put: put("a", "1", { version: 2, by }), if: { version: 1 } }, { put: put("a", by) }]);
    const results = await Promise.allSettled([attempt("x"), attempt("y")]);
    const won = results.map((result) => result.status === "fulfilled");
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await texts(table, "a")).toEqual(["1", won[0] ? "x" : "y"]);
  });
}

/** In the order of their UTF-8 bytes, which UTF-16 order is not: the last three. */
const SORTED = ["", "#", "0", "A", "a", "a#", "aa", "é", "ﬀ", "\u{1F388}", "\u{1F389}"].map((key) => `k${key}`);

function ranges(open: () => Promise<Table>): void {
  test("a partition is read in the byte order of its sort keys, both ways", async () => {
    const table = await open();
    for (const sk of [...SORTED].sort(() => 1).reverse()) await table.write({ put: put("u", sk) });
    await table.write({ put: put("u2", "kx") });
    expect(await texts(table, "u")).toEqual(SORTED);
    expect(keysOf(await table.query({ pk: "u", newestFirst: true }))).toEqual([...SORTED].reverse());
    expect(await table.query({ pk: "nobody" })).toEqual({ items: [] });
  });

  test("from and to are inclusive, a prefix takes what begins with it, all together narrow", async () => {
    const table = await open();
    for (const sk of ["A#1", "A#2", "A#3", "AB", "B#1", "B#2", "B\u{1F388}", "C"])
      await table.write({ put: put("r", sk) });
    const found = async (range: object) => keysOf(await table.query({ pk: "r", ...range }));
    expect(await found({ from: "A#2" })).toEqual(["A#2", "A#3", "AB", "B#1", "B#2", "B\u{1F388}", "C"]);
    expect(await found({ to: "A#2" })).toEqual(["A#1", "A#2"]);
    expect(await found({ from: "A#2", to: "B#1" })).toEqual(["A#2", "A#3", "AB", "B#1"]);
    expect(await found({ from: "B", to: "A" })).toEqual([]);
    expect(await found({ prefix: "A#" })).toEqual(["A#1", "A#2", "A#3"]);
    expect(await found({ prefix: "B" })).toEqual(["B#1", "B#2", "B\u{1F388}"]);
    expect(await found({ prefix: "B", newestFirst: true })).toEqual(["B\u{1F388}", "B#2", "B#1"]);
    expect(await found({ prefix: "A#", from: "A#2" })).toEqual(["A#2", "A#3"]);
    expect(await found({ prefix: "A#", from: "A#2", to: "A#2" })).toEqual(["A#2"]);
    expect(await found({ prefix: "A#", from: "B" })).toEqual([]);
    expect(await found({ prefix: "Z" })).toEqual([]);
  });

  test("pages of any size join to the whole, both ways", async () => {
    const table = await open();
    const keys = Array.from({ length: 12 }, (_, i) => `k${String(i).padStart(2, "0")}`);
    await table.transact(keys.map((sk) => ({ put: put("p", sk) })));
    for (const limit of [1, 3, 5, 12, 20]) {
      const range = { pk: "p", from: "k02", to: "k10", limit };
      expect((await every((after) => table.query({ ...range, ...after }))).map((item) => item.sk)).toEqual(
        keys.slice(2, 11),
      );
      const back = await every((after) => table.query({ ...range, newestFirst: true, ...after }));
      expect(back.map((item) => item.sk)).toEqual(keys.slice(2, 11).reverse());
    }
    const first = await table.query({ pk: "p", limit: 5 });
    expect(first.items).toHaveLength(5);
    expect(first.next).toBeDefined();
    expect((await table.query({ pk: "p", limit: 20 })).next).toBeUndefined();
  });

  test("a page continues where it ended though its last item is gone", async () => {
    const table = await open();
    for (const sk of ["1", "2", "3", "4"]) await table.write({ put: put("p", sk) });
    const first = await table.query({ pk: "p", limit: 2 });
    await table.write({ delete: { pk: "p", sk: "2" } });
    expect(keysOf(await table.query({ pk: "p", ...(first.next && { after: first.next }) }))).toEqual(["3", "4"]);
  });
}

function scans(open: () => Promise<Table>): void {
  test("the parts of a scan are together everything, once", async () => {
    const table = await open();
    const keys: string[] = [];
    for (let p = 0; p < 12; p++) {
      const sks = Array.from({ length: 1 + (p % 4) }, (_, i) => `s${i}`);
      await table.transact(sks.map((sk) => ({ put: put(`part-${p}`, sk) })));
      keys.push(...sks.map((sk) => `part-${p}/${sk}`));
    }
    for (const segments of [1, 4]) {
      for (const limit of [3, 1_000]) {
        const parts = Array.from({ length: segments }, (_, segment) =>
          every((after) => table.scan({ segment, segments, limit, ...after })),
        );
        const found = (await Promise.all(parts)).flat().map((item) => `${item.pk}/${item.sk}`);
        expect(found.sort()).toEqual([...keys].sort());
      }
    }
  });
}
