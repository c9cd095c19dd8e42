// Decides that all three tables keep the one contract.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { DynamoTable } from "../../shared/adapters/aws/dynamo-table.ts";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { openSqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import { SqliteTable } from "../../shared/adapters/local/sqlite-table.ts";
import {
  createRelanceTable,
  type DynamoEmulator,
  emulatorBinary,
  emulatorIsMandatory,
  startDynamoEmulator,
} from "../support/dynamo-emulator.ts";
import { aFolder } from "../support/local-folder.ts";
import { tableContract } from "./table-contract.ts";
import { put } from "./table-reading.ts";

describe("the table in memory", () => {
  tableContract(async () => new MemoryTable());
});

describe("the table in SQLite", () => {
  tableContract(async () => {
    const store = openSqliteStore(aFolder());
    onTestFinished(() => store.close());
    return new SqliteTable(store);
  });
});

test("the DynamoDB emulator is there wherever it is mandatory", () => {
  expect(emulatorBinary() !== undefined || !emulatorIsMandatory()).toBe(true);
});

describe.skipIf(emulatorBinary() === undefined)("the table on DynamoDB (emulator)", () => {
  let emulator: DynamoEmulator;
  let tables = 0;
  beforeAll(async () => {
    emulator = await startDynamoEmulator();
  });
  afterAll(() => emulator.stop());

  const newTable = async () => {
    const name = `contract-${++tables}`;
    await createRelanceTable(emulator.client, name);
    return name;
  };

  tableContract(async () => new DynamoTable({ client: emulator.client, table: await newTable() }));

  test("consumed capacity is told when asked for: a transaction counts double", async () => {
    const used: string[] = [];
    const onCapacity = (units: number, kind: string) => used.push(`${kind} ${units}`);
    const table = new DynamoTable({ client: emulator.client, table: await newTable(), onCapacity });
    await table.write({ put: put("a", "1") });
    await table.transact([{ put: put("a", "2") }, { put: put("a", "3") }]);
    await table.get({ pk: "a", sk: "1" });
    expect(used).toEqual(["write 1", "write 4", "read 1"]);
  });
});
