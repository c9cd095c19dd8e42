// Decides which facts of an erased person count: none, until they come back by an act of their own; never older ones. Nor do
// those that would bring their address back under another name.
import type { Catalogue } from "../../domain/catalogue.ts";
import { consentsIn } from "../../domain/consent.ts";
import { normalAddress } from "../../domain/email-address.ts";
import type { Event, Identity } from "../../domain/event.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Settings } from "../../domain/settings.ts";
import { textTrait } from "../../domain/trait.ts";
import type { ProfileInput } from "../decided-inputs.ts";
import { type Resolved, resolveAnew } from "../identity.ts";
import type { Ports, Write } from "../ports.ts";
import { type AddressRecord, loadAddress } from "../records/address-record.ts";
import { loadState, readState, type State } from "../records/state.ts";

/**
 * Whose inputs these are, what is stored of them, and which count; `claim` begins a profile. `addresses`: those that they bring,
 * as they were read.
 */
export type Whose = {
  profileId: string;
  stored: State | undefined;
  claim?: Write;
  inputs: ProfileInput[];
  addresses: ReadonlyMap<string, AddressRecord>;
};

/** A known profile, or whoever the identity belongs to. */
type Named = { profileId: string } | { identity: Identity; resolve: () => Promise<Resolved> };

type Shell = { ports: Ports; catalogue: Pick<Catalogue, "settings"> };

/** Reads who is meant. Message ids of what is left out, because its person was erased, are added to `erased`. */
export async function whoseInputs(
  shell: Shell,
  work: Named,
  { inputs, erased }: { inputs: ProfileInput[]; erased: Set<string> },
): Promise<Whose> {
  const { ports, catalogue } = shell;
  if (!("resolve" in work)) {
    const stored = await loadState(ports, work.profileId);
    return { profileId: work.profileId, stored, inputs, addresses: new Map() };
  }
  const resolved = await work.resolve();
  const found = await readState(ports, resolved.profileId);
  const isErased = found !== undefined && !("profile" in found);
  const since = isErased ? found.erasedAt : resolved.since;
  const stored = isErased ? undefined : found;
  const returns = ({ event }: ProfileInput) => isReturn(event, since ?? 0, catalogue.settings.consent);
  const newer = since === undefined ? inputs : inputs.filter(({ event }) => event.occurredAt > since);
  const theirs = isErased ? startingWith(newer, returns) : newer;
  const admitted = await withoutErasedAddresses(shell, theirs, { identity: work.identity, stored });
  // The act that brings somebody back must be among what is left.
  const counted = isErased ? startingWith(admitted.inputs, returns) : admitted.inputs;
  for (const { messageId } of inputs)
    if (!counted.some((input) => input.messageId === messageId)) erased.add(messageId);
  const whose = { stored, inputs: counted, addresses: admitted.addresses };
  if (!isErased || since === undefined || counted.length === 0) return { ...resolved, ...whose };
  return { ...(await resolveAnew(ports, work.identity, since)), ...whose };
}

/** The inputs from the first one on of which that is true. */
function startingWith(inputs: ProfileInput[], isFirst: (input: ProfileInput) => boolean): ProfileInput[] {
  const first = inputs.findIndex(isFirst);
  return first === -1 ? [] : inputs.slice(first);
}

/**
 * Without what would give the profile an address whose person was erased: no system brings them back under another name. Whoever
 * has the address already keeps it, and a person's own yes by a form, since the erasure, opens it. Cost: 1 read unit for each
 * address that the profile has not got, which is not read again for the write.
 */
async function withoutErasedAddresses(
  { ports, catalogue }: Shell,
  inputs: ProfileInput[],
  { identity, stored }: { identity: Identity; stored: State | undefined },
): Promise<Pick<Whose, "inputs" | "addresses">> {
  const addresses = new Map<string, AddressRecord>();
  const has = new Set([stored && normalAddress(textTrait(stored.profile.traits, "email") ?? "")]);
  const names = stored === undefined && identity.kind === "email" ? [identity.value] : [];
  const kept: ProfileInput[] = [];
  for (const input of inputs) {
    const said = input.event.traits?.["email"];
    const texts = [...names, ...(typeof said === "string" ? [said] : [])];
    const brought = new Set(texts.flatMap((text) => normalAddress(text) ?? []).filter((email) => !has.has(email)));
    let isBarred = false;
    for (const email of brought) {
      const record = addresses.get(email) ?? (await loadAddress(ports, email));
      addresses.set(email, record);
      const erasedAt = record.address.suppressions.erasure;
      isBarred ||= erasedAt !== undefined && !isReturn(input.event, erasedAt, catalogue.settings.consent);
    }
    if (isBarred) continue;
    for (const email of brought) has.add(email);
    kept.push(input);
  }
  return { inputs: kept, addresses };
}

/**
 * A person's own yes by a form, said and accepted after the erasure. What a system says about them, and what is only now told
 * of earlier times, brings nobody back.
 */
function isReturn(event: Event, erasedAt: Instant, policy: Settings["consent"]): boolean {
  if (event.late || event.occurredAt <= erasedAt) return false;
  return consentsIn(event, event.id, policy).some(
    ({ actor, state, at }) => actor === "person" && state === "granted" && at > erasedAt,
  );
}
