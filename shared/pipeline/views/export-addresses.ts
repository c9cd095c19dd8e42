// Decides what a person gets to know of their addresses: of the one they have and of those they had, unless it is another's now.
import type { Address } from "../../domain/address.ts";
import { normalAddress } from "../../domain/email-address.ts";
import { iso } from "../../domain/instant.ts";
import { textTrait } from "../../domain/trait.ts";
import { holdersAt } from "../erasure/holders.ts";
import { addressKey, addressKeyOf } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { loadAddressAt } from "../records/address-record.ts";
import type { Story } from "./explain-story.ts";

type Known = Pick<Story, "profile" | "events" | "sends">;

/** `email`: absent of one that only mails tell of, by its hash. `pk`: its partition. */
type OwnAddress = { pk: string; email?: string; isCurrent: boolean };

/** The address the person has first, then those that events brought or mails went to, and that nobody else has now. */
export async function addressesOf(ports: Ports, { profile, events, sends }: Known): Promise<OwnAddress[]> {
  const secret = await ports.secrets.get("identity");
  const current = normalAddress(textTrait(profile.traits, "email") ?? "");
  const named = profile.identities.flatMap((name) => (name.startsWith("email:") ? [name.slice("email:".length)] : []));
  const said = events.flatMap(({ traits }) => (typeof traits?.["email"] === "string" ? [traits["email"]] : []));
  const earlier = [...named, ...said].flatMap((text) => normalAddress(text) ?? []);
  const found = new Map<string, OwnAddress>();
  for (const email of [...(current === undefined ? [] : [current]), ...earlier]) {
    const { pk } = addressKey(secret, email);
    if (!found.has(pk)) found.set(pk, { pk, email, isCurrent: email === current });
  }
  for (const { ledger } of sends)
    for (const pk of [ledger.address, ledger.waitsAt])
      if (pk !== undefined && !found.has(pk)) found.set(pk, { pk, isCurrent: false });
  const own: OwnAddress[] = [];
  for (const one of found.values())
    if (one.isCurrent || (await isNobodyElses(ports, one.pk, profile.id))) own.push(one);
  return own;
}

async function isNobodyElses(ports: Ports, pk: string, profileId: string): Promise<boolean> {
  return (await holdersAt(ports, pk)).every((holder) => holder === profileId);
}

/** What is kept at one of them; of bounces those of the person's own mails. */
export async function addressView(ports: Ports, { pk, email }: OwnAddress, { sends }: Pick<Story, "sends">) {
  const { address } = await loadAddressAt(ports, addressKeyOf(pk));
  const mails = new Set(sends.map(({ send }) => send.id));
  const { softBounces, ...rest } = address;
  const bounced = softBounces.filter(({ sendId }) => mails.has(sendId));
  return {
    ...(email !== undefined && { email }),
    ...stateOf(rest),
    ...(bounced.length > 0 && { softBounces: bounced.map(({ sendId, at }) => ({ mail: sendId, at: iso(at) })) }),
  };
}

/** Others may read there too: how often mail went there is told by the person's own mails. */
function stateOf({ suppressions, optOuts, pauses, deliveredAt, lastActAt }: Omit<Address, "softBounces">) {
  const instants = (of: Record<string, number>) =>
    Object.fromEntries(Object.entries(of).map(([name, at]) => [name, iso(at)]));
  return {
    closedFor: instants(suppressions),
    saidNoTo: instants(optOuts),
    pausedUntil: instants(pauses),
    ...(deliveredAt !== undefined && { lastDeliveryAt: iso(deliveredAt) }),
    ...(lastActAt !== undefined && { lastReadAt: iso(lastActAt) }),
  };
}
