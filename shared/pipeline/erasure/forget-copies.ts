// Decides which messages and mails outside the table are of erased people.

import { type Instant, parseInstant } from "../../domain/instant.ts";
import type { Json } from "../../domain/json.ts";
import { finderOf, keyedHashIn } from "../../domain/mentions.ts";
import { inParallel } from "../in-parallel.ts";
import type { Ports } from "../ports.ts";
import type { Tombstone } from "../records/tombstone.ts";
import { holdersAt } from "./holders.ts";

/**
 * `until`: when the erasure took effect, after a restore once more; what was accepted later may be the person coming back, and
 * the rules decide on that.
 */
export type Forgotten = { tombstone: Tombstone; until: Instant };

const PARALLEL = 20;

/**
 * Deletes what names one of these people by opaque id, identity or address; answers how much that was. An address that somebody
 * else has as well, and an identity that has begun anew, tell nothing about whose a message is.
 */
export async function forgetCopies(ports: Ports, people: readonly Forgotten[]): Promise<number> {
  const profileIds = new Map<string, Instant>();
  const addresses = new Map<string, Instant>();
  const names = new Map<string, Map<string, Instant>>();
  await inParallel(PARALLEL, people, async ({ tombstone, until }) => {
    const { profileId } = tombstone;
    profileIds.set(profileId, until);
    for (const pk of tombstone.identities) {
      const item = await ports.table.get({ pk, sk: "IDENTITY" });
      if (item === undefined || item["profileId"] === profileId) addUntil(namesOf(names, pk), pk, until);
    }
    for (const pk of tombstone.addresses) if ((await holdersAt(ports, pk)).length === 0) addUntil(addresses, pk, until);
  });
  const isTheirs = finderOf({ secret: await ports.secrets.get("identity"), profileIds, addresses, names });
  return ports.copies.forget((body) => isTheirs(body, acceptedAt(body)));
}

/** "IDENTITY#<kind>#<hash>". */
function namesOf(names: Map<string, Map<string, Instant>>, pk: string): Map<string, Instant> {
  const kind = pk.split("#")[1] as string;
  const known = names.get(kind) ?? new Map<string, Instant>();
  names.set(kind, known);
  return known;
}

/** What two erased people had goes up to the later one's end. */
function addUntil(to: Map<string, Instant>, pk: string, until: Instant): void {
  const hash = keyedHashIn(pk);
  to.set(hash, Math.max(to.get(hash) ?? 0, until));
}

/** Of a message and what lies in it the latest; 0 where nothing says so. */
function acceptedAt(body: Json): Instant {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return 0;
  const { time, message = null } = body;
  return Math.max((typeof time === "string" ? parseInstant(time) : undefined) ?? 0, acceptedAt(message));
}
