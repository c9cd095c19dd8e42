// Decides how links in mails are signed: nobody can make one for another person or another purpose.
import { keyedHash } from "./hash.ts";

/** What an unsubscribe link stands for; it never expires. */
export type UnsubscribeLink = { profileId: string; sendId: string; purpose: string };

const AUDIENCE = "unsubscribe";

/** The token of an unsubscribe link. */
export function unsubscribeToken(key: string, { profileId, sendId, purpose }: UnsubscribeLink): string {
  const body = [profileId, sendId, purpose].join(".");
  return `${body}.${keyedHash(key, `${AUDIENCE}:${body}`)}`;
}

/** Reads a token; `undefined` when it was not made by us for this. */
export function readUnsubscribeToken(key: string, token: string): UnsubscribeLink | undefined {
  const parts = token.split(".");
  const [profileId, sendId, purpose, signature] = parts;
  if (parts.length !== 4 || !profileId || !sendId || !purpose || !signature) return undefined;
  const expected = keyedHash(key, `${AUDIENCE}:${[profileId, sendId, purpose].join(".")}`);
  return sameText(signature, expected) ? { profileId, sendId, purpose } : undefined;
}

/** Compares in time that does not tell where the texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
