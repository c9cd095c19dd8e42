// Decides what every Table adapter promises of its two sparse indexes.
import { describe, expect, test } from "vitest";
import type { IndexName, Item, Table } from "../../shared/pipeline/ports.ts";
import { every, put } from "./table-reading.ts";

const at = (minute: number) => `2026-03-01T08:${String(minute).padStart(2, "0")}:00.000Z`;

const ATTRIBUTES: Record<IndexName, (partition: string, sort: string) => Partial<Item>> = {
  due: (duePk, dueAt) => ({ duePk, dueAt }),
  list: (listPk, listSk) => ({ listPk, listSk }),
};

/** Declares the tests of both indexes. */
export function indexContract(open: () => Promise<Table>): void {
  for (const index of ["due", "list"] as const) describe(`the ${index} index`, () => indexTests(index, open));

  test("an item can be in both indexes", async () => {
    const table = await open();
    await table.write({ put: put("a", "1", { duePk: "d", dueAt: at(1), listPk: "l", listSk: "x" }) });
    expect((await table.queryIndex("due", { pk: "d" })).items).toEqual([{ pk: "a", sk: "1", at: at(1) }]);
    expect((await table.queryIndex("list", { pk: "l" })).items).toEqual([{ pk: "a", sk: "1", at: "x" }]);
  });
}

function indexTests(index: IndexName, open: () => Promise<Table>): void {
  const attributes = ATTRIBUTES[index];

  test("holds keys only, of those items only that have both attributes", async () => {
    const table = await open();
    await table.write({ put: put("a", "1", { ...attributes("I#1", at(2)), much: "more" }) });
    await table.write({ put: put("a", "2", attributes("I#2", at(1))) });
    await table.write({ put: put("a", "3") });
    expect(await table.queryIndex(index, { pk: "I#1" })).toEqual({ items: [{ pk: "a", sk: "1", at: at(2) }] });
    expect(await table.queryIndex(index, { pk: "I#3" })).toEqual({ items: [] });
  });

  test("is read in order, in a range, both ways", async () => {
    const table = await open();
    for (const minute of [5, 1, 4, 2, 3])
      await table.write({ put: put(`p${minute}`, "X", attributes("I", at(minute))) });
    const found = async (range: object) =>
      (await table.queryIndex(index, { pk: "I", ...range })).items.map((entry) => entry.pk);
    expect(await found({})).toEqual(["p1", "p2", "p3", "p4", "p5"]);
    expect(await found({ to: at(3) })).toEqual(["p1", "p2", "p3"]);
    expect(await found({ from: at(2), to: at(4), newestFirst: true })).toEqual(["p4", "p3", "p2"]);
    expect(await found({ prefix: "2026-03-01T08:04" })).toEqual(["p4"]);
    expect(await found({ to: at(5), limit: 2 })).toEqual(["p1", "p2"]);
  });

  test("an entry moves with its item and leaves with it", async () => {
    const table = await open();
    const entries = async (pk: string) =>
      (await table.queryIndex(index, { pk })).items.map((entry) => `${entry.sk}@${entry.at}`);
    await table.write({ put: put("a", "1", attributes("I", "10")) });
    await table.write({ put: put("a", "1", attributes("I", "20")) });
    expect(await entries("I")).toEqual(["1@20"]);
    await table.transact([
      { put: put("a", "1", attributes("J", "20")), if: { exists: true } },
      { put: put("a", "2", attributes("J", "05")) },
    ]);
    expect(await entries("I")).toEqual([]);
    expect(await entries("J")).toEqual(["2@05", "1@20"]);
    await table.write({ put: put("a", "1") });
    expect(await entries("J")).toEqual(["2@05"]);
    await table.write({ delete: { pk: "a", sk: "2" } });
    expect(await entries("J")).toEqual([]);
  });

  test("a cancelled transaction moves no entry", async () => {
    const table = await open();
    await table.write({ put: put("a", "1", attributes("I", "10")) });
    const cancelled = table.transact([
      { put: put("a", "1", attributes("I", "20")) },
      { put: put("a", "2"), if: { exists: true } },
    ]);
    await expect(cancelled).rejects.toMatchObject({ code: "transaction_canceled" });
    expect((await table.queryIndex(index, { pk: "I" })).items).toEqual([{ pk: "a", sk: "1", at: "10" }]);
  });

  test("pages join to the whole, with many entries of one instant, both ways", async () => {
    const table = await open();
    const names = Array.from({ length: 11 }, (_, i) => `p${i}`);
    await table.transact(names.map((pk, i) => ({ put: put(pk, "X", attributes("I", at(i < 8 ? 1 : 2))) })));
    for (const limit of [1, 3, 11]) {
      for (const newestFirst of [false, true]) {
        const found = await every((after) =>
          table.queryIndex(index, { pk: "I", to: at(5), limit, newestFirst, ...after }),
        );
        expect(found.map((entry) => entry.pk).sort()).toEqual([...names].sort());
        const order = found.map((entry) => entry.at);
        expect(order).toEqual(newestFirst ? [...order].sort().reverse() : [...order].sort());
      }
    }
  });
}
