// Guarantees of unsubscribe links: only we can make one, and it stands for one person, one send and one purpose.
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyedHash } from "../../shared/domain/hash.ts";
import { readUnsubscribeToken, unsubscribeToken } from "../../shared/domain/link-token.ts";

const KEY = "secret";
const link = { profileId: "p1", sendId: "s1", purpose: "marketing" };
const token = unsubscribeToken(KEY, link);

test("our own token is read back", () => {
  expect(readUnsubscribeToken(KEY, token)).toEqual(link);
});

test("a token of another key is refused", () => {
  expect(readUnsubscribeToken("other", token)).toBeUndefined();
});

test.each([
  ["another person", token.replace("p1", "p2")],
  ["another send", token.replace("s1", "s2")],
  ["another purpose", token.replace("marketing", "service")],
  ["no signature", token.slice(0, token.lastIndexOf(".") + 1)],
  ["a signature cut short", token.slice(0, -1)],
  ["a signature made longer", `${token}0`],
  ["parts moved across the dots", token.replace("p1.s1", "p1s.1")],
  ["one part more", `${token}.x`],
  ["an empty part", token.replace("p1", "")],
  ["nothing", ""],
  [
    "a signature for another use of the same key",
    ["p1", "s1", "marketing", keyedHash(KEY, "p1.s1.marketing")].join("."),
  ],
])("a forged token with %s is refused", (_what, forged) => {
  expect(readUnsubscribeToken(KEY, forged)).toBeUndefined();
});

test("changing any one letter of a token makes it worthless", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: token.length - 1 }),
      fc.constantFrom(..."0123456789abcdefghjkmnpqrstvwxyz."),
      (index, letter) => {
        fc.pre(token[index] !== letter);
        expect(readUnsubscribeToken(KEY, token.slice(0, index) + letter + token.slice(index + 1))).toBeUndefined();
      },
    ),
  );
});
