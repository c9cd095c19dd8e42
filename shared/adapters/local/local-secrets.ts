// Decides where the local mode keeps its keys: one file in the data folder that only its owner can read.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../pipeline/faults.ts";
import type { SecretName, Secrets } from "../../pipeline/ports.ts";
import { makeFolder } from "./make-folder.ts";

type Keys = Record<SecretName | "write", string>;

const FILE_NAME = "secrets.json";
const SOURCE = "local";

/** The keys of one data folder. */
export class LocalSecrets implements Secrets {
  /** What a source gives as user name; shown to the person who starts the local mode. */
  readonly writeKey: string;
  readonly #keys: Keys;

  constructor(keys: Keys, writeKey: string) {
    this.#keys = keys;
    this.writeKey = writeKey;
  }

  async get(name: SecretName): Promise<string> {
    return this.#keys[name];
  }

  /** Compares in constant time; the only source is "local". */
  async sourceOf(writeKey: string): Promise<string | undefined> {
    return timingSafeEqual(digest(writeKey), digest(this.writeKey)) ? SOURCE : undefined;
  }
}

/** Reads the folder's keys, made at the first start; `writeKey` takes the place of the stored one. Throws the faults `secrets_unreadable`, `secrets_unwritable`. */
export function openLocalSecrets(folder: string, options: { writeKey?: string | undefined } = {}): LocalSecrets {
  const path = join(folder, FILE_NAME);
  const keys = read(path) ?? create(folder, path);
  return new LocalSecrets(keys, options.writeKey || keys.write);
}

function read(path: string): Keys | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, cause);
  }
  const keys = parse(text);
  if (!keys) throw unreadable(path, undefined);
  return keys;
}

function parse(text: string): Keys | undefined {
  try {
    const { identity, link, write } = JSON.parse(text);
    return [identity, link, write].every((key) => typeof key === "string" && key.length >= 20)
      ? { identity, link, write }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Written whole beside the file, then moved into place, so that a crash leaves no half file. */
function create(folder: string, path: string): Keys {
  const keys = { identity: newKey(32), link: newKey(32), write: `rlc_${newKey(18)}` };
  const draft = `${path}.new`;
  try {
    makeFolder(folder);
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, path);
    return keys;
  } catch (cause) {
    const message = `The keys cannot be written to ${path}: make the folder writable or name another with RELANCE_DATA.`;
    throw new Fault("secrets_unwritable", message, { retryable: false, cause });
  }
}

function unreadable(path: string, cause: unknown): Fault {
  const message = `The keys in ${path} cannot be read: restore the file, or delete it to start with new keys (identities stored under the old ones are then lost).`;
  return new Fault("secrets_unreadable", message, { retryable: false, cause });
}

function newKey(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
