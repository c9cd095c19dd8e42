// Decides what is known of an e-mail address, whoever it belongs to: suppressions, opt-outs, recent marketing claims.
import type { Instant } from "./instant.ts";

export type SuppressionReason = "bounce" | "complaint" | "unsubscribe-all";

export type Address = {
  /** Writes so far; 0 for an address that is not stored yet. */
  version: number;
  suppressions: Partial<Record<SuppressionReason, Instant>>;
  /** Purpose → when the person said no. */
  optOuts: Record<string, Instant>;
  /** The most recent marketing claims, oldest first: what frequency caps count. */
  claims: { at: Instant; sendId: string }[];
};

export const NEW_ADDRESS: Address = { version: 0, suppressions: {}, optOuts: {}, claims: [] };

const MAX_CLAIMS = 50;

/** One spelling per mailbox: trimmed, lower case. `undefined` when the text is no address mail can go to. */
export function normalAddress(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  return /^[^\s@<>(),;:"\\[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(address) && !/\.\.|^\.|\.@/.test(address)
    ? address
    : undefined;
}

/** The address after a marketing send was claimed. */
export function withClaim(address: Address, claim: { at: Instant; sendId: string }): Address {
  return { ...address, claims: [...address.claims, claim].slice(-MAX_CLAIMS) };
}

/** The address after one claim was given back because nothing was sent; a later claim of the same send stays. */
export function withoutClaim(address: Address, given: Address["claims"][number]): Address {
  const claims = address.claims.filter(({ sendId, at }) => sendId !== given.sendId || at !== given.at);
  return claims.length === address.claims.length ? address : { ...address, claims };
}

/** The address after somebody said no to purposes; an earlier no stays as it is. */
export function withOptOuts(address: Address, purposes: readonly string[], at: Instant): Address {
  const added = purposes.filter((purpose) => address.optOuts[purpose] === undefined);
  if (added.length === 0) return address;
  return { ...address, optOuts: { ...address.optOuts, ...Object.fromEntries(added.map((purpose) => [purpose, at])) } };
}
