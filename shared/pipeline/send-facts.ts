// Decides what is read about one send before it is judged: the ledger, the person, the address, the cause.
import { NEW_ADDRESS, type WaitingSend } from "../domain/address.ts";
import { PRIORITY_RANK, type Purpose } from "../domain/campaign.ts";
import { type Catalogue, statusOf } from "../domain/catalogue.ts";
import type { GateFacts } from "../domain/gate-facts.ts";
import type { Instant } from "../domain/instant.ts";
import { mayTrackOpens } from "../domain/lawful-basis.ts";
import { personFacts } from "../domain/person-facts.ts";
import { newProfile, type Profile } from "../domain/profile.ts";
import { LEASE_JITTER_MS, SEND_LEASE_MS, type Send } from "../domain/send.ts";
import { ceilingFacts } from "./ceilings.ts";
import { sendKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { type AddressRecord, loadAddress } from "./records/address-record.ts";
import { readSend, type SendRecord } from "./records/send-record.ts";
import { loadState } from "./records/state.ts";
import { type Stops, stopStateOf } from "./stop-state.ts";

/**
 * Where a send is, and which version of it is to be delivered; `slotAt`: the rate slot it was given, when it waits for it
 * in the queue.
 */
export type Pointer = { id: string; profileId: string; version: number; slotAt?: Instant };

/** Everything a send is judged and written with. */
export type Loaded = {
  record: SendRecord;
  profile: Profile;
  addressRecord: AddressRecord | undefined;
  facts: GateFacts;
};

/** The facts the gates look at for one profile and purpose, with the address record they were read from. */
export async function factsOfProfile(
  ports: Ports,
  catalogue: Pick<Catalogue, "settings" | "campaigns">,
  { profile, purpose, campaign, stops }: { profile: Profile; purpose: Purpose; campaign: string; stops: Stops },
): Promise<{ facts: GateFacts; addressRecord: AddressRecord | undefined }> {
  const person = personFacts(profile, catalogue.settings, purpose);
  const [addressRecord, ceilings] = await Promise.all([
    person.email === undefined ? undefined : loadAddress(ports, person.email),
    ceilingFacts(ports, catalogue, campaign),
  ]);
  const { settings } = catalogue;
  const address = addressRecord?.address ?? NEW_ADDRESS;
  const { consents } = profile;
  const facts: GateFacts = {
    ...person,
    address,
    settings,
    mayTrackOpens: mayTrackOpens(settings, { purpose, consents, country: person.country, address }),
    campaignStatus: statusOf(catalogue, campaign),
    stop: stopStateOf(stops, campaign),
    ...ceilings,
  };
  return { facts, addressRecord };
}

/**
 * Reads one send and its facts (3 reads, and one per ceiling); `undefined` when the send is not there (any more), or when the
 * pointer is to an earlier state of it: whoever changed it put it where it belongs. Whose profile is gone is nobody, who has
 * no address: so the send comes to its end.
 */
export async function loadSend(
  ports: Ports,
  { catalogue, stops }: { catalogue: Catalogue; stops: Stops },
  pointer: Pointer,
): Promise<Loaded | undefined> {
  const [item, state] = await Promise.all([
    ports.table.get(sendKey(pointer.profileId, pointer.id)),
    loadState(ports, pointer.profileId),
  ]);
  if (item === undefined) return undefined;
  const record = readSend(item);
  if (record.version !== pointer.version) return undefined;
  const profile = state?.profile ?? nobody(pointer.profileId, record.send.intendedAt);
  const { purpose, campaign } = record.send;
  const [{ facts, addressRecord }, rivals] = await Promise.all([
    factsOfProfile(ports, catalogue, { profile, purpose, campaign, stops }),
    rivalsOf(ports, profile, record.send),
  ]);
  const address = { ...facts.address, waiting: [...facts.address.waiting, ...rivals] };
  return { record, profile, addressRecord, facts: { ...facts, address } };
}

const nobody = (profileId: string, at: Instant): Profile => newProfile(profileId, at, { counters: "", seq: 0 });

/**
 * More urgent sends of the same person that were intended lately and have not been claimed (1 read each, mostly of none). The
 * profile knows them from the very transaction that intended them.
 */
async function rivalsOf(
  { table, clock }: Ports,
  { id, urgentSends = [] }: Profile,
  send: Send,
): Promise<WaitingSend[]> {
  const urgent = urgentSends.filter((other) => other.id !== send.id && other.rank < PRIORITY_RANK[send.priority]);
  const now = clock.now();
  const items = urgent.length === 0 ? [] : await table.getMany(urgent.map((other) => sendKey(id, other.id)));
  return items.map(readSend).flatMap(({ send: rival, ledger, dueAt }) => {
    if (ledger.state !== "PENDING") return [];
    if (dueAt === undefined) return [];
    // What was handed out is due now; its due time is the end of that lease.
    const waitsFor = dueAt - now <= SEND_LEASE_MS + LEASE_JITTER_MS ? now : dueAt;
    return [{ sendId: rival.id, priority: rival.priority, dueAt: waitsFor }];
  });
}
