// Decides how one erasure takes effect on a table that was restored to a time before it.
import type { Instant } from "../../domain/instant.ts";
import { insist } from "../insist.ts";
import { addressKeyOf, SCHEMA } from "../keys.ts";
import type { ErasedAddress, Erasure, NotedErasure, Ports, Write } from "../ports.ts";
import { loadAddressAt } from "../records/address-record.ts";
import { readState } from "../records/state.ts";
import { closeErased } from "./close-erased.ts";
import { erasePerson, erasureWrites } from "./erase.ts";
import { holdersAt } from "./holders.ts";
import { reopenFor } from "./reopen-returned.ts";

type Erasing = Pick<Ports, "table" | "secrets" | "clock" | "ids">;

/** Erases the person or the address again, whatever the table knows by now; `false` when it knows of the erasure. */
export function reapplyErasure(ports: Erasing, noted: NotedErasure): Promise<boolean> {
  return "address" in noted ? closeAgain(ports, noted) : reapplyPerson(ports, noted);
}

/** Whoever came with it later by a yes of their own keeps it open. */
async function closeAgain(ports: Erasing, { address: pk, erasedAt }: ErasedAddress): Promise<boolean> {
  const isClosed = async () =>
    (await loadAddressAt(ports, addressKeyOf(pk))).address.suppressions.erasure !== undefined;
  if (await isClosed()) return false;
  await closeErased(ports, pk, { erasedAt });
  await reopenFor(ports, await holdersAt(ports, pk), { addresses: [pk], erasedAt });
  return isClosed();
}

async function reapplyPerson(ports: Erasing, erasure: Erasure): Promise<boolean> {
  const { profileId, addresses } = erasure;
  const found = await readState(ports, profileId);
  if (found !== undefined && !("profile" in found)) return false;
  for (const pk of addresses) await closeErased(ports, pk, erasure);
  await insist(ports, profileId, () => eraseAgain(ports, erasure));
  return true;
}

/** First whom the person's identities have led to since the restore: the tombstone says that nothing is left to be done. */
async function eraseAgain(ports: Erasing, erasure: Erasure): Promise<void> {
  const { profileId, erasedAt } = erasure;
  const found = await readState(ports, profileId);
  if (found !== undefined && !("profile" in found)) return;
  const claims: Write[] = [];
  for (const pk of erasure.identities) {
    const key = { pk, sk: "IDENTITY" };
    const item = await ports.table.get(key);
    if (item === undefined) {
      claims.push({ put: { ...key, schema: SCHEMA, version: 1, profileId }, if: { absent: true } });
    } else if (item["profileId"] !== profileId && ((item["since"] as Instant | undefined) ?? 0) < erasedAt) {
      await erasePerson(ports, item["profileId"] as string, { by: erasure.by });
    }
  }
  await ports.table.transact([...(await erasureWrites(ports, erasure, found)), ...claims]);
}
