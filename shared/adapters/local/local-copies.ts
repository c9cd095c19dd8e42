// Decides how the local mode forgets what its queues and its outbox hold of somebody, down to the bytes of the data file.
import type { Json } from "../../domain/json.ts";
import type { Copies } from "../../pipeline/ports.ts";
import type { SqliteStore } from "./sqlite-store.ts";

type Row = { id: number; body: string };

/** All queues with their dead letters, except the pointers to jobs, and every mail in the outbox. */
export function localCopies(store: SqliteStore): Copies {
  const tables = [
    {
      rows: store.prepare("SELECT id, body FROM message WHERE queue <> 'jobs'"),
      remove: store.prepare("DELETE FROM message WHERE id = ?"),
    },
    {
      // Every mail says by its tags whose it is.
      rows: store.prepare("SELECT n AS id, json_extract(body, '$.tags') AS body FROM mail"),
      remove: store.prepare("DELETE FROM mail WHERE n = ?"),
    },
  ];
  return {
    forget: async (isOf) => {
      let forgotten = 0;
      for (const { rows, remove } of tables) {
        const theirs = (rows.all() as Row[]).filter(({ body }) => isOf(JSON.parse(body) as Json));
        store.atomically(() => {
          for (const { id } of theirs) remove.run(id);
        });
        forgotten += theirs.length;
      }
      store.wipe();
      return forgotten;
    },
  };
}
