// Decides which profile an identity belongs to: an opaque id, made up when the identity is first seen.
import type { Identity } from "../domain/event.ts";
import { identityKey, SCHEMA } from "./keys.ts";
import type { Ports, Write } from "./ports.ts";

/** `isNew`: nobody has this identity yet; `claim` belongs into the transaction of the profile's first event. */
export type Resolved = { profileId: string; isNew: boolean; claim: Write };

/** Looks up an identity (1 read unit); a new one gets a fresh id that counts once `claim` is written. */
export async function resolveIdentity(
  { table, secrets, ids }: Pick<Ports, "table" | "secrets" | "ids">,
  identity: Identity,
): Promise<Resolved> {
  const key = identityKey(await secrets.get("identity"), identity);
  const item = await table.get(key);
  const profileId = (item?.["profileId"] as string | undefined) ?? ids.next();
  return {
    profileId,
    isNew: item === undefined,
    claim: { put: { ...key, schema: SCHEMA, profileId }, if: { absent: true } },
  };
}

/** The profile of an opaque id or of a source's user id; `undefined` when there is none. */
export async function findProfile(ports: Pick<Ports, "table" | "secrets">, id: string): Promise<string | undefined> {
  const secret = await ports.secrets.get("identity");
  for (const kind of ["userId", "anonymousId", "email"] as const) {
    const value = kind === "email" ? id.trim().toLowerCase() : id;
    const item = await ports.table.get(identityKey(secret, { kind, value }));
    if (item !== undefined) return item["profileId"] as string;
  }
  const own = await ports.table.get({ pk: `PROFILE#${id}`, sk: "STATE#PROFILE" });
  return own === undefined ? undefined : id;
}
