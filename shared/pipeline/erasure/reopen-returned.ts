// Decides whose address opens again although the rest of an erasure closed it: that of who came back in between, by a yes of
// their own.
import { withOptIn } from "../../domain/address.ts";
import { normalAddress } from "../../domain/email-address.ts";
import { textTrait, traitNamed } from "../../domain/trait.ts";
import { addressKey, addressKeyOf } from "../keys.ts";
import type { Erasure, Ports } from "../ports.ts";
import { changeAddress } from "../records/address-record.ts";
import { loadState } from "../records/state.ts";
import type { Tombstone } from "../records/tombstone.ts";

type Reopening = Pick<Ports, "table" | "secrets" | "clock" | "ids">;

/** Asked when an erasure has closed what it found: the person may have come back with an address that was not closed yet. */
export async function reopenReturned(
  ports: Reopening,
  { profileId, identities, addresses, erasedAt }: Tombstone,
): Promise<void> {
  const items = await Promise.all(identities.map((pk) => ports.table.get({ pk, sk: "IDENTITY" })));
  const returned = new Set(items.flatMap((item) => (item ? [item["profileId"] as string] : [])));
  returned.delete(profileId);
  await reopenFor(ports, returned, { addresses, erasedAt });
}

/** The same for people who have one of the addresses now. */
export async function reopenFor(
  ports: Reopening,
  profileIds: Iterable<string>,
  { addresses, erasedAt }: Pick<Erasure, "addresses" | "erasedAt">,
): Promise<void> {
  for (const id of profileIds) {
    const profile = (await loadState(ports, id))?.profile;
    const email = profile && normalAddress(textTrait(profile.traits, "email") ?? "");
    if (profile === undefined || email === undefined) continue;
    const { pk } = addressKey(await ports.secrets.get("identity"), email);
    const toldAt = traitNamed(profile.traits, "email")?.at ?? Number.POSITIVE_INFINITY;
    // What a system told of their address later opens nothing.
    const own = Object.values(profile.consents).filter(
      ({ state, actor, at }) => state === "granted" && actor === "person" && at > erasedAt && toldAt <= at,
    );
    if (!addresses.includes(pk)) continue;
    for (const { purpose, at } of own)
      await changeAddress(ports, addressKeyOf(pk), (address) => withOptIn(address, purpose, at));
  }
}
