// Decides how the one data file of the local mode is opened: by one process at a time, in one schema, in one folder.
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { Fault } from "../../pipeline/faults.ts";
import { makePrivateFolder } from "./private-folder.ts";

/** Raised with every change of the tables below; a newer file is refused, an older one is brought up step by step. */
export const DATA_VERSION = 1;
const FILE_NAME = "relance.db";
/** Says of a file that nothing was ever deleted in it that is not zeroed. */
const DELETES = "deletes";
const SECURELY = "securely";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS item (
    pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER, due_pk TEXT, due_at TEXT, list_pk TEXT, list_sk TEXT,
    bytes INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (pk, sk));
  CREATE INDEX IF NOT EXISTS item_due ON item (due_pk, due_at, pk, sk) WHERE due_pk IS NOT NULL AND due_at IS NOT NULL;
  CREATE INDEX IF NOT EXISTS item_due_at ON item (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX IF NOT EXISTS item_list ON item (list_pk, list_sk, pk, sk) WHERE list_pk IS NOT NULL AND list_sk IS NOT NULL;
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, visible_at INTEGER NOT NULL, sent_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0, attributes TEXT, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS message_visible ON message (queue, visible_at, id);
  CREATE TABLE IF NOT EXISTS mail (
    n INTEGER PRIMARY KEY, send_id TEXT NOT NULL, message_id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS mail_send ON mail (send_id);
  CREATE INDEX IF NOT EXISTS mail_at ON mail (at);
`;

/** The open data file. All its calls are synchronous; what one call writes is one transaction. */
export class SqliteStore {
  readonly folder: string;
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #writeMeta: StatementSync | undefined;
  #depth = 0;

  /** Use `openSqliteStore`. */
  constructor(folder: string, db: DatabaseSync) {
    this.folder = folder;
    this.#db = db;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /** Makes a pure function callable in SQL. */
  define(name: string, run: (...values: SQLOutputValue[]) => SQLInputValue): void {
    this.#db.function(name, { deterministic: true }, run);
  }

  /** Runs `body` as one transaction: all of it is durable when this returns, or nothing of it when it throws. Calls inside join it. */
  atomically<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    this.#begin.run();
    this.#depth++;
    try {
      const result = body();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#rollback.run();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  readMeta(name: string): string | undefined {
    return this.prepare("SELECT value FROM meta WHERE name = ?").get(name)?.["value"] as string | undefined;
  }

  writeMeta(name: string, value: string): void {
    this.#writeMeta ??= this.prepare(
      "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
    this.#writeMeta.run(name, value);
  }

  /**
   * Leaves nothing in the files of what was deleted or written over: what is deleted is zeroed in the data file at once (see
   * `secure_delete`), and here the log is emptied; nothing to do costs nothing. A file from before that is written anew once,
   * about a second per 100 MB.
   */
  wipe(): void {
    if (this.readMeta(DELETES) !== SECURELY) {
      this.#db.exec("VACUUM");
      this.writeMeta(DELETES, SECURELY);
    }
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Nothing was ever stored: no item, no message, no mail. */
  isEmpty(): boolean {
    const sql =
      "SELECT EXISTS (SELECT 1 FROM item) + EXISTS (SELECT 1 FROM message) + EXISTS (SELECT 1 FROM mail) AS any";
    return this.prepare(sql).get()?.["any"] === 0;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/**
 * Opens (or makes) the data file of a folder and keeps it locked until `close` or the end of the process: the lock is
 * the operating system's, so `kill -9` frees it. Waits up to `busyTimeoutMs` (2,000) for an earlier holder. Throws
 * faults, none retryable: `data_folder_unusable`, `data_in_use`, `data_unreadable`, `data_newer`.
 */
export function openSqliteStore(folder: string, options: { busyTimeoutMs?: number } = {}): SqliteStore {
  const db = openFile(folder, options.busyTimeoutMs ?? 2_000);
  try {
    const store = new SqliteStore(folder, db);
    store.atomically(() => {
      db.exec(SCHEMA);
      checkVersion(store);
      if (store.isEmpty()) store.writeMeta(DELETES, SECURELY);
    });
    return store;
  } catch (error) {
    db.close();
    throw explained(folder, error);
  }
}

function openFile(folder: string, busyTimeoutMs: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    makePrivateFolder(folder, FILE_NAME);
    db = new DatabaseSync(join(folder, FILE_NAME), { timeout: busyTimeoutMs });
    // The exclusive mode comes first, so that the write-ahead log needs no shared memory and the lock is held from here on.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    db.exec("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16000; PRAGMA temp_store = MEMORY");
    // What is deleted or moved is zeroed in its page (measured: below 1 % of the time of queue and item writes).
    db.exec("PRAGMA secure_delete = ON");
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw explained(folder, error);
  }
}

function checkVersion(store: SqliteStore): void {
  const found = Number(store.readMeta("data_version") ?? DATA_VERSION);
  if (found > DATA_VERSION) {
    throw new Fault(
      "data_newer",
      `The data in ${store.folder} was written by a newer Relance (data version ${found}, this one knows up to ${DATA_VERSION}): update Relance or name another folder with RELANCE_DATA.`,
      { retryable: false },
    );
  }
  store.writeMeta("data_version", String(DATA_VERSION));
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function explained(folder: string, cause: unknown): unknown {
  if (cause instanceof Fault) return cause;
  const { errcode, code } = cause as { errcode?: number; code?: string };
  const sqliteCode = errcode === undefined ? undefined : errcode & 0xff;
  if (sqliteCode === SQLITE_BUSY || sqliteCode === SQLITE_LOCKED) {
    const message = `The data folder ${folder} is in use by another Relance process: stop that one or name another folder with RELANCE_DATA.`;
    return new Fault("data_in_use", message, { retryable: false, cause });
  }
  if (sqliteCode === SQLITE_CORRUPT || sqliteCode === SQLITE_NOTADB) {
    const message = `The file ${join(folder, FILE_NAME)} is not a Relance data file or is damaged: restore it or name another folder with RELANCE_DATA.`;
    return new Fault("data_unreadable", message, { retryable: false, cause });
  }
  const message = `The data folder ${folder} cannot be written (${code ?? "unknown error"}): make it writable or name another folder with RELANCE_DATA.`;
  return new Fault("data_folder_unusable", message, { retryable: false, cause });
}
