// Decides when the data file may be opened, by whom, and what is said when not.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { SqliteTable } from "../../shared/adapters/local/sqlite-table.ts";
import { aFolder } from "../support/local-folder.ts";

const STORE = fileURLToPath(new URL("../../shared/adapters/local/sqlite-store.ts", import.meta.url));
const TABLE = fileURLToPath(new URL("../../shared/adapters/local/sqlite-table.ts", import.meta.url));

/** A process that opens the folder, writes one item, says so and waits to be killed. */
async function anotherProcess(folder: string): Promise<ChildProcess> {
  const program = `
    const { openSqliteStore } = await import(${JSON.stringify(STORE)});
    const { SqliteTable } = await import(${JSON.stringify(TABLE)});
    await new SqliteTable(openSqliteStore(${JSON.stringify(folder)})).transact([{ put: { pk: "a", sk: "1", schema: 1 } }]);
    console.log("written");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve, reject) =>
    child.stdout.once("data", resolve).once("end", () => reject(new Error("The process ended early."))),
  );
  return child;
}

describe("the data folder", () => {
  test("is made with its parents, and keeps what was written", async () => {
    const folder = join(aFolder(), "deep", "er");
    const first = openSqliteStore(folder);
    expect(first.isEmpty()).toBe(true);
    first.writeMeta("name", "value");
    await new SqliteTable(first).write({ put: { pk: "a", sk: "1", schema: 1 } });
    first.close();
    const second = openSqliteStore(folder);
    onTestFinished(() => second.close());
    expect(second.readMeta("name")).toBe("value");
    expect(second.isEmpty()).toBe(false);
    expect(await new SqliteTable(second).get({ pk: "a", sk: "1" })).toEqual({ pk: "a", sk: "1", schema: 1 });
  });

  test("that cannot be written is named in one sentence", () => {
    const file = join(aFolder(), "file");
    writeFileSync(file, "");
    expect(() => openSqliteStore(join(file, "data"))).toThrow(
      `The data folder ${join(file, "data")} cannot be written (ENOTDIR): make it writable or name another folder with RELANCE_DATA.`,
    );
  });

  test.skipIf(process.platform !== "linux")(
    "below a folder that takes none is named too, at once (Linux only: /proc)",
    () => {
      expect(() => openSqliteStore("/proc/relance/data")).toThrow(/cannot be written \(ENOENT\)/);
    },
  );

  test("with another file in place of the data is refused", () => {
    const folder = aFolder();
    writeFileSync(
      join(folder, "relance.db"),
      "not a database, but a long enough text to be looked at as one".repeat(99),
    );
    expect(() => openSqliteStore(folder)).toThrow(
      expect.objectContaining({ code: "data_unreadable", retryable: false }),
    );
  });

  test("of a newer Relance is refused and left as it is", () => {
    const folder = aFolder();
    const store = openSqliteStore(folder);
    store.writeMeta("data_version", "2");
    store.close();
    expect(() => openSqliteStore(folder)).toThrow(
      expect.objectContaining({
        code: "data_newer",
        message: expect.stringContaining("data version 2, this one knows up to 1"),
      }),
    );
    expect(() => openSqliteStore(folder)).toThrow("newer");
  });

  test("is open in one process at a time; kill -9 frees it and loses nothing", async () => {
    const folder = aFolder();
    const other = await anotherProcess(folder);
    expect(() => openSqliteStore(folder, { busyTimeoutMs: 0 })).toThrow(
      expect.objectContaining({ code: "data_in_use" }),
    );
    const gone = new Promise((resolve) => other.once("exit", resolve));
    other.kill("SIGKILL");
    await gone;
    const store = openSqliteStore(folder);
    onTestFinished(() => store.close());
    expect(await new SqliteTable(store).get({ pk: "a", sk: "1" })).toBeDefined();
  });
});

describe("a transaction of the store", () => {
  test("is undone when its body throws, with everything that joined it", () => {
    const store = openSqliteStore(aFolder());
    onTestFinished(() => store.close());
    const fail = () =>
      store.atomically(() => {
        store.writeMeta("outer", "1");
        store.atomically(() => store.writeMeta("inner", "1"));
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect([store.readMeta("outer"), store.readMeta("inner")]).toEqual([undefined, undefined]);
    store.atomically(() => store.writeMeta("outer", "2"));
    expect(store.readMeta("outer")).toBe("2");
  });
});

describe("the table's count of changes", () => {
  test("grows with every write that took effect, not with others, and across restarts", async () => {
    const folder = aFolder();
    const store = openSqliteStore(folder);
    const table = new SqliteTable(store);
    const start = table.changes();
    await table.write({ put: { pk: "a", sk: "1", schema: 1 } });
    await expect(table.write({ put: { pk: "a", sk: "1", schema: 1 }, if: { absent: true } })).rejects.toThrow();
    await table.get({ pk: "a", sk: "1" });
    expect(table.changes()).toBe(start + 1);
    await table.transact([{ delete: { pk: "a", sk: "1" } }]);
    expect(table.changes()).toBe(start + 2);
    store.close();
    const reopened = openSqliteStore(folder);
    onTestFinished(() => reopened.close());
    expect(new SqliteTable(reopened).changes()).toBeGreaterThan(start + 2);
  });
});
