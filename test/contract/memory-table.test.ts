// Decides how the memory table cancels what overlaps, and that it takes effect only when its turn is over.
import { describe, expect, test } from "vitest";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { TransactionCanceled } from "../../shared/pipeline/faults.ts";
import { put } from "./table-reading.ts";

/** A table whose writes wait until `go` is called. */
function heldTable(): { table: MemoryTable; go: () => void } {
  const waiting: (() => void)[] = [];
  const table = new MemoryTable({ turn: () => new Promise((resolve) => waiting.push(resolve)) });
  return { table, go: () => waiting.splice(0).forEach((resolve) => void resolve()) };
}

describe("overlapping transactions in memory", () => {
  test("the later of two that share an item is cancelled, naming the shared item", async () => {
    const { table, go } = heldTable();
    const first = table.transact([{ put: put("a", "1") }, { put: put("a", "2") }]);
    const later = table.transact([{ put: put("a", "3") }, { put: put("a", "2") }]);
    await expect(later).rejects.toMatchObject({
      code: "transaction_canceled",
      reasons: ["none", "conflict"],
      retryable: true,
    });
    go();
    await first;
    expect((await table.query({ pk: "a" })).items.map((item) => item.sk)).toEqual(["1", "2"]);
  });

  test("a condition check is enough to overlap", async () => {
    const { table, go } = heldTable();
    const first = table.transact([{ check: { pk: "a", sk: "1" }, if: { absent: true } }]);
    await expect(table.transact([{ check: { pk: "a", sk: "1" }, if: { absent: true } }])).rejects.toThrow(
      TransactionCanceled,
    );
    go();
    await first;
  });

  test("a write beside a transaction is cancelled, and a transaction beside a write", async () => {
    const { table, go } = heldTable();
    const transaction = table.transact([{ put: put("a", "1") }]);
    await expect(table.write({ put: put("a", "1") })).rejects.toMatchObject({ reasons: ["conflict"] });
    go();
    await transaction;
    const write = table.write({ put: put("a", "1") });
    await expect(table.transact([{ put: put("a", "1") }])).rejects.toMatchObject({ reasons: ["conflict"] });
    go();
    await write;
  });

  test("plain writes of one item do not cancel each other, and others pass", async () => {
    const { table, go } = heldTable();
    const writes = [
      table.write({ put: put("a", "1") }),
      table.write({ put: put("a", "1") }),
      table.transact([{ put: put("b", "1") }]),
    ];
    go();
    await Promise.all(writes);
    const next = table.transact([{ put: put("a", "1") }, { put: put("b", "1") }]);
    go();
    await next;
  });

  test("nothing is seen of a transaction before its turn is over, and a cancelled one frees its items", async () => {
    const { table, go } = heldTable();
    const failing = table.transact([{ put: put("a", "1") }, { put: put("a", "2"), if: { exists: true } }]);
    expect(await table.get({ pk: "a", sk: "1" })).toBeUndefined();
    go();
    await expect(failing).rejects.toMatchObject({ reasons: ["none", "condition"] });
    const retry = table.transact([{ put: put("a", "1") }]);
    go();
    await retry;
    expect(await table.get({ pk: "a", sk: "1" })).toBeDefined();
  });
});
