// Decides which texts are e-mail addresses, and how they are written: every spelling of a mailbox is the same one.

const MAX_DOMAIN = 253;
/** What may be mapped to ASCII at all: signs that a URL would read as something else are none of a domain. */
const MAPPABLE = /^[a-zA-Z0-9.\-\u0080-\u{10ffff}]+$/u;
const PLAIN = /^[a-zA-Z0-9.-]+$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** Two labels or more; a top level begins with a letter, so that no IP address is a domain. */
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?=[a-z])${LABEL}$`);

/**
 * The domain as DNS has it (`münchen.example` → `xn--mnchen-3ya.example`, as browsers map it: UTS 46, not transitional),
 * or `undefined` when it can be nobody's.
 */
export function asciiDomain(text: string): string | undefined {
  if (text.length > MAX_DOMAIN || !MAPPABLE.test(text)) return undefined;
  const ascii = PLAIN.test(text) ? text.toLowerCase() : mapped(text);
  return ascii !== undefined && ascii.length <= MAX_DOMAIN && DOMAIN.test(ascii) ? ascii : undefined;
}

function mapped(text: string): string | undefined {
  const url = `http://${text}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** What a local part may hold without quotes (RFC 5321), in ASCII: SES takes nothing else. */
const LOCAL_PART = /^(?=.{1,64}$)[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const MAX_ADDRESS = 254;

/**
 * One spelling per mailbox: trimmed, lower case, the domain in ASCII. `undefined` when the text is no address mail can go
 * to, quoted local parts, comments and IP literals included: who has one is not guessed at.
 */
export function normalAddress(text: string): string | undefined {
  const [local = "", domainText = "", ...more] = text.trim().split("@", 3);
  if (more.length > 0 || !LOCAL_PART.test(local)) return undefined;
  const domain = asciiDomain(domainText);
  const address = `${local.toLowerCase()}@${domain}`;
  return domain === undefined || address.length > MAX_ADDRESS ? undefined : address;
}
