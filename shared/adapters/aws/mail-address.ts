// Decides how a mail address is written for SES: 7-bit ASCII, names as RFC 2047 encoded words, domains as Punycode.
import { asciiDomain } from "../../domain/email-address.ts";

const NAMED = /^(.*?)\s*<([^<>]+)>$/s;
const NOT_ASCII = /[^\x20-\x7e]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** Words that need no quotes (RFC 5322 §3.2.3), and a name that has its quotes. */
const PLAIN_NAME = /^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~ -]+$/;
const QUOTED = /^"(?:[^"\\]|\\.)*"$/;
/** An encoded word has at most 75 characters (RFC 2047 §2): 45 bytes of text in base64 plus its frame. */
const WORD_BYTES = 45;

/** Writes `Name <local@domain>` or `local@domain` so that SES takes names and domains outside ASCII. */
export function asciiAddress(address: string): string {
  const named = NAMED.exec(address.trim());
  const name = (named?.[1] ?? "").replace(CONTROLS, " ").trim();
  const mailbox = asciiMailbox(named?.[2] ?? address.trim());
  return name === "" ? mailbox : `${displayName(name)} <${mailbox}>`;
}

/** A domain that cannot be written in ASCII stays as it is, and SES says no to it. */
function asciiMailbox(mailbox: string): string {
  const at = mailbox.lastIndexOf("@");
  if (at < 0) return mailbox;
  return `${mailbox.slice(0, at)}@${asciiDomain(mailbox.slice(at + 1)) ?? mailbox.slice(at + 1)}`;
}

/** A comma in a name that is not quoted would make two senders of one. */
function displayName(name: string): string {
  if (NOT_ASCII.test(name)) return encodedWords(name.replace(/^"(.*)"$/s, "$1"));
  return PLAIN_NAME.test(name) || QUOTED.test(name) ? name : `"${name.replace(/["\\]/g, "\\$&")}"`;
}

function encodedWords(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    // A character is never cut: each encoded word must decode by itself.
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((part) => `=?utf-8?B?${Buffer.from(part).toString("base64")}?=`).join(" ");
}
