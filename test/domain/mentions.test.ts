// Guarantees about finding a person in stored messages by hashes alone: in any field, spelling and wrapping, and nobody else.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyedHash } from "../../shared/domain/hash.ts";
import type { Json } from "../../shared/domain/json.ts";
import { finderOf, type Wanted } from "../../shared/domain/mentions.ts";

const SECRET = "secret-of-tests-0123456789abcdef";
const UNTIL = 1_000;
const ANNA: Wanted = {
  secret: SECRET,
  profileIds: new Map([["3zr57ff1psbt4d25", UNTIL]]),
  addresses: new Map([[keyedHash(SECRET, "email:anna@example.com"), UNTIL]]),
  names: new Map([["userId", new Map(["userId:u-1", "userId:42"].map((name) => [keyedHash(SECRET, name), UNTIL]))]]),
};

const mentions = (body: Json, acceptedAt = UNTIL) => finderOf(ANNA)(body, acceptedAt);

describe("finderOf", () => {
  test.each<[string, Json]>([
    ["the opaque id anywhere", { send: { profileId: "3zr57ff1psbt4d25" } }],
    ["the opaque id within a text", { job: "erasure#3zr57ff1psbt4d25" }],
    ["an identity", { detail: { userId: "u-1" } }],
    ["an identity that came as a number", { detail: { userId: 42 } }],
    ["an identity in a list", ["u-0", ["u-1"]]],
    ["an address in another spelling", { traits: { email: " Anna@EXAMPLE.com" } }],
    ["an address with a name before it", { to: "Anna <anna@example.com>" }],
    ["an address in the middle of a sentence", { note: "please write to anna@example.com." }],
    ["an address as the name of a field", { "anna@example.com": true }],
    ["an address in a link", { page: "https://shop.example/confirm?email=anna@example.com&step=2" }],
    ["an address in a link, escaped", { page: "https://shop.example/confirm?email=anna%40Example.com" }],
    ["an address in a path", { page: "https://shop.example/u/anna@example.com/orders" }],
    ["an address to write to", { page: "mailto:anna@example.com?subject=hello" }],
    ["an address between other signs", { note: "7|anna@example.com|8" }],
    ["an address in quotes", { note: "it's 'anna@example.com'!" }],
    ["an address before letters of another script", { note: "anna@example.com\u8c22\u8c22" }],
    ["JSON in a text, as SNS has it", { Message: JSON.stringify({ mail: { destination: ["anna@example.com"] } }) }],
    ["JSON in JSON in a text", { message: JSON.stringify({ body: JSON.stringify({ userId: "u-1" }) }) }],
    ["a text that is no JSON at all", "{ not json, but of anna@example.com"],
  ])("finds %s", (_, body) => {
    expect(mentions(body)).toBe(true);
  });

  test.each<[string, Json]>([
    ["another person", { detail: { userId: "u-2", traits: { email: "ben@example.com" } } }],
    ["an id that begins alike", { detail: { userId: "u-11" } }],
    ["an address that ends alike", { traits: { email: "joanna@example.com" } }],
    [
      "addresses of others that end alike",
      ["d'anna@example.com", "x.anna@example.com", "x+anna@example.com", "x-anna@example.com"],
    ],
    ["an address of another domain", ["anna@example.com.example", "anna@example.community", "anna@example.co"]],
    [
      "a number that is somebody's id elsewhere",
      { userId: "u-2", properties: { quantity: 42, size: "42", product_id: 42 } },
    ],
    ["nothing", null],
    ["a list of nothing", [[], {}, "", 0, true]],
  ])("does not find %s", (_, body) => {
    expect(mentions(body)).toBe(false);
  });

  test.each<[string, Json]>([
    ["opaque id", { send: { profileId: "3zr57ff1psbt4d25" } }],
    ["identity", { userId: "u-1" }],
    ["address", { to: "anna@example.com" }],
  ])("what was accepted later is not theirs by their %s, also where the same was found before", (_, body) => {
    const find = finderOf(ANNA);
    expect([UNTIL, UNTIL + 1, 0].map((at) => find(body, at))).toEqual([true, false, true]);
  });

  test("a second look at the same text says the same", () => {
    const find = finderOf(ANNA);
    expect(["u-1", "u-2", "u-1", "u-2"].map((userId) => find({ userId }, UNTIL))).toEqual([true, false, true, false]);
  });

  test("comes to an end on any body, and finds what is put in anywhere", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const body = value as Json;
        expect(mentions({ first: body, second: [body, "u-1"] })).toBe(true);
        expect(typeof mentions(body)).toBe("boolean");
      }),
    );
  });
});
