// Decides how an address is kept: one item per address, under a keyed hash.
import { type Address, NEW_ADDRESS } from "../../domain/address.ts";
import type { JsonObject } from "../../domain/json.ts";
import { Contention } from "../faults.ts";
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
  return {
    key,
    address: { ...(item["address"] as unknown as Omit<Address, "version">), version: item.version as number },
  };
}

/** The write that changes an address if nobody else changed it meanwhile. */
export function addressWrite({ key, address }: AddressRecord, changed: Address): Write {
  const { version: _version, ...body } = changed;
  return {
    put: { ...key, schema: SCHEMA, version: address.version + 1, address: body as unknown as JsonObject },
    if: address.version === 0 ? { absent: true } : { version: address.version },
  };
}

/** Changes an address until no other writer comes between; gives up after 10 tries with the last `Contention`. */
export async function changeAddress(
  ports: Pick<Ports, "table">,
  key: Key,
  change: (address: Address) => Address,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const record = await loadAddressAt(ports, key);
    const changed = change(record.address);
    if (changed === record.address) return;
    try {
      return await ports.table.write(addressWrite(record, changed));
    } catch (error) {
      if (!(error instanceof Contention) || attempt === 10) throw error;
    }
  }
}
