// Decides who has an address, or an identity: where the table keeps the way from what sources say to opaque ids.
import { normalAddress } from "../../domain/email-address.ts";
import { addressKey, HOLDER } from "../keys.ts";
import { itemsOfRange } from "../pages.ts";
import type { Item, Ports } from "../ports.ts";

/** Says of a holder that they have another address by now, or none. */
export const FORMER = { former: true } as const;

/** The profiles that have an address now, by its partition (1 read unit for some dozens). */
export async function holdersAt(ports: Pick<Ports, "table">, addressPk: string): Promise<string[]> {
  return (await notedAt(ports, addressPk)).holders;
}

/** Those that have it now, and those that had it before and live. */
export async function notedAt(
  { table }: Pick<Ports, "table">,
  addressPk: string,
): Promise<{ holders: string[]; former: string[] }> {
  const items: Item[] = [];
  for await (const page of itemsOfRange(table, { pk: addressPk, prefix: HOLDER })) items.push(...page);
  const idsOf = (isFormer: boolean) =>
    items.filter((item) => isFormerHolder(item) === isFormer).map(({ sk }) => sk.slice(HOLDER.length));
  return { holders: idsOf(false), former: idsOf(true) };
}

const isFormerHolder = (item: Item): boolean => item["former"] === true;

/** The same by the address itself; nobody has a text that is none. */
export async function holdersOf(ports: Pick<Ports, "table" | "secrets">, text: string): Promise<string[]> {
  const email = normalAddress(text);
  return email === undefined ? [] : holdersAt(ports, addressKey(await ports.secrets.get("identity"), email).pk);
}

/** Who had the address before; nobody where the text is none. */
export async function formerHoldersOf(ports: Pick<Ports, "table" | "secrets">, text: string): Promise<string[]> {
  const email = normalAddress(text);
  if (email === undefined) return [];
  return (await notedAt(ports, addressKey(await ports.secrets.get("identity"), email).pk)).former;
}
