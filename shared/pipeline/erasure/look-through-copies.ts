// Decides who looks through the messages outside the table, and when: one erasure at a time, for all that wait.
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import { Contention } from "../faults.ts";
import { inParallel } from "../in-parallel.ts";
import { copiesPk, jobKey, lookKey, profileKey, SCHEMA, WANT, wantKey } from "../keys.ts";
import { itemsAt } from "../pages.ts";
import type { Item, Ports } from "../ports.ts";
import { readTombstone } from "../records/tombstone.ts";
import { forgetCopies } from "./forget-copies.ts";

/**
 * A look hides what it looked at from others, so no two may go on at once. A function that is cut off within its minute leaves
 * messages hidden for two more (see adapters/aws/sqs-copies.ts); and clocks may differ.
 */
const LOOK_MS = 4 * MINUTE_MS;
/** What one look is for, at most; the others are the next one's. */
const MOST_WANTED = 500;
const PARALLEL = 20;

type Job = { id: string; version: number };

/** Somebody's copies are to be gone: from here on any look is for them too. Whose job went on meanwhile asks for nothing. */
export async function wantLook(
  { table }: Pick<Ports, "table">,
  { profileId, until }: { profileId: string; until: Instant },
  job: Job,
): Promise<void> {
  const key = wantKey(profileId);
  const version = (await table.get(key))?.version ?? 0;
  await table.transact([
    {
      put: { ...key, schema: SCHEMA, version: version + 1, until },
      if: version === 0 ? { absent: true } : { version },
    },
    { check: jobKey(job.id), if: { version: job.version } },
  ]);
}

/**
 * Has what is wanted looked for: answers how much was deleted, 0 when somebody else's look was for this person too, `undefined`
 * while another look is under way. Cost for one person: 4 write units to ask, 1 to have it done, and 1 read unit for the tombstone
 * and each identity and address; for each look 2 write units, and at SQS one request for ten messages and one to put them back.
 */
export async function lookFor(ports: Ports, profileId: string): Promise<number | undefined> {
  const { table, clock } = ports;
  const own = await table.get(wantKey(profileId));
  if (own === undefined) return 0;
  const held = await table.get(lookKey);
  const now = clock.now();
  if (held !== undefined && (held["until"] as Instant) > now) return undefined;
  const version = (held?.version ?? 0) + 1;
  const put = { ...lookKey, schema: SCHEMA, version, until: now + LOOK_MS };
  try {
    await table.write({ put, if: held === undefined ? { absent: true } : { version: version - 1 } });
  } catch (error) {
    if (error instanceof Contention) return undefined;
    throw error;
  }
  // Those who ask from here on do not know whether they were seen, and wait for the next look.
  const forgotten = await look(ports, own);
  await table.write({ delete: lookKey, if: { version } });
  return forgotten;
}

async function look(ports: Ports, own: Item): Promise<number> {
  const { items } = await ports.table.query({ pk: copiesPk, prefix: WANT, limit: MOST_WANTED });
  const wants = [own, ...items.filter(({ sk }) => sk !== own.sk)];
  const until = new Map(wants.map((want) => [want.sk.slice(WANT.length), want["until"] as Instant]));
  const found = await itemsAt(ports.table, [...until.keys()].map(profileKey));
  const people = found.flatMap((item) => {
    const tombstone = readTombstone(item);
    return tombstone === undefined ? [] : [{ tombstone, until: until.get(tombstone.profileId) as Instant }];
  });
  const forgotten = await forgetCopies(ports, people);
  await inParallel(PARALLEL, wants, ({ pk, sk, version = 0 }) => done(ports, { pk, sk, version }));
  return forgotten;
}

/** Who asked anew meanwhile goes on waiting. */
async function done({ table }: Pick<Ports, "table">, { pk, sk, version }: { pk: string; sk: string; version: number }) {
  try {
    await table.write({ delete: { pk, sk }, if: { version } });
  } catch (error) {
    if (!(error instanceof Contention)) throw error;
  }
}
