// Decides how a word on consent is stored that no event brings: at once, with its proof, and where mail would go.
import { type Address, withOptIn, withOptOut, withPause } from "../domain/address.ts";
import { type Consent, type ConsentState, heard } from "../domain/consent.ts";
import { normalAddress } from "../domain/email-address.ts";
import type { Instant } from "../domain/instant.ts";
import { textTrait } from "../domain/trait.ts";
import { insist } from "./insist.ts";
import { addressKey, addressKeyOf, consentKey, profileKey, SCHEMA, sendKey } from "./keys.ts";
import type { Condition, Key, Ports, Write } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { proofOf } from "./records/consent-proof.ts";
import { readSend } from "./records/send-record.ts";
import { loadState, type State } from "./records/state.ts";

type Needed = Pick<Ports, "table" | "secrets" | "clock" | "ids">;

/** Whether the state is another one now; `undefined`: there is no such profile (any more). */
export type ConsentOutcome = "changed" | "unchanged" | undefined;

/** Who speaks: a profile, and the mail whose link was used. */
export type OfMail = { profileId: string; sendId: string };
export type Word = { purpose: string; state: ConsentState; how?: string; wording?: string };

/**
 * Stores one more word on consent, if it outweighs what was said before, and its proof in the same transaction; the addresses
 * are left alone. Cost: 1 query, and 2 writes and a check where something changes.
 */
export function changeConsent(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  profileId: string,
  said: Consent,
): Promise<ConsentOutcome> {
  return insist(ports, profileId, async () => {
    const state = await loadState(ports, profileId);
    if (state === undefined) return undefined;
    const before = state.profile.consents[said.purpose];
    const after = heard(before, said);
    if (after === before) return "unchanged";
    await ports.table.transact(writesOf(state, { before, after }));
    return after.state === before?.state ? "unchanged" : "changed";
  });
}

function writesOf({ profile, versions }: State, { before, after }: { before: Consent | undefined; after: Consent }) {
  const guard = ({ sk }: Key): Condition =>
    versions.has(sk) ? { version: versions.get(sk) as number } : { absent: true };
  const key = consentKey(profile.id, after.purpose);
  const own = profileKey(profile.id);
  const writes: Write[] = [
    { put: { ...key, schema: SCHEMA, version: (versions.get(key.sk) ?? 0) + 1, consent: after }, if: guard(key) },
    // Nothing is written of somebody who was erased meanwhile.
    { check: own, if: guard(own) },
  ];
  return [...writes, ...proofOf(profile.id, { before, after })];
}

/**
 * Stores what a person chose by a link of one of their mails, and what it means for the address that mail went to and the one
 * they have now: a no closes them, a yes opens them as far as an earlier no or a pause closed them. All of it counts when this
 * returns, and repeats change nothing. Also closes the address of a mail whose profile is gone.
 */
export async function consentByPerson(
  ports: Needed,
  of: OfMail,
  { purpose, state, how, wording }: Word,
): Promise<ConsentOutcome> {
  const stored = (await loadState(ports, of.profileId))?.profile.consents[purpose];
  const consent: Consent = {
    ...{
      purpose,
      channel: "email",
      state,
      at: actedAt(ports, stored, state),
      by: `person/${of.sendId}`,
      actor: "person",
    },
    ...(how !== undefined && { how }),
    ...(wording !== undefined && { wording }),
  };
  if (state === "denied") return deny(ports, consent, of);
  // The consent first: only then is there something to open the address for.
  const outcome = await changeConsent(ports, of.profileId, consent);
  // Somebody who was erased meanwhile agrees to nothing.
  if (outcome === undefined) return undefined;
  await changeAddresses(ports, await addressesOfPerson(ports, of), (address) =>
    withPause(withOptIn(address, purpose, consent.at), purpose, undefined),
  );
  return outcome;
}

/** Who acts on what is shown to them acts later than it was said, whatever the clocks of two machines say. */
function actedAt({ clock }: Needed, stored: Consent | undefined, state: ConsentState): Instant {
  const now = clock.now();
  return stored === undefined || stored.state === state ? now : Math.max(now, stored.at + 1);
}

/** Stores a no told to the company on other ways, such as a letter, and closes the address; or a yes, which opens nothing. */
export async function consentByCompany(ports: Needed, profileId: string, consent: Consent): Promise<ConsentOutcome> {
  return consent.state === "denied" ? deny(ports, consent, { profileId }) : changeConsent(ports, profileId, consent);
}

/**
 * The addresses first, so that no claim under way comes after the answer; then the consent, and once more the address: one that
 * was taken in between was taken by somebody whose no nobody knew of yet.
 */
async function deny(
  ports: Needed,
  consent: Consent,
  of: { profileId: string; sendId?: string },
): Promise<ConsentOutcome> {
  const close = (address: Address) => withOptOut(address, consent.purpose, consent.at);
  await changeAddresses(ports, await addressesOfPerson(ports, of), close);
  const outcome = await changeConsent(ports, of.profileId, consent);
  await changeAddresses(ports, await addressesOfPerson(ports, { profileId: of.profileId }), close);
  return outcome;
}

async function changeAddresses(ports: Needed, keys: Key[], change: (address: Address) => Address): Promise<void> {
  for (const key of keys) await changeAddress(ports, key, change);
}

/** The address a mail went to, if it left, and the one its profile has now. */
export async function addressesOfPerson(
  ports: Pick<Ports, "table" | "secrets">,
  { profileId, sendId }: { profileId: string; sendId?: string },
): Promise<Key[]> {
  const [send, state] = await Promise.all([
    sendId === undefined ? undefined : ports.table.get(sendKey(profileId, sendId)),
    loadState(ports, profileId),
  ]);
  const email = normalAddress((state && textTrait(state.profile.traits, "email")) ?? "");
  const current = email && addressKey(await ports.secrets.get("identity"), email).pk;
  const claimed = send && readSend(send).ledger.address;
  return [...new Set([claimed, current])].flatMap((pk) => (pk ? [addressKeyOf(pk)] : []));
}
