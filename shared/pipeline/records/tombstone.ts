// Decides what is left of an erased person: a tombstone in the profile's place that tells who it was to nobody.
import type { Instant } from "../../domain/instant.ts";
import { profileIdOf, profileKey, SCHEMA } from "../keys.ts";
import type { Erasure, Item, Write } from "../ports.ts";

/** A tombstone as it was read. */
export type Tombstone = Erasure & { version: number };

/** Addresses that are remembered; a person who had more of them is erased all the same. */
const MAX_ADDRESSES = 500;

/**
 * The item that takes the profile's place for good. It is in no list and never due, so nothing walks over it; whoever writes
 * to the profile meets its version.
 */
export function tombstoneItem({ profileId, erasedAt, by, identities, addresses }: Erasure, version: number): Item {
  return {
    ...profileKey(profileId),
    schema: SCHEMA,
    version,
    erasedAt,
    by,
    identities,
    addresses: addresses.slice(0, MAX_ADDRESSES),
  };
}

/** Reads the item in a profile's place; `undefined` when it is a profile. */
export function readTombstone(item: Item): Tombstone | undefined {
  if (item["erasedAt"] === undefined) return undefined;
  return {
    profileId: profileIdOf(item.pk),
    erasedAt: item["erasedAt"] as Instant,
    by: item["by"] as Erasure["by"],
    identities: item["identities"] as string[],
    addresses: item["addresses"] as string[],
    version: item.version as number,
  };
}

/** The write that changes a tombstone, if nobody else did. */
export function tombstoneWrite(tombstone: Tombstone, changed: Partial<Erasure>): Write {
  const { version } = tombstone;
  return { put: tombstoneItem({ ...tombstone, ...changed }, version + 1), if: { version } };
}
