// Decides which messages that cannot be applied are put aside for somebody to look at: all but those of the erased.
import { normalAddress } from "../domain/email-address.ts";
import type { Identity } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import { holdersAt } from "./erasure/holders.ts";
import { addressKey, identityKey, profileKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { loadAddressAt } from "./records/address-record.ts";
import { readTombstone } from "./records/tombstone.ts";

type Reading = Pick<Ports, "table" | "secrets">;

/** A message as it is kept; `names`: how it names whom it is of, and addresses in it. */
export type Rejected = { body: Json; names: Identity[]; addresses: string[] };

/** Puts messages aside, durably. Those of somebody who was erased are dropped and counted. Cost: 2 read units a message. */
export async function putAside(
  ports: Reading & Pick<Ports, "queues" | "log">,
  rejected: readonly Rejected[],
): Promise<void> {
  const kept: { body: Json }[] = [];
  for (const one of rejected) if (!(await isOfErased(ports, one))) kept.push({ body: one.body });
  if (kept.length > 0) await ports.queues.rejected.send(kept);
  const erased = rejected.length - kept.length;
  if (erased > 0) ports.log.info("facts of the erased dropped", { count: erased });
}

/** Whom a message names first says whose it is; of the living, and where nobody knows that one, an address in it tells. */
async function isOfErased(ports: Reading, { names, addresses }: Rejected): Promise<boolean> {
  const secret = await ports.secrets.get("identity");
  for (const name of names) {
    const known = await ports.table.get(identityKey(secret, name));
    if (known === undefined) continue;
    const own = await ports.table.get(profileKey(known["profileId"] as string));
    if (own !== undefined && readTombstone(own) !== undefined) return true;
    break;
  }
  for (const email of addresses.flatMap((text) => normalAddress(text) ?? [])) {
    const key = addressKey(secret, email);
    const { suppressions } = (await loadAddressAt(ports, key)).address;
    if (suppressions.erasure !== undefined && (await holdersAt(ports, key.pk)).length === 0) return true;
  }
  return false;
}

/** How a message of the bus names its person, however wrong the rest of it is. */
export function namedIn(body: unknown): Pick<Rejected, "names" | "addresses"> {
  const detail = fieldOf(body, "detail");
  const names = (["userId", "anonymousId"] as const).flatMap((kind): Identity[] => {
    const value = fieldOf(detail, kind);
    return typeof value === "string" || typeof value === "number" ? [{ kind, value: String(value) }] : [];
  });
  const emails = [fieldOf(detail, "email"), fieldOf(fieldOf(detail, "traits"), "email")].filter(isText);
  const named = emails.map((text): Identity => ({ kind: "email", value: normalAddress(text) ?? "" }));
  return { names: [...names, ...named.slice(0, 1)], addresses: emails };
}

/** Where the mail went that a message of the provider is about. */
export function destinationsIn(body: unknown): Pick<Rejected, "names" | "addresses"> {
  const to = fieldOf(fieldOf(eventIn(body), "mail"), "destination");
  return { names: [], addresses: Array.isArray(to) ? to.filter(isText).slice(0, MOST_DESTINATIONS) : [] };
}

const MOST_DESTINATIONS = 10;

/** SNS wraps events as text. */
function eventIn(body: unknown): unknown {
  const text = fieldOf(body, "Message");
  if (!isText(text)) return body;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
