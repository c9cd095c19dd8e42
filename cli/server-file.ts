// Decides how the commands find the running server of a data folder: a small file in it, believed only while the server answers.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { httpCall } from "./http-call.ts";

export type ServerFile = { pid: number; port: number; url: string };

const NAME = "server.json";
/** A server that is busy with a long jump of its clock still answers between its rounds. */
const ANSWER_WITHIN_MS = 10_000;

/** Tells where the server of this folder is. */
export function writeServerFile(folder: string, server: ServerFile): void {
  const path = join(folder, NAME);
  writeFileSync(`${path}.new`, `${JSON.stringify(server)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeServerFile(folder: string): void {
  rmSync(join(folder, NAME), { force: true });
}

/** The server of this folder, if it runs and answers. A file that a killed server left behind is passed over. */
export async function runningServer(folder: string): Promise<ServerFile | undefined> {
  const server = readServerFile(folder);
  if (server === undefined || !isAlive(server.pid)) return undefined;
  try {
    const { status } = await httpCall(server.url, { method: "GET", path: "/health", timeoutMs: ANSWER_WITHIN_MS });
    return status === 200 ? server : undefined;
  } catch {
    return undefined;
  }
}

function readServerFile(folder: string): ServerFile | undefined {
  try {
    const { pid, port, url } = JSON.parse(readFileSync(join(folder, NAME), "utf8")) as Partial<ServerFile>;
    const sound = typeof pid === "number" && typeof port === "number" && typeof url === "string";
    return sound ? { pid, port, url } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
