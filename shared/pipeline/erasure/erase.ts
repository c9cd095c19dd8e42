// Decides how a person is erased: a tombstone in the profile's place and the address closed, at once and together; a job
// then takes away everything else.
import { withErasure } from "../../domain/address.ts";
import { normalAddress } from "../../domain/email-address.ts";
import type { Identity } from "../../domain/event.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Profile } from "../../domain/profile.ts";
import { textTrait } from "../../domain/trait.ts";
import { auditWrite } from "../audit.ts";
import { allNamed } from "../identity.ts";
import { insist } from "../insist.ts";
import type { ErasureParams } from "../jobs/erasure-params.ts";
import { jobWrite, newJob } from "../jobs/job-record.ts";
import { addressKey, addressKeyOf, emailIdentityKey, erasureJobId, holderKey, identityKey, SCHEMA } from "../keys.ts";
import type { ErasedBy, Erasure, Ports, Write } from "../ports.ts";
import { addressWrite, changeAddress, loadAddressAt } from "../records/address-record.ts";
import { readState, type State } from "../records/state.ts";
import { tombstoneItem } from "../records/tombstone.ts";
import { isShared } from "./close-erased.ts";
import { formerHoldersOf } from "./holders.ts";

/** `jobId`: of the job that takes away the rest; `wasErased`: nothing was left to be done. */
export type Erased = { profileId: string; erasedAt: Instant; jobId: string; wasErased: boolean };

type Erasing = Pick<Ports, "table" | "secrets" | "clock" | "ids">;

/**
 * Erases a person. When this returns no fact, wake-up or mail of theirs goes on, and their address is closed; the job does the
 * rest within minutes, whatever happens to this process. Repeats change nothing. `undefined`: there is no such profile, or there
 * is a reason not to (`unless`), which is looked for anew whenever the profile has changed meanwhile.
 */
export function erasePerson(
  ports: Erasing,
  profileId: string,
  { by, unless }: { by: ErasedBy; unless?: () => Promise<boolean> },
): Promise<Erased | undefined> {
  return insist(ports, profileId, async () => {
    const found = await readState(ports, profileId);
    if (found === undefined) return undefined;
    const jobId = erasureJobId(profileId);
    if (!("profile" in found)) return { profileId, erasedAt: found.erasedAt, jobId, wasErased: true };
    if (await unless?.()) return undefined;
    const known = await erasureOf(ports, found.profile, by);
    const { identities, claims } = await claimAddresses(ports, profileId, known.addresses);
    const erasure = { ...known, identities: [...new Set([...known.identities, ...identities])] };
    const writes = await erasureWrites(ports, erasure, found);
    // Whoever shares an address and is erased next must not find this person there.
    const left = known.addresses.map((pk): Write => ({ delete: holderKey(pk, profileId) }));
    await ports.table.transact([...writes, ...left, ...claims, ...actWrites(ports, erasure)]);
    return { profileId, erasedAt: erasure.erasedAt, jobId, wasErased: false };
  });
}

/** What nobody of the company asked for is written into the audit with the erasure itself. */
function actWrites(ports: Erasing, { profileId, by }: Erasure): Write[] {
  if (by === "operator") return [];
  const principal = by === "person" ? "person" : "relance";
  return [auditWrite(ports, { principal, action: "person.erase", subject: { profile: profileId } })];
}

/** What stays: keyed hashes of how sources named the person, and of where mail could go. */
async function erasureOf(ports: Erasing, { id, identities, traits }: Profile, by: ErasedBy): Promise<Erasure> {
  const secret = await ports.secrets.get("identity");
  const named = identities.map(identityIn);
  const emails = [
    textTrait(traits, "email"),
    ...named.filter(({ kind }) => kind === "email").map(({ value }) => value),
  ].flatMap((text) => normalAddress(text ?? "") ?? []);
  return {
    profileId: id,
    erasedAt: ports.clock.now(),
    by,
    identities: named.map((identity) => identityKey(secret, identity).pk),
    addresses: [...new Set(emails.map((email) => addressKey(secret, email).pk))],
  };
}

/**
 * What names the person by one of these addresses leads to the tombstone from now on, as far as it leads to nobody else:
 * `identities` are those that do, `claims` what is to be written for it.
 */
export async function claimAddresses(
  { table }: Pick<Ports, "table">,
  profileId: string,
  addresses: readonly string[],
): Promise<{ identities: string[]; claims: Write[] }> {
  const keys = addresses.map(emailIdentityKey);
  const items = await Promise.all(keys.map((key) => table.get(key)));
  const free = keys.filter((_, n) => items[n] === undefined);
  const own = keys.filter((_, n) => items[n]?.["profileId"] === profileId);
  return {
    identities: [...free, ...own].map(({ pk }) => pk),
    claims: free.map((key) => ({ put: { ...key, schema: SCHEMA, version: 1, profileId }, if: { absent: true } })),
  };
}

/** "kind:value". */
function identityIn(text: string): Identity {
  const colon = text.indexOf(":");
  return { kind: text.slice(0, colon) as Identity["kind"], value: text.slice(colon + 1) };
}

/** All or nothing: whoever read the profile before cannot write any more, and a claim for the address fails on its version. */
export async function erasureWrites(
  ports: Pick<Ports, "table" | "clock">,
  erasure: Erasure,
  state: State | undefined,
): Promise<Write[]> {
  const { profileId, erasedAt, addresses } = erasure;
  const version = state?.profile.version ?? 0;
  const params: ErasureParams = { profileId, segments: Object.keys(state?.profile.memberships ?? {}), round: 1 };
  const job = newJob(
    { id: erasureJobId(profileId), kind: "erasure", params },
    { createdAt: ports.clock.now(), startsAt: ports.clock.now() },
  );
  const writes: Write[] = [
    {
      put: tombstoneItem(erasure, version + 1),
      if: version === 0 ? { absent: true } : { version },
    },
    jobWrite(job),
  ];
  for (const pk of addresses) {
    const record = await loadAddressAt(ports, addressKeyOf(pk));
    const closed = withErasure(record.address, erasedAt, { isShared: await isShared(ports, pk, erasure) });
    if (closed !== record.address) writes.push(addressWrite(record, closed));
  }
  return writes;
}

/**
 * Erases whoever has an address, or has had it, and closes it for good, known or not. Answers how many profiles that was;
 * `undefined` when the text is no address mail can go to.
 */
export async function eraseAddress(
  ports: Erasing & Pick<Ports, "erasures">,
  text: string,
  { by }: { by: ErasedBy },
): Promise<Erased[] | undefined> {
  const email = normalAddress(text);
  if (email === undefined) return undefined;
  const key = addressKey(await ports.secrets.get("identity"), email);
  const at = ports.clock.now();
  // First, so that what was answered is known whatever the table is restored to; the people are noted by their jobs.
  await ports.erasures.note({ address: key.pk, erasedAt: at, by });
  await changeAddress(ports, key, (address) => withErasure(address, at, { isShared: false }));
  const ids = new Set([...(await allNamed(ports, text)), ...(await formerHoldersOf(ports, text))]);
  const erased: Erased[] = [];
  for (const id of ids) {
    const one = await erasePerson(ports, id, { by });
    if (one !== undefined) erased.push(one);
  }
  return erased;
}
