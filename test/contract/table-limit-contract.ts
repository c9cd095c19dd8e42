// Decides which of DynamoDB's limits every Table adapter enforces.
import { expect, test } from "vitest";
import { TableLimitExceeded } from "../../shared/pipeline/faults.ts";
import type { Table } from "../../shared/pipeline/ports.ts";
import { every, put } from "./table-reading.ts";

const KB = 1024;

/** Declares the tests. */
export function limitContract(open: () => Promise<Table>): void {
  test("an item of 400 KB is taken, one above is refused", async () => {
    const table = await open();
    const filled = (bytes: number) => put("big", "1", { fill: "x".repeat(bytes) });
    await table.write({ put: filled(400 * KB - 60) });
    await expect(table.write({ put: filled(400 * KB) })).rejects.toThrow(TableLimitExceeded);
    await expect(table.transact([{ put: filled(400 * KB) }])).rejects.toThrow(TableLimitExceeded);
    await expect(table.write({ put: put("big", "1", { fill: "é".repeat(200 * KB) }) })).rejects.toMatchObject({
      retryable: false,
    });
  });

  test("a transaction above 4 MB is refused", async () => {
    const table = await open();
    const writes = Array.from({ length: 12 }, (_, i) => ({ put: put("big", `${i}`, { fill: "x".repeat(390 * KB) }) }));
    await expect(table.transact(writes)).rejects.toThrow(TableLimitExceeded);
    expect((await table.query({ pk: "big" })).items).toEqual([]);
  });

  test("a page ends at 1 MB, and the next one goes on", async () => {
    const table = await open();
    for (let i = 0; i < 8; i++) await table.write({ put: put("page", `${i}`, { fill: "x".repeat(200 * KB) }) });
    for (const newestFirst of [false, true]) {
      const first = await table.query({ pk: "page", newestFirst });
      expect(first.items.length).toBeGreaterThanOrEqual(5);
      expect(first.items.length).toBeLessThanOrEqual(6);
      expect(first.next).toBeDefined();
      const all = await every((after) => table.query({ pk: "page", newestFirst, ...after }));
      expect(all.map((item) => item.sk).sort()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    }
    const scanned = await table.scan({ segment: 0, segments: 1 });
    expect(scanned.items.length).toBeLessThan(8);
    expect(scanned.next).toBeDefined();
  });

  test("a key attribute must not be empty, and a sort key not over 1,024 bytes", async () => {
    const table = await open();
    await expect(table.write({ put: put("", "1") })).rejects.toThrow(TableLimitExceeded);
    await expect(table.write({ put: put("a", "") })).rejects.toThrow(TableLimitExceeded);
    await expect(table.write({ put: put("a", "é".repeat(513)) })).rejects.toThrow(TableLimitExceeded);
    await expect(table.write({ put: put("a", "1", { duePk: "", dueAt: "x" }) })).rejects.toThrow(TableLimitExceeded);
    await table.write({ put: put("a", "é".repeat(512)) });
  });

  test("a number that cannot be stored exactly is refused for good", async () => {
    const table = await open();
    for (const number of [2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(table.write({ put: put("a", "1", { inside: { number } }) })).rejects.toMatchObject({
        retryable: false,
      });
    }
    await table.write({ put: put("a", "1", { number: 2 ** 53 - 1, small: 1e-9 }) });
    expect(await table.get({ pk: "a", sk: "1" })).toMatchObject({ number: 2 ** 53 - 1, small: 1e-9 });
  });

  test("more than 100 keys are not read at once", async () => {
    const table = await open();
    const keys = Array.from({ length: 101 }, (_, i) => ({ pk: "a", sk: `${i}` }));
    await expect(table.getMany(keys)).rejects.toThrow(TableLimitExceeded);
  });

  test("a page token that nobody gave is refused for good", async () => {
    const table = await open();
    await table.write({ put: put("a", "1", { duePk: "d", dueAt: "1" }) });
    await expect(table.queryIndex("due", { pk: "d", after: "nonsense" })).rejects.toMatchObject({
      code: "bad_page_token",
    });
    await expect(table.scan({ segment: 0, segments: 1, after: "{}" })).rejects.toMatchObject({
      code: "bad_page_token",
    });
  });
}
