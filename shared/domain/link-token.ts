// Decides how links in mails are signed: nobody can make one for another person, another mail or another use.
import { contentHash, keyedHash } from "./hash.ts";
import type { Instant } from "./instant.ts";

/** What a link may be used for; a token of one is nothing to another. */
export type Audience = "unsubscribe" | "preferences" | "click";

/** What a link stands for. Every link is of one mail: the profile's, and the send that carried it. */
type OfMail = { profileId: string; sendId: string };
export type Links = {
  /** Only says no; never expires. */
  unsubscribe: OfMail & { purpose: string };
  /** Shows and changes what the person chose; `freshUntil`: until when it also downloads and erases, see fresh-link.ts. */
  preferences: OfMail & { expiresAt: Instant; freshUntil?: Instant };
  /** Leads to `url`, and nowhere else. `isTrap`: stands in the mail where no person sees it. */
  click: OfMail & { url: string; isTrap?: true };
};

/**
 * The secret `link` holds keys of at least 32 bytes, separated by blanks, newest first. The first signs, the first two are
 * live; older ones are good for saying no alone, which must work for ever.
 */
const LIVE_KEYS = 2;

/** `id` names a key without telling it. */
type LinkKey = { id: string; key: string };

/** The secret read last: mostly the same one is asked for again. */
let last: { secret: string; keys: LinkKey[] } = { secret: "", keys: [] };

function keysOf(secret: string): LinkKey[] {
  if (secret === last.secret) return last.keys;
  const texts = secret.split(/\s+/).filter((key) => key !== "");
  last = { secret, keys: texts.map((key) => ({ id: contentHash(`link key ${key}`).slice(0, 6), key })) };
  return last.keys;
}

/** Writes the token of a link: `<key id>.<payload>.<signature>`, fit to stand in a path. */
export function signLink<A extends Audience>(secret: string, audience: A, link: Links[A]): string {
  const { id, key } = keysOf(secret)[0] as LinkKey;
  const payload = toBase64Url(JSON.stringify(link));
  return `${id}.${payload}.${signature(key, audience, payload)}`;
}

/** Reads a token; `undefined` when we did not make it for this use, "expired" when its time is over. */
export function readLink<A extends Audience>(
  secret: string,
  audience: A,
  { token, now }: { token: string; now: Instant },
): Links[A] | "expired" | undefined {
  const [id, payload, signed, ...rest] = token.split(".");
  if (!id || !payload || !signed || rest.length > 0) return undefined;
  const keys = keysOf(secret);
  const live = audience === "unsubscribe" ? keys : keys.slice(0, LIVE_KEYS);
  const known = live.find((one) => one.id === id);
  if (known === undefined || !sameText(signed, signature(known.key, audience, payload))) return undefined;
  // What we signed we wrote.
  const link = JSON.parse(fromBase64Url(payload)) as Links[A];
  return "expiresAt" in link && link.expiresAt <= now ? "expired" : link;
}

const signature = (key: string, audience: Audience, payload: string) => keyedHash(key, `${audience}:${payload}`);

/** Compares in time that does not tell where the texts differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

function toBase64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
