// Decides how tests get a DynamoDB: the dynoxide binary where it exists, on a free port, gone with the test process.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Path of the emulator's binary; `undefined` where the platform has none. */
export function emulatorBinary(): string | undefined {
  try {
    const path = fileURLToPath(new URL("./dynoxide", import.meta.resolve("@dynoxide/linux-x64/package.json")));
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** CI on the emulator's own platform must not skip what needs it. */
export function emulatorIsMandatory(): boolean {
  return process.env["CI"] === "true" && process.platform === "linux" && process.arch === "x64";
}

export type DynamoEmulator = { client: DynamoDBClient; endpoint: string; stop: () => Promise<void> };

/** Starts an emulator that holds nothing (about 50 ms) and a client for it. */
export async function startDynamoEmulator(): Promise<DynamoEmulator> {
  const binary = emulatorBinary();
  if (!binary) throw new Error("The DynamoDB emulator is not installed on this platform.");
  const port = await freePort();
  const child = spawn(binary, ["--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  await listening(port, child);
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
  const stop = async () => {
    client.destroy();
    process.off("exit", kill);
    if (child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  };
  return { client, endpoint, stop };
}

/** Makes a table with the keys and the two indexes of the data stack. */
export async function createRelanceTable(client: DynamoDBClient, name: string): Promise<void> {
  const names = ["pk", "sk", "duePk", "dueAt", "listPk", "listSk"];
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: "HASH" as const },
    { AttributeName: sort, KeyType: "RANGE" as const },
  ];
  const index = (IndexName: string, partition: string, sort: string) => ({
    IndexName,
    KeySchema: keys(partition, sort),
    Projection: { ProjectionType: "KEYS_ONLY" as const },
  });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: [index("due", "duePk", "dueAt"), index("list", "listPk", "listSk")],
    }),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Waits for another process, so it has to look again and again: every 5 ms, for 10 s at most. */
async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    if (child.exitCode !== null) throw new Error(`The DynamoDB emulator ended with code ${child.exitCode}.`);
    if (await accepts(port)) return;
    await pause(5);
  }
  throw new Error("The DynamoDB emulator does not listen.");
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
