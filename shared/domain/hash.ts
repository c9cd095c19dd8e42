// Decides how content and names become short opaque keys: SHA-256 for content, HMAC-SHA-256 for what must not be guessed.
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Base 32 (Crockford's letters, lower case) of the first `bits` bits. */
function base32(bytes: Uint8Array, bits: number): string {
  let text = "";
  let buffer = 0;
  let held = 0;
  for (let index = 0; text.length * 5 < bits; index++) {
    buffer = ((buffer << 8) | (bytes[index] as number)) & 0xffff;
    held += 8;
    while (held >= 5 && text.length * 5 < bits) {
      held -= 5;
      text += ALPHABET[(buffer >> held) & 31];
    }
  }
  return text;
}

/** A 120-bit content hash, 24 letters and digits: equal content, equal hash, on every machine. */
export function contentHash(text: string): string {
  return base32(sha256(utf8ToBytes(text)), 120);
}

/** A 120-bit keyed hash: nobody without the key can tell which value it stands for. */
export function keyedHash(key: string, text: string): string {
  return base32(keyed(key).clone().update(utf8ToBytes(text)).digest(), 120);
}

/** What hashing is under a key before it has seen a text; there are two keys or three. */
function keyed(key: string): ReturnType<typeof hmac.create> {
  const known = begun.get(key);
  if (known !== undefined) return known;
  if (begun.size >= 8) begun.clear();
  const fresh = hmac.create(sha256, utf8ToBytes(key));
  begun.set(key, fresh);
  return fresh;
}

const begun = new Map<string, ReturnType<typeof hmac.create>>();

/** A small number from a text, evenly spread: which of `shards` parts it belongs to. */
export function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 15;
  return (Math.imul(hash, 0x2c1b3c6d) >>> 0) % shards;
}
