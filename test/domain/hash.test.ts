// Guarantees of hashes: the same on every machine, keyed where they must not be guessed, evenly spread where they shard.
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contentHash, keyedHash, shardOf } from "../../shared/domain/hash.ts";

/** The first 120 bits, five at a time, by an independent way. */
function base32Of(bytes: Buffer): string {
  const bits = [...bytes]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, 120);
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => "0123456789abcdefghjkmnpqrstvwxyz"[Number.parseInt(five, 2)])
    .join("");
}

test("a content hash is SHA-256, and a keyed hash HMAC-SHA-256, of the UTF-8 text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ minLength: 1 }), (text, key) => {
      expect(contentHash(text)).toBe(base32Of(createHash("sha256").update(text).digest()));
      expect(keyedHash(key, text)).toBe(base32Of(createHmac("sha256", key).update(text).digest()));
    }),
  );
});

test("a hash never changes, because keys and send ids rest on it", () => {
  expect(contentHash("")).toBe("werc8gmrzge196qvyk49jvxs");
});

test("another key gives another hash", () => {
  expect(keyedHash("a", "zoe@example.com")).not.toBe(keyedHash("b", "zoe@example.com"));
});

test("shards are filled evenly", () => {
  const counts = Array.from({ length: 8 }, () => 0);
  for (let n = 0; n < 8_000; n++) counts[shardOf(`profile-${n}`, 8)] = (counts[shardOf(`profile-${n}`, 8)] ?? 0) + 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
