// Guarantees of links in mails: only we can make one; it stands for one person, one mail and one use, and ends in time.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyedHash } from "../../shared/domain/hash.ts";
import { type Audience, type Links, readLink, signLink } from "../../shared/domain/link-token.ts";

const KEY = "a-key-of-at-least-32-bytes-for-links-1";
const NOW = Date.parse("2026-03-02T08:00:00Z");
const ofMail = { profileId: "p1", sendId: "s1" };
const links: { [A in Audience]: Links[A] } = {
  unsubscribe: { ...ofMail, purpose: "marketing" },
  preferences: { ...ofMail, expiresAt: NOW + 1 },
  click: { ...ofMail, url: "https://shop.example/été?a=1&b=%20#c" },
};
const audiences = Object.keys(links) as Audience[];
const read = (audience: Audience, token: string, { secret = KEY, now = NOW } = {}) =>
  readLink(secret, audience, { token, now });
const tokenOf = (audience: Audience, secret = KEY) => signLink(secret, audience, links[audience]);
const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

describe.each(audiences)("a link of the audience %s", (audience) => {
  const token = tokenOf(audience);
  const [id = "", payload = "", signature = ""] = token.split(".");

  test("is read back as it was signed, and fits into a path as it is", () => {
    expect(read(audience, token)).toEqual(links[audience]);
    expect(encodeURIComponent(token)).toBe(token);
  });

  test("is nothing to another audience", () => {
    for (const other of audiences) if (other !== audience) expect(read(other, token)).toBeUndefined();
  });

  test("is nothing under another key", () => {
    expect(read(audience, token, { secret: `${KEY}x` })).toBeUndefined();
  });

  test("is worthless when any one letter of it is another", () => {
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.constantFrom(...ALPHABET), (index, letter) => {
        fc.pre(token[index] !== letter);
        expect(read(audience, token.slice(0, index) + letter + token.slice(index + 1))).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["nothing at all", ""],
    ["dots alone", ".."],
    ["no signature", `${id}.${payload}.`],
    ["no payload", `${id}..${signature}`],
    ["no key", `.${payload}.${signature}`],
    ["one part less", `${payload}.${signature}`],
    ["one part more", `${token}.x`],
    ["a signature cut short", token.slice(0, -1)],
    ["a signature made longer", `${token}0`],
    ["blanks around it", ` ${token} `],
    ["parts moved across the dots", `${id}${payload[0]}.${payload.slice(1)}.${signature}`],
    ["the payload of another link", `${id}.${btoa('{"profileId":"p2"}').replaceAll("=", "")}.${signature}`],
    ["a payload that is no JSON", `${id}.AAAA.${signature}`],
    ["a payload that is no base64", `${id}.%%%.${signature}`],
    ["a signature of the payload alone", `${id}.${payload}.${keyedHash(KEY, payload)}`],
    ["a signature of the whole token so far", `${id}.${payload}.${keyedHash(KEY, `${id}.${payload}`)}`],
    ["the name of an object's own property as key", `__proto__.${payload}.${signature}`],
    ["a signature of another script", `${id}.${payload}.${"ü".repeat(signature.length)}`],
  ])("is refused with %s", (_, forged) => {
    expect(read(audience, forged)).toBeUndefined();
  });

  test("no text that somebody makes up is read, however long", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        expect(read(audience, text)).toBeUndefined();
      }),
    );
    expect(read(audience, "a.".repeat(100_000))).toBeUndefined();
  });
});

describe("time", () => {
  test("a link to one's choices ends at its instant, to the millisecond", () => {
    const token = tokenOf("preferences");
    expect(read("preferences", token, { now: NOW })).toEqual(links.preferences);
    expect(read("preferences", token, { now: NOW + 1 })).toBe("expired");
  });

  test("a forged link is not said to be expired", () => {
    const token = `${tokenOf("preferences").slice(0, -1)}!`;
    expect(read("preferences", token, { now: NOW + 1_000 })).toBeUndefined();
  });

  test("a link that only says no never ends, nor does one that leads to the shop", () => {
    const inFiftyYears = { now: NOW + 50 * 365 * 86_400_000 };
    expect(read("unsubscribe", tokenOf("unsubscribe"), inFiftyYears)).toEqual(links.unsubscribe);
    expect(read("click", tokenOf("click"), inFiftyYears)).toEqual(links.click);
  });
});

describe("keys that are changed", () => {
  const keys = ["third", "second", "first"].map((name) => `${name}-${KEY}`);
  const [newest = "", before = "", oldest = ""] = keys;
  const secret = keys.join(" ");

  test("the newest one signs", () => {
    for (const audience of audiences) {
      expect(read(audience, tokenOf(audience, secret), { secret: newest })).toEqual(links[audience]);
      expect(read(audience, tokenOf(audience, secret), { secret: before })).toBeUndefined();
    }
  });

  test("the two newest are live for every use", () => {
    for (const audience of audiences) {
      expect(read(audience, tokenOf(audience, newest), { secret })).toEqual(links[audience]);
      expect(read(audience, tokenOf(audience, before), { secret })).toEqual(links[audience]);
    }
  });

  test("an older one is good for saying no, and for nothing else", () => {
    expect(read("unsubscribe", tokenOf("unsubscribe", oldest), { secret })).toEqual(links.unsubscribe);
    expect(read("preferences", tokenOf("preferences", oldest), { secret })).toBeUndefined();
    expect(read("click", tokenOf("click", oldest), { secret })).toBeUndefined();
  });

  test("one that was taken away is good for nothing any more", () => {
    for (const audience of audiences)
      expect(read(audience, tokenOf(audience, oldest), { secret: `${newest} ${before}` })).toBeUndefined();
  });

  test("keys may stand on lines of their own, with blanks around them", () => {
    const written = `\n  ${keys.join("\n\t")}\n`;
    for (const audience of audiences)
      expect(read(audience, tokenOf(audience, written), { secret })).toEqual(links[audience]);
  });
});
