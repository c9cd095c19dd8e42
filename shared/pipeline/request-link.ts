// Decides what happens when somebody asks for the link to their page: who is known gets it by mail, and nobody else can tell.
import { OWN_SOURCE } from "../domain/deciding.ts";
import { normalAddress } from "../domain/email-address.ts";
import { LINK_REQUESTED } from "../domain/fresh-link.ts";
import { HOUR_MS, iso, SECOND_MS } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Profile } from "../domain/profile.ts";
import { textTrait } from "../domain/trait.ts";
import { holdersAt } from "./erasure/holders.ts";
import { ConditionFailed } from "./faults.ts";
import { addressKey, askedKey, profileKey, SCHEMA } from "./keys.ts";
import type { BusEntry, Ports } from "./ports.ts";
import { readProfile } from "./records/profile-record.ts";
import { readTombstone } from "./records/tombstone.ts";

/** Source of the event that a campaign answers with the link. */
const SOURCE = "preference-centre";

/** Several people may share an address; each of so many gets a link of their own. */
const MOST_HOLDERS = 5;

const BY_ADDRESS = "email:";

type Named = Pick<Profile, "identities" | "traits">;

/**
 * Asks for the link on behalf of whoever has the address, once an hour. Answers only whether the text is an address: known and
 * unknown ones cost the same work, 1 query, 1 read, 1 write and 1 call of the bus.
 */
export async function requestLink(ports: Ports, text: string): Promise<boolean> {
  const email = normalAddress(text);
  if (email === undefined) return false;
  const { pk } = addressKey(await ports.secrets.get("identity"), email);
  await request(ports, pk, await holdersAt(ports, pk));
  return true;
}

/**
 * Asks for a fresh link on behalf of somebody known, at the address they have now; the same once an hour. Others who share the
 * address get one each, too: this was the one request of that hour. `false`: it was asked for in this hour already.
 */
export async function requestFreshLink(ports: Ports, of: { profileId: string; addressPk: string }): Promise<boolean> {
  const holders = await holdersAt(ports, of.addressPk);
  return request(ports, of.addressPk, [of.profileId, ...holders.filter((holder) => holder !== of.profileId)]);
}

async function request(ports: Ports, pk: string, allHolders: string[]): Promise<boolean> {
  const holders = allHolders.slice(0, MOST_HOLDERS);
  // Of an unknown address something is read, too, that is never there.
  const items = await ports.table.getMany((holders.length === 0 ? [pk] : holders).map(profileKey));
  const isFirst = await noteAsked(ports, pk);
  const people = isFirst ? items.filter((item) => readTombstone(item) === undefined).map(readProfile) : [];
  const requests = people.flatMap((profile) => requestOf(ports, profile) ?? []);
  const { failed } = await ports.bus.publish(requests.length === 0 ? [notice(ports)] : requests);
  if (failed.length > 0) ports.log.warn("requests for a link not published", { count: failed.length });
  return isFirst;
}

/** Whether this is the first time in this hour. */
async function noteAsked({ table, clock }: Ports, addressPk: string): Promise<boolean> {
  const hour = Math.floor(clock.now() / HOUR_MS);
  const expiresAt = ((hour + 1) * HOUR_MS) / SECOND_MS;
  try {
    const put = { ...askedKey(addressPk, iso(hour * HOUR_MS).slice(0, 13)), schema: SCHEMA, expiresAt };
    await table.write({ put, if: { absent: true } });
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/**
 * An event of the person, named as a source names them ("kind:value"). An address that names somebody would become theirs again,
 * also one that they have left: where there is no other name, the one they have now is said beside it.
 */
function requestOf({ ids, clock }: Ports, { identities, traits }: Named): BusEntry | undefined {
  const identity = identities.find((one) => !one.startsWith(BY_ADDRESS)) ?? identities[0];
  if (identity === undefined) return undefined;
  const colon = identity.indexOf(":");
  const named: JsonObject = { [identity.slice(0, colon)]: identity.slice(colon + 1), id: ids.next() };
  const email = textTrait(traits, "email");
  const isKept = identity.startsWith(BY_ADDRESS) && email !== undefined;
  const detail = { ...named, ...(isKept && { traits: { email } }) };
  return { source: SOURCE, type: LINK_REQUESTED, at: clock.now(), detail };
}

/** Of nobody: no rule takes it, but it costs what the other one costs. */
function notice({ ids, clock }: Ports): BusEntry {
  return { source: OWN_SOURCE, type: LINK_REQUESTED, at: clock.now(), detail: { id: ids.next() } };
}
