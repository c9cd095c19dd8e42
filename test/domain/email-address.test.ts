// Guarantees of addresses: one spelling per mailbox, nothing that could be more than one address, and how SES gets them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asciiAddress } from "../../shared/adapters/aws/mail-address.ts";
import { normalAddress } from "../../shared/domain/email-address.ts";

const LONG_LABEL = "d".repeat(63);
const LONGEST_DOMAIN = [LONG_LABEL, LONG_LABEL, "e".repeat(57), "fr"].join(".");

describe("an address mail can go to", () => {
  test.each([
    ["is kept", "zoe@example.com", "zoe@example.com"],
    ["is lower case", "ZOE.Muller@EXAMPLE.Com", "zoe.muller@example.com"],
    ["loses what stands around it", " \t\u00a0zoe@example.com\r\n", "zoe@example.com"],
    ["loses a byte order mark", "\ufeffzoe@example.com", "zoe@example.com"],
    ["keeps what follows a plus", "zoe+shop@example.com", "zoe+shop@example.com"],
    ["keeps its dots", "z.o.e@example.com", "z.o.e@example.com"],
    [
      "may use every sign a local part may have",
      "a!#$%&'*+/=?^_`{|}~-z@example.com",
      "a!#$%&'*+/=?^_`{|}~-z@example.com",
    ],
    ["may have many labels", "zoe@a.b-c.example.co.uk", "zoe@a.b-c.example.co.uk"],
    ["may have a label of digits", "zoe@163.com", "zoe@163.com"],
    ["has its domain in ASCII", "zoe@münchen.example", "zoe@xn--mnchen-3ya.example"],
    ["has its domain in ASCII, however it was composed", "zoe@mu\u0308nchen.example", "zoe@xn--mnchen-3ya.example"],
    ["has its domain in ASCII, however it was written", "zoe@MÜNCHEN.EXAMPLE", "zoe@xn--mnchen-3ya.example"],
    ["is the same when it was in ASCII already", "zoe@XN--MNCHEN-3YA.example", "zoe@xn--mnchen-3ya.example"],
    ["is not read when it is in ASCII", "zoe@xn--a-ecp.example", "zoe@xn--a-ecp.example"],
    ["keeps the sharp s", "zoe@straße.example", "zoe@xn--strae-oqa.example"],
    ["may have any top level", "zoe@пример.рф", "zoe@xn--e1afmkfd.xn--p1ai"],
    ["may have an emoji domain", "zoe@💌.example", "zoe@xn--rr8h.example"],
    ["may have full-width letters in its domain", "zoe@ｅｘａｍｐｌｅ.com", "zoe@example.com"],
    ["may have full-width dots in its domain", "zoe@example。com", "zoe@example.com"],
    ["loses soft hyphens and zero-width spaces of its domain", "zoe@exam\u00adple\u200b.com", "zoe@example.com"],
    ["may have a local part of 64 characters", `${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
    ["may have 254 characters", `${"a".repeat(64)}@${LONGEST_DOMAIN}`, `${"a".repeat(64)}@${LONGEST_DOMAIN}`],
  ])("%s", (_, text, expected) => {
    expect(normalAddress(text)).toBe(expected);
  });

  test("is another one when it only looks alike", () => {
    const alike = ["zoe@apple.example", "zoe@\u0430pple.example", "zoe@app1e.example", "zoe@арр\u04cfe.example"];
    expect(new Set(alike.map(normalAddress)).size).toBe(alike.length);
    expect(alike.map(normalAddress)).not.toContain(undefined);
  });

  test("stays as it is when it is made normal again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), anyAddress), (text) => {
        const address = normalAddress(text);
        if (address !== undefined) expect(normalAddress(address)).toBe(address);
      }),
    );
  });

  test("never holds anything but one plain mailbox, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), anyAddress), (text) => {
        const address = normalAddress(text);
        if (address === undefined) return;
        expect(address).toMatch(/^[!-?A-~]+@[a-z0-9.-]+$/);
        expect(address).not.toMatch(/[,;:<>()[\]\\"]/);
        expect(address.length).toBeLessThanOrEqual(254);
      }),
      { numRuns: 2_000 },
    );
  });

  test("has the key it always had when it is plain ASCII", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const address = normalAddress(text);
        if (address !== undefined) expect(address).toBe(text.trim().toLowerCase());
      }),
    );
    expect(normalAddress("zoe@example.com")).toBeDefined();
  });
});

const letters = "aZé\u0430.-_+@@\"' \r\n\t\u0000,;:<>()[]\\ß\u00ad\u200b\u202eｅ＠。💌\ud800%/?#1";
const anyAddress = fc
  .tuple(...([12, 20] as const).map((maxLength) => fc.string({ unit: fc.constantFrom(...letters), maxLength })))
  .map(([local, domain]) => `${local}@${domain}.com`);

describe("no address", () => {
  test.each([
    ["nothing", ""],
    ["blanks", " \u00a0 "],
    ["a name", "zoe"],
    ["no local part", "@example.com"],
    ["no domain", "zoe@"],
    ["no top level", "zoe@localhost"],
    ["a top level of digits", "zoe@example.123"],
    ["two @", "zoe@shop@example.com"],
    ["a full-width @", "zoe＠example.com"],
    ["a blank inside", "zoe muller@example.com"],
    ["a blank before the @", "zoe @example.com"],
    ["a blank behind the @", "zoe@ example.com"],
    ["a name before it", "Zoe <zoe@example.com>"],
    ["angle brackets", "<zoe@example.com>"],
    ["mailto", "mailto:zoe@example.com"],
    ["two of them", "a@example.com,b@example.com"],
    ["two of them, another way", "a@example.com;b@example.com"],
    ["a group", "friends:a@example.com,b@example.com;"],
    ["a header behind it", "zoe@example.com\r\nBcc: x@example.com"],
    ["a header before it", "zoe\r\nBcc: x@example.com"],
    ["a line feed", "zoe@example.com\nx"],
    ["a carriage return in the local part", "zo\re@example.com"],
    ["a line separator", "zo\u2028e@example.com"],
    ["a next-line sign in the domain", "zoe@exam\u0085ple.com"],
    ["a null byte in the local part", "zo\u0000e@example.com"],
    ["a null byte behind it", "zoe@example.com\u0000"],
    ["a bell", "zo\u0007e@example.com"],
    ["a delete sign", "zo\u007fe@example.com"],
    ["an escape sign in the domain", "zoe@exam\u001bple.com"],
    ["an escaped line break", "zoe%0d%0abcc:x@example.com"],
    ["a percent sign in the domain", "zoe@ex%61mple.com"],
    ["a path", "zoe@example.com/x"],
    ["a port", "zoe@example.com:25"],
    ["a query", "zoe@example.com?bcc=x"],
    ["a fragment", "zoe@example.com#x"],
    ["a full-width slash", "zoe@example.com／x"],
    ["an underscore in the domain", "zoe@my_shop.example.com"],
    ["a quoted local part", '"zoe muller"@example.com'],
    ["a quoted local part without need", '"zoe"@example.com'],
    ["an escaped sign", "zoe\\@x@example.com"],
    ["a comment", "zoe(work)@example.com"],
    ["a comment in the domain", "zoe@(work)example.com"],
    ["an IP literal", "zoe@[192.0.2.1]"],
    ["an IPv6 literal", "zoe@[IPv6:2001:db8::1]"],
    ["an IP address", "zoe@192.0.2.1"],
    ["an IP address in full-width digits", "zoe@１９２.0.2.1"],
    ["an IP address in hexadecimal", "zoe@0x7f.0x1"],
    ["a dot at the end", "zoe@example.com."],
    ["a full-width dot at the end", "zoe@example.com。"],
    ["a dot at the start of the domain", "zoe@.example.com"],
    ["two dots in the domain", "zoe@example..com"],
    ["two dots in the local part", "zoe..m@example.com"],
    ["a dot at the start", ".zoe@example.com"],
    ["a dot before the @", "zoe.@example.com"],
    ["a hyphen at the start of a label", "zoe@-example.com"],
    ["a hyphen at the end of a label", "zoe@example-.com"],
    ["letters outside ASCII in the local part", "zoé@example.com"],
    ["an emoji in the local part", "💌@example.com"],
    ["full-width letters in the local part", "ｚｏｅ@example.com"],
    ["a letter that only looks like one of ASCII", "z\u043ee@example.com"],
    ["a sign whose lower case is ASCII", "\u212aim@example.com"],
    ["a zero-width space in the local part", "zo\u200be@example.com"],
    ["a mark that turns the reading direction", "zo\u202ee@example.com"],
    ["a mark that turns the reading direction in the domain", "zoe@exam\u202eple.com"],
    ["half a character", "zo\ud83de@example.com"],
    ["half a character in the domain", "zoe@exam\ud83dple.com"],
    ["Punycode of nothing", "zoe@xn--.example"],
    ["a blank of another kind in the domain", "zoe@exam\u3000ple.com"],
    ["a domain that vanishes", "zoe@\u00ad.com"],
    ["a local part of 65 characters", `${"a".repeat(65)}@example.com`],
    ["a label of 64 characters", `zoe@${"d".repeat(64)}.com`],
    ["a label of 64 characters in ASCII", `zoe@${"é".repeat(60)}.com`],
    ["255 characters", `${"a".repeat(64)}@e${LONGEST_DOMAIN}`],
    ["a very long text", `${"a.".repeat(200_000)}@example.com`],
    ["a very long domain", `zoe@${"a.".repeat(200_000)}com`],
    ["a name of objects", "__proto__"],
    ["a template", "{{ profile.email }}"],
  ])("%s", (_, text) => {
    expect(normalAddress(text)).toBeUndefined();
  });
});

describe("for SES", () => {
  test("whatever is normal stays as it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), anyAddress), (text) => {
        const address = normalAddress(text);
        if (address !== undefined) expect(asciiAddress(address)).toBe(address);
      }),
    );
  });

  test.each([
    ["a sender", "My Shop <hello@example.com>", "My Shop <hello@example.com>"],
    ["a bare address", "hello@example.com", "hello@example.com"],
    ["a domain outside ASCII", "hello@münchen.example", "hello@xn--mnchen-3ya.example"],
    ["a sender with such a domain", "Shop <hello@MÜNCHEN.example>", "Shop <hello@xn--mnchen-3ya.example>"],
    ["a name outside ASCII", "Crème <hello@example.com>", "=?utf-8?B?Q3LDqG1l?= <hello@example.com>"],
    ["a quoted name outside ASCII", '"Crème" <hello@example.com>', "=?utf-8?B?Q3LDqG1l?= <hello@example.com>"],
    ["a name with a comma", "Smith, Sons <hello@example.com>", '"Smith, Sons" <hello@example.com>'],
    ["a name with a dot", "A. Smith <hello@example.com>", '"A. Smith" <hello@example.com>'],
    ["a name with an @", "me@home <hello@example.com>", '"me@home" <hello@example.com>'],
    ["a name that is quoted", '"Smith, Sons" <hello@example.com>', '"Smith, Sons" <hello@example.com>'],
    ["a name with a quote in it", 'The "Shop" <hello@example.com>', '"The \\"Shop\\"" <hello@example.com>'],
    ["no name", "<hello@example.com>", "hello@example.com"],
  ])("%s", (_, text, expected) => {
    expect(asciiAddress(text)).toBe(expected);
  });

  test.each([
    "Shop\u0000\u0007 <hello@example.com>",
    "Shop\r\nBcc: x <hello@example.com>",
    "Crème\r\nx <hello@example.com>",
  ])("%j has no control character left", (text) => {
    expect(asciiAddress(text)).toMatch(/^[\x20-\x7e]+ <hello@example\.com>$/);
  });

  test("a name's encoded words each decode by themselves", () => {
    const name = "Crème brûlée 👩‍👩‍👧 ".repeat(6).trim();
    const words = asciiAddress(`${name} <hello@example.com>`).split(" ").slice(0, -1);
    expect(words.every((word) => word.length <= 75)).toBe(true);
    const decoded = words.map((word) => Buffer.from(word.slice("=?utf-8?B?".length, -2), "base64").toString());
    expect(decoded.join("")).toBe(name);
  });
});
