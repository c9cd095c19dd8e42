// Decides how a mail address is written for SES: 7-bit ASCII, names as RFC 2047 encoded words, domains as Punycode.
import { domainToASCII } from "node:url";

const NAMED = /^(.*?)\s*<([^<>]+)>$/s;
const NOT_ASCII = /[^\x20-\x7e]/;
/** An encoded word has at most 75 characters (RFC 2047 §2): 45 bytes of text in base64 plus its frame. */
const WORD_BYTES = 45;

/** Writes `Name <local@domain>` or `local@domain` so that SES takes names and domains outside ASCII. */
export function asciiAddress(address: string): string {
  const named = NAMED.exec(address.trim());
  const name = named?.[1]?.trim() ?? "";
  const mailbox = asciiDomain(named?.[2] ?? address.trim());
  if (name === "") return mailbox;
  return `${NOT_ASCII.test(name) ? encodedWords(name.replace(/^"(.*)"$/s, "$1")) : name} <${mailbox}>`;
}

function asciiDomain(mailbox: string): string {
  const at = mailbox.lastIndexOf("@");
  if (at < 0 || !NOT_ASCII.test(mailbox.slice(at))) return mailbox;
  return `${mailbox.slice(0, at)}@${domainToASCII(mailbox.slice(at + 1))}`;
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
