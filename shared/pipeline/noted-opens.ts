// Decides whether an open may be noted at all: only of somebody who may be seen opening mails when they do.
import { mayTrackOpens } from "../domain/lawful-basis.ts";
import type { Settings } from "../domain/settings.ts";
import { countryOf } from "../domain/trait.ts";
import { addressKeyOf } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { loadAddressAt } from "./records/address-record.ts";
import type { SendRecord } from "./records/send-record.ts";
import { loadState } from "./records/state.ts";

/** By the same rule as when the mail left, asked again now: by what the person has said since. Cost: 1 query and 1 read. */
export async function mayNoteOpen(
  ports: Pick<Ports, "table">,
  { send, ledger }: SendRecord,
  settings: Pick<Settings, "consent"> | undefined,
): Promise<boolean> {
  if (send.purpose !== "marketing" || ledger.address === undefined) return false;
  const [state, { address }] = await Promise.all([
    loadState(ports, send.profileId),
    loadAddressAt(ports, addressKeyOf(ledger.address)),
  ]);
  if (state === undefined) return false;
  const { consents, traits } = state.profile;
  return mayTrackOpens(settings ?? {}, { purpose: send.purpose, consents, country: countryOf(traits), address });
}
