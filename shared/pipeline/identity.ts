// Decides which profile an identity belongs to: an opaque id, made up when the identity is first seen.

import { normalAddress } from "../domain/email-address.ts";
import type { Identity } from "../domain/event.ts";
import type { Instant } from "../domain/instant.ts";
import { holdersOf } from "./erasure/holders.ts";
import { identityKey, profileKey, SCHEMA } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";
import { readTombstone, type Tombstone } from "./records/tombstone.ts";

/**
 * `claim`, of an identity that nobody has yet, belongs into the transaction of the profile's first event. `since`: it was an
 * erased person's before, and nothing that happened until then belongs to this profile.
 */
export type Resolved = { profileId: string; claim?: Write; since?: Instant };

/** Looks up an identity (1 read unit); a new one gets a fresh id that counts once `claim` is written. */
export async function resolveIdentity(
  { table, secrets, ids }: Pick<Ports, "table" | "secrets" | "ids">,
  identity: Identity,
): Promise<Resolved> {
  if (identity.kind === "profile") return { profileId: identity.value };
  const key = identityKey(await secrets.get("identity"), identity);
  const item = await table.get(key);
  if (item === undefined) {
    const profileId = ids.next();
    return { profileId, claim: { put: { ...key, schema: SCHEMA, version: 1, profileId }, if: { absent: true } } };
  }
  const since = item["since"] as Instant | undefined;
  return { profileId: item["profileId"] as string, ...(since !== undefined && { since }) };
}

/** The identity of somebody who came back after an erasure: it leads to a new profile from then on. */
export async function resolveAnew(
  { table, secrets, ids }: Pick<Ports, "table" | "secrets" | "ids">,
  identity: Identity,
  since: Instant,
): Promise<Resolved> {
  const key = identityKey(await secrets.get("identity"), identity);
  const version = (await table.get(key))?.version;
  const profileId = ids.next();
  const put = { ...key, schema: SCHEMA, version: (version ?? 0) + 1, profileId, since };
  // What was stored before identities had versions is there, and moves once.
  return { profileId, since, claim: { put, if: version === undefined ? { exists: true } : { version } } };
}

/** The living profile of an opaque id, a source's user id, or an address; `undefined` when there is none. */
export async function findProfile(ports: Pick<Ports, "table" | "secrets">, id: string): Promise<string | undefined> {
  for await (const candidate of candidates(ports, id)) {
    const own = await ports.table.get(profileKey(candidate));
    if (own !== undefined && readTombstone(own) === undefined) return candidate;
  }
  return undefined;
}

/** An address of more people is nobody's. */
const MOST_NAMED = 20;

/**
 * Everybody living whom a text means: who has it as their name, or, of an address, all who have it, since it does not tell which
 * of them is meant.
 */
export async function findProfiles(ports: Pick<Ports, "table" | "secrets">, id: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const candidate of candidates(ports, id)) {
    const own = await ports.table.get(profileKey(candidate));
    if (own === undefined || readTombstone(own) !== undefined) continue;
    found.add(candidate);
    if (normalAddress(id) === undefined || found.size === MOST_NAMED) break;
  }
  return [...found];
}

/**
 * The one living person whom a text means, and where nobody lives under it somebody who was erased: asking for that again is no
 * mistake. `undefined` where it may mean several.
 */
export async function findErasable(ports: Pick<Ports, "table" | "secrets">, id: string): Promise<string | undefined> {
  const [living, ...others] = await findProfiles(ports, id);
  if (living !== undefined) return others.length === 0 ? living : undefined;
  return (await findErased(ports, id))?.profileId;
}

/** The tombstone of whoever was called that. */
export async function findErased(ports: Pick<Ports, "table" | "secrets">, id: string): Promise<Tombstone | undefined> {
  for await (const candidate of candidates(ports, id)) {
    const own = await ports.table.get(profileKey(candidate));
    const tombstone = own && readTombstone(own);
    if (tombstone !== undefined) return tombstone;
  }
  return undefined;
}

/** Everybody a text may name, living or erased: by whatever name, and whoever has it as their address. */
export async function allNamed(ports: Pick<Ports, "table" | "secrets">, text: string): Promise<Set<string>> {
  const named = new Set<string>();
  for await (const candidate of candidates(ports, text)) named.add(candidate);
  return named;
}

const MAX_OPAQUE_LENGTH = 100;

/** Whoever may be meant, the likeliest first. */
async function* candidates(ports: Pick<Ports, "table" | "secrets">, id: string): AsyncGenerator<string> {
  const secret = await ports.secrets.get("identity");
  for (const kind of ["userId", "anonymousId", "email"] as const) {
    const value = kind === "email" ? (normalAddress(id) ?? id.trim().toLowerCase()) : id;
    const item = await ports.table.get(identityKey(secret, { kind, value }));
    if (item !== undefined) yield item["profileId"] as string;
  }
  yield* await holdersOf(ports, id);
  // Longer texts are no opaque id, and the table takes no such keys.
  if (id.length <= MAX_OPAQUE_LENGTH) yield id;
}
