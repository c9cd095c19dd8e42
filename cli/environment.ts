// Decides what the environment says: the port, the data folder and the write key; and where files are looked for.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "./usage-error.ts";

export type Environment = {
  port: number;
  /** The data folder. */
  folder: string;
  writeKey: string | undefined;
  /** The folder npm was called in; it changes to the project's before it runs a command. */
  calledIn: string | undefined;
};

type Variables = Record<string, string | undefined>;

const DEFAULT_PORT = 8787;

/** Reads PORT, RELANCE_DATA and RELANCE_WRITE_KEY; empty ones count as absent. */
export function readEnvironment(variables: Variables): Environment {
  return {
    port: portOf(variables["PORT"]),
    folder: variables["RELANCE_DATA"] || ".relance",
    writeKey: variables["RELANCE_WRITE_KEY"] || undefined,
    calledIn: variables["INIT_CWD"] || undefined,
  };
}

function portOf(text: string | undefined): number {
  if (!text) return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`PORT must be a port number such as ${DEFAULT_PORT}, not "${text}".`);
}

/** A path as the caller meant it: from here, or from where npm was called. */
export function givenPath(path: string, { calledIn }: Environment): string {
  const here = resolve(path);
  if (existsSync(here) || calledIn === undefined) return here;
  const there = resolve(calledIn, path);
  return existsSync(there) ? there : here;
}
