// Decides how an address of somebody who was erased is closed: with what they chose there, unless somebody else has it too.
import { withErasure } from "../../domain/address.ts";
import { addressKeyOf } from "../keys.ts";
import type { Erasure, Ports } from "../ports.ts";
import { changeAddress } from "../records/address-record.ts";
import { holdersAt } from "./holders.ts";

/** Whether somebody else has the address now. */
export async function isShared(
  ports: Pick<Ports, "table">,
  addressPk: string,
  { profileId }: Partial<Pick<Erasure, "profileId">>,
): Promise<boolean> {
  return (await holdersAt(ports, addressPk)).some((holder) => holder !== profileId);
}

/** Closes an address as of the erasure; the same again changes nothing. */
export async function closeErased(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  addressPk: string,
  erasure: Pick<Erasure, "erasedAt"> & Partial<Pick<Erasure, "profileId">>,
): Promise<void> {
  const how = { isShared: await isShared(ports, addressPk, erasure) };
  await changeAddress(ports, addressKeyOf(addressPk), (address) => withErasure(address, erasure.erasedAt, how));
}
