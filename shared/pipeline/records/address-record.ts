// Decides how an address is kept: one item per address, under a keyed hash.
import { type Address, NEW_ADDRESS } from "../../domain/address.ts";
import type { JsonObject } from "../../domain/json.ts";
import { insist } from "../insist.ts";
import { addressKey, SCHEMA } from "../keys.ts";
import type { Key, Ports, Write } from "../ports.ts";

export type AddressRecord = { key: Key; address: Address };

/** Reads the item of an address (1 read unit); a new one when there is none. */
export async function loadAddress(
  { table, secrets }: Pick<Ports, "table" | "secrets">,
  email: string,
): Promise<AddressRecord> {
  return loadAddressAt({ table }, addressKey(await secrets.get("identity"), email));
}

/** The same by key, where the address itself is not known. */
export async function loadAddressAt({ table }: Pick<Ports, "table">, key: Key): Promise<AddressRecord> {
  const item = await table.get(key);
  if (item === undefined) return { key, address: NEW_ADDRESS };
  const stored = item["address"] as unknown as Omit<Address, "version">;
  // Claims were kept for marketing alone once, and said no purpose.
  const claims = stored.claims.map((claim) => ({ ...claim, purpose: claim.purpose ?? "marketing" }));
  return { key, address: { ...NEW_ADDRESS, ...stored, claims, version: item.version as number } };
}

/** The write that changes an address if nobody else changed it meanwhile. */
export function addressWrite({ key, address }: AddressRecord, changed: Address): Write {
  const { version: _version, ...body } = changed;
  return {
    put: { ...key, schema: SCHEMA, version: address.version + 1, address: body as unknown as JsonObject },
    if: address.version === 0 ? { absent: true } : { version: address.version },
  };
}

/** Changes an address whoever else writes it: somebody's opt-out must not be the one that gives up. The same is no write. */
export function changeAddress(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  key: Key,
  change: (address: Address) => Address,
): Promise<void> {
  return insist(ports, key.pk, async () => {
    const record = await loadAddressAt(ports, key);
    const changed = change(record.address);
    if (changed !== record.address) await ports.table.write(addressWrite(record, changed));
  });
}
