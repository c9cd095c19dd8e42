// Decides how a data folder is read once its server is gone: by SQL, straight from the file, past all of Relance's views.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type SqliteStore } from "../../shared/adapters/local/sqlite-store.ts";
import type { SendState } from "../../shared/domain/send.ts";

export type StoredSend = {
  id: string;
  user: string;
  campaign: string;
  key: string;
  state: SendState;
  reason: string | null;
  /** The provider said something about it. */
  isTold: boolean;
};
export type Stored = {
  /** Events by message id: how often each is stored, and of whom. */
  events: Map<string, { times: number; user: string }>;
  /** Per user, how often each event type was counted; a user of two profiles has both joined by "|". */
  counted: Map<string, Record<string, number>>;
  /** Users whose identity leads to more than one profile. */
  split: string[];
  sends: StoredSend[];
  /** Accepted calls to the mailer per send. */
  mails: Map<string, number>;
  /** Sends that fill the caps of an address. */
  claimed: Set<string>;
  /** Messages left, per queue. */
  messages: Record<string, number>;
  /** Runs and due sends that are left. */
  runs: number;
};

/** Everything the accounts need. */
export function readStored(folder: string): Stored {
  const store = openSqliteStore(folder, { busyTimeoutMs: 30_000 });
  try {
    const profiles = readProfiles(store);
    return {
      events: readEvents(store, profiles.userOf),
      counted: profiles.counted,
      split: profiles.split,
      sends: readSends(store, profiles.userOf),
      mails: new Map(pairs(store, "SELECT send_id AS a, count(*) AS b FROM mail GROUP BY send_id")),
      claimed: readClaimed(store),
      messages: Object.fromEntries(pairs(store, "SELECT queue AS a, count(*) AS b FROM message GROUP BY queue")),
      runs: Number(store.prepare("SELECT count(*) AS n FROM item WHERE sk LIKE 'STATE#RUN#%'").get()?.["n"]),
    };
  } finally {
    store.close();
  }
}

/** What a dead process held: ids of the sends it had claimed, and how many messages of its queues it was working on. */
export type Held = { claims: string[]; messages: number };

/** Reads a copy: the next start must find the file as the dead process left it. */
export function heldIn(folder: string): Held {
  const copy = mkdtempSync(join(tmpdir(), "relance-autopsy-"));
  try {
    for (const name of ["relance.db", "relance.db-wal"]) {
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
    }
    const store = openSqliteStore(copy);
    const sql = "SELECT sk FROM item WHERE sk LIKE 'SEND#%' AND json_extract(body, '$.ledger.state') = 'CLAIMED'";
    const rows = store.prepare(sql).all();
    const inFlight = store.prepare("SELECT count(*) AS n FROM message WHERE in_flight = 1").get();
    store.close();
    return { claims: rows.map(({ sk }) => String(sk).slice("SEND#".length)), messages: Number(inFlight?.["n"]) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

type Profiles = { userOf: Map<string, string>; counted: Stored["counted"]; split: string[] };

function readProfiles(store: SqliteStore): Profiles {
  const rows = store
    .prepare(
      "SELECT pk, json_extract(body, '$.identities') AS ids, json_extract(body, '$.activity') AS activity FROM item WHERE sk = 'STATE#PROFILE'",
    )
    .all();
  const read: Profiles = { userOf: new Map(), counted: new Map(), split: [] };
  for (const { pk, ids, activity } of rows) {
    const user = (JSON.parse(String(ids)) as string[]).join("|").replace("userId:", "");
    if (read.counted.has(user)) read.split.push(user);
    read.userOf.set(String(pk), user);
    const counts = Object.entries(JSON.parse(String(activity)) as Record<string, [number]>);
    read.counted.set(user, Object.fromEntries(counts.map(([type, [count]]) => [type, count])));
  }
  return read;
}

function readEvents(store: SqliteStore, userOf: Map<string, string>): Stored["events"] {
  const sql =
    "SELECT pk, json_extract(body, '$.id') AS id FROM item WHERE sk LIKE 'EVENT#%' AND json_extract(body, '$.source') <> 'relance'";
  const events: Stored["events"] = new Map();
  for (const { pk, id } of store.prepare(sql).all()) {
    const times = (events.get(String(id))?.times ?? 0) + 1;
    events.set(String(id), { times, user: userOf.get(String(pk)) ?? String(pk) });
  }
  return events;
}

function readSends(store: SqliteStore, userOf: Map<string, string>): StoredSend[] {
  const field = (path: string, name: string) => `json_extract(body, '$.${path}') AS ${name}`;
  const fields = [
    field("send.id", "id"),
    field("send.campaign", "campaign"),
    field("send.key", "key"),
    field("ledger.state", "state"),
    field("ledger.reason", "reason"),
    field("ledger.feedback", "feedback"),
  ];
  const rows = store.prepare(`SELECT pk, ${fields.join(", ")} FROM item WHERE sk LIKE 'SEND#%'`).all();
  return rows.map(({ pk, id, campaign, key, state, reason, feedback }) => ({
    id: String(id),
    user: userOf.get(String(pk)) ?? String(pk),
    campaign: String(campaign),
    key: String(key),
    state: String(state) as SendState,
    reason: reason === null ? null : String(reason),
    isTold: feedback !== null,
  }));
}

function readClaimed(store: SqliteStore): Set<string> {
  const sql = "SELECT json_extract(body, '$.address.claims') AS claims FROM item WHERE sk = 'ADDRESS'";
  const rows = store.prepare(sql).all();
  return new Set(
    rows.flatMap(({ claims }) => (JSON.parse(String(claims)) as { sendId: string }[]).map(({ sendId }) => sendId)),
  );
}

function pairs(store: SqliteStore, sql: string): [string, number][] {
  return store
    .prepare(sql)
    .all()
    .map(({ a, b }) => [String(a), Number(b)]);
}
